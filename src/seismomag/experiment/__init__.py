"""One run: configuration, steps, run folder, report."""
