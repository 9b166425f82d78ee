"""Who may ask what, how often, and what is answered when something cannot be."""
