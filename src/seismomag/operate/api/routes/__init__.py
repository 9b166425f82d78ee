"""Addresses of the API, in routers by meaning."""
