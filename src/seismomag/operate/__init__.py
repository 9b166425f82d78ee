"""Daily work: archive, sources, ledger, API, dashboard, alerts."""
