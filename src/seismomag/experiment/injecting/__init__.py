"""Injection and recovery in a run: signals in the raw samples of test days."""
