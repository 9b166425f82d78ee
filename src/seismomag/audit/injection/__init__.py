"""Injection and recovery: what a pipeline would have seen, had it been there."""
