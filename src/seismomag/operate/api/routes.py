"""Every address of the API, in routers by meaning; the application puts them below its prefix."""

from fastapi import APIRouter

from seismomag.operate.api import (
    routes_audits,
    routes_forecasts,
    routes_network,
    routes_stations,
)

DATA_ROUTERS = (
    routes_network.router,
    routes_stations.router,
    routes_forecasts.router,
    routes_audits.router,
)
"""Read by every reader."""

ROUTERS: tuple[APIRouter, ...] = ()
"""Each of these says itself whom it needs."""
