"""What the views ask: an answer from recorded facts, a module a view."""
