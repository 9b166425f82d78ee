"""Forecast tables that others published: their columns, their days, and what can be concluded."""
