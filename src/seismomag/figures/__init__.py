"""Drawings of results: every function takes labelled data and returns the figure."""
