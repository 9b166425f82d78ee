"""An alert as the database holds it, for the tests of what is sent of it."""

ROW = {
    "alert_id": "x",
    "rule": "silent",
    "station_code": "ALR",
    "day": "2024-05-09",
    "level": "warning",
    "detail": "facts",
    "raised_at": "2024-05-10T00:00:00Z",
}
