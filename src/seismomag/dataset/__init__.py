"""From station-days to a table of labelled samples, their splits, and the tensor store."""
