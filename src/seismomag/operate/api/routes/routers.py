"""Every address of the API, in routers by meaning; the application puts them below its prefix."""

from seismomag.operate.api.routes import alerts as routes_alerts
from seismomag.operate.api.routes import audits as routes_audits
from seismomag.operate.api.routes import decisions as routes_decisions
from seismomag.operate.api.routes import forecasts as routes_forecasts
from seismomag.operate.api.routes import network as routes_network
from seismomag.operate.api.routes import session as routes_session
from seismomag.operate.api.routes import stations as routes_stations
from seismomag.operate.api.routes import writes as routes_writes

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
