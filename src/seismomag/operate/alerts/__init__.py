"""Alerts to operators, and messages of tests and exercises; nothing here speaks to the public."""
