"""Whether the future reached the past: checks, what they are given, and a canary for each."""
