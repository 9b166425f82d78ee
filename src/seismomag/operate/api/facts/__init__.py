"""Facts as the queries read them: states, days, ledger, audits, models."""
