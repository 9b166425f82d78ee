"""The API and the page: what the operation knows, read from its facts; see ``docs/operations``."""
