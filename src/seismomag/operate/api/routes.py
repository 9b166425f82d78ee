"""Every address of the API, in routers by meaning; the application puts them below its prefix."""

from seismomag.operate.api import (
    routes_alerts,
    routes_audits,
    routes_decisions,
    routes_forecasts,
    routes_network,
    routes_session,
    routes_stations,
    routes_writes,
)

DATA_ROUTERS = (
    routes_network.router,
    routes_stations.router,
    routes_forecasts.router,
    routes_audits.router,
)
"""Read by every reader."""

ROUTERS = (
    routes_alerts.router,
    routes_decisions.router,
    routes_session.router,
    routes_writes.router,
)
"""Each of these says itself whom it needs."""
