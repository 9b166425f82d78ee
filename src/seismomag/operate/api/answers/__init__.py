"""Answers as bytes: encoded once, kept, tagged, as tables."""
