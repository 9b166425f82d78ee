"""Shapes of the answers; the page is typed from them."""
