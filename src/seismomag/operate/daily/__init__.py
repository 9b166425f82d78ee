"""The daily job: from what the sources have to a sealed forecast, each step once."""
