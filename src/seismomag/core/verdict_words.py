"""The fixed sentence of each verdict, for whoever judges and for whoever shows the judgement."""

import math
from collections.abc import Mapping

from seismomag.core.errors import ConfigError

RED = "RED"
INSUFFICIENT = "INSUFFICIENT"

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "V0 RED": {
        "en": "Experimental anomaly score; not a forecast; the test is void because a leak was "
        "found (n = {n} events).",
        "id": "Skor anomali eksperimental; bukan prakiraan; uji tidak sah karena ditemukan "
        "kebocoran data (n = {n} kejadian).",
    },
    "V0 INSUFFICIENT": {
        "en": "Experimental anomaly score; not a forecast; cannot be judged, too little was "
        "observed (n = {n} events).",
        "id": "Skor anomali eksperimental; bukan prakiraan; belum dapat dinilai, data terlalu "
        "sedikit (n = {n} kejadian).",
    },
    "V1": {
        "en": "Experimental anomaly score; not a forecast; no skill demonstrated "
        "(p = {p}, n = {n} events).",
        "id": "Skor anomali eksperimental; bukan prakiraan; kemampuan belum terbukti "
        "(p = {p}; n = {n} kejadian).",
    },
    "V2": {
        "en": "Experimental anomaly score; not a forecast; association in one past sample only "
        "(p = {p}, n = {n} events).",
        "id": "Skor anomali eksperimental; bukan prakiraan; hanya keterkaitan dalam satu sampel "
        "masa lalu (p = {p}; n = {n} kejadian).",
    },
    "V3": {
        "en": "Experimental anomaly score; not a forecast; skill in past data, not yet tested "
        "ahead of time (p = {p}, n = {n} events).",
        "id": "Skor anomali eksperimental; bukan prakiraan; kemampuan pada data masa lalu, belum "
        "diuji ke depan (p = {p}; n = {n} kejadian).",
    },
    "V4": {
        "en": "Experimental anomaly score; not a forecast; skill in one registered test ahead of "
        "time, not yet replicated (p = {p}, n = {n} events).",
        "id": "Skor anomali eksperimental; bukan prakiraan; kemampuan dalam satu uji ke depan "
        "yang terdaftar, belum direplikasi (p = {p}; n = {n} kejadian).",
    },
    "V5": {
        "en": "Experimental anomaly score; not a forecast; skill ahead of time, replicated by a "
        "third party (p = {p}, n = {n} events).",
        "id": "Skor anomali eksperimental; bukan prakiraan; kemampuan uji ke depan, direplikasi "
        "pihak ketiga (p = {p}; n = {n} kejadian).",
    },
}
"""The words of the public page, one per verdict: generated here, never edited by hand."""


ADJUSTED: Mapping[str, str] = {
    "en": ", {adjusted} adjusted for {m} evaluations",
    "id": "; {adjusted} setelah disesuaikan untuk {m} evaluasi",
}
"""What follows the p where the same test rows were evaluated more than once."""


def sidak(p: float, n_tried: int) -> float:
    """Sidak adjustment 1 - (1 - p)^m for m evaluations on the test set; NaN stays NaN.

    Examples
    --------
    >>> round(sidak(0.01, 5), 4), sidak(1.0, 3)
    (0.049, 1.0)
    """
    return -math.expm1(n_tried * math.log1p(-p)) if p < 1 else p


def sentence(
    level: str,
    reason_code: str,
    p: float,
    n_events: int,
    language: str = "en",
    *,
    n_tried: int = 1,
) -> str:
    """Fill the fixed sentence of a verdict.

    Parameters
    ----------
    level, reason_code
        As in :class:`~seismomag.core.schema.Verdict`.
    p, n_events
        Of the primary test.
    language
        ``en`` or ``id``.
    n_tried
        Evaluations on the same test rows, this one included. The p adjusted for more than one
        stands beside the p.

    Raises
    ------
    ConfigError
        There is no such verdict or language.

    Examples
    --------
    >>> sentence("V1", "", 0.42, 40)
    'Experimental anomaly score; not a forecast; no skill demonstrated (p = 0.42, n = 40 events).'
    """
    key = f"{level} {reason_code}".strip()
    if key not in SENTENCES or language not in SENTENCES[key]:
        msg = f"no sentence for verdict {key!r} in {language!r}; known: {', '.join(SENTENCES)}"
        raise ConfigError(msg)
    shown = f"{p:.2g}" if p == p else "-"
    if n_tried > 1 and p == p:
        shown += ADJUSTED[language].format(adjusted=f"{sidak(p, n_tried):.2g}", m=n_tried)
    if language == "id":
        shown = shown.replace(".", ",")
    return SENTENCES[key][language].format(p=shown, n=n_events)
