"""Which column of a forecast table is which: named by a map, or guessed by its name."""

from collections.abc import Iterable, Mapping, Sequence

from seismomag.audit.foreign.columns import GUESSES, plain_name
from seismomag.core.errors import ConfigError

DOCUMENTED = "how a map is written: docs/audit_a_table.md"

WORDS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "forecast_date", "valid_date", *GUESSES["day"]),
    "station": ("station", *GUESSES["station_code"], "site_name", "station_name"),
    "probability": GUESSES["probability"],
    "alarm": (
        *("alarm", "is_alarm", "in_alarm", "alert", "warning", "predicted", "prediction", "pred"),
        *("pred_event", "predicted_event", "pred_label", "y_pred"),
    ),
    "event": ("event", *GUESSES["is_target"]),
    "event_id": GUESSES["event_id"],
    "issued": ("issued", "issued_at", *GUESSES["issue_time"]),
    "azimuth_deg": ("azimuth_deg", *GUESSES["forecast_deg"]),
    "azimuth_true_deg": ("azimuth_true_deg", "azimuth_true", "y_azm", "label_azm"),
    "magnitude": ("magnitude", "pred_mag", "magnitude_pred", "pred_magnitude"),
    "magnitude_true": ("magnitude_true", "y_mag", "label_mag"),
    "kp": GUESSES["kp_max"],
    "dst_nt": ("dst_nt", *GUESSES["dst_min_nt"]),
}
"""Our word -> names it goes by, the surest first. Bare ``azimuth`` and ``mag`` are left unread:
they may be what was said or what came true."""
NEEDED = ("date", "station", "probability", "alarm")


def guess_words(
    header: Sequence[str], given: Mapping[str, str], wanted: Iterable[str] = tuple(WORDS)
) -> dict[str, str]:
    """Find columns for the wanted words beside those that a map gives; each is used once.

    Examples
    --------
    >>> guess_words(["Date", "Station", "prob_final", "note"], {})
    {'date': 'Date', 'station': 'Station', 'probability': 'prob_final'}
    """
    by_name = {plain_name(name): str(name) for name in reversed(header)}
    found = {word: name for word, name in given.items() if name}
    for word in wanted:
        if word in given:
            continue
        names = (by_name[n] for n in WORDS[word] if n in by_name)
        free = next((n for n in names if n not in found.values()), None)
        if free is not None:
            found[word] = free
    return found


def fill(
    header: Sequence[str], given: Mapping[str, str], threshold: float | None
) -> dict[str, str]:
    """Complete the columns of a map: all by guess where it gives none, else only what it needs.

    A column that is given as an empty text is not there. Alarms are not guessed where the map
    gives a threshold or a probability.

    Raises
    ------
    ConfigError
        Without a column of days, or of forecasts, even so.
    """
    wanted = list(NEEDED if given else WORDS)
    if threshold is not None or "probability" in given:
        wanted = [word for word in wanted if word != "alarm"]
    if "alarm" in given:
        wanted = [word for word in wanted if word != "probability"]
    found = guess_words(header, given, wanted)
    lacking = [] if "date" in found else ["`date`"]
    if not {"probability", "alarm"} & set(found):
        lacking.append("`probability` or `alarm`")
    if lacking:
        msg = (
            f"no column is understood as {' and as '.join(lacking)}; the table has "
            f"{', '.join(map(str, header[:40]))}: give a column map ({DOCUMENTED})"
        )
        raise ConfigError(msg)
    return found
