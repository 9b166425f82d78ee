"""A rehearsal: the whole machine on an invented network, under faults, with an invented clock."""
