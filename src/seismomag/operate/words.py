"""The words of the operation, fixed, in English and Indonesian; no message says more.

Every sentence about a forecast contains "experimental" and "not a forecast" (in Indonesian
"eksperimental" and "bukan prakiraan").
"""

from collections.abc import Mapping

LANGUAGES = ("en", "id")

VERDICTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "V0": "experimental anomaly score; not a forecast; not interpretable",
        "V1": "experimental anomaly score; not a forecast; no skill demonstrated",
        "V2": "experimental anomaly score; not a forecast; association in past data only",
        "V3": "experimental anomaly score; not a forecast; skill in past data, not prospectively",
        "V4": "experimental anomaly score; not a forecast for the public; prospective test passed",
        "V5": "experimental anomaly score; not a forecast for the public; replicated by others",
    },
    "id": {
        "V0": "skor anomali eksperimental; bukan prakiraan; tidak dapat ditafsirkan",
        "V1": "skor anomali eksperimental; bukan prakiraan; kemampuan tidak terbukti",
        "V2": "skor anomali eksperimental; bukan prakiraan; hubungan pada data lampau saja",
        "V3": "skor anomali eksperimental; bukan prakiraan; terbukti pada data lampau saja",
        "V4": "skor anomali eksperimental; bukan prakiraan untuk umum; lulus uji prospektif",
        "V5": "skor anomali eksperimental; bukan prakiraan untuk umum; diulang pihak lain",
    },
}
"""One sentence for each verdict of the audit, keyed and not editable."""

RULES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "silent": "station {station}: no data of {day}",
        "stage_failed": "station {station}: a stage of the daily job fails",
        "network_failed": "a stage of the daily job that concerns every station fails",
        "clock_fault": "station {station}: the clock of the recording is at fault on {day}",
        "disk": "little free disk is left",
        "broken_chain": "the forecast ledger is broken; nothing may be scored on it",
        "drift": "the input of the model has drifted from what it was trained on",
        "forecast_drift": "the forecasts of the model have drifted from those of its validation",
        "anomaly": "station {station}: anomaly score above the threshold on {day}",
    },
    "id": {
        "silent": "stasiun {station}: tidak ada data {day}",
        "stage_failed": "stasiun {station}: satu tahap pekerjaan harian gagal",
        "network_failed": "satu tahap pekerjaan harian untuk semua stasiun gagal",
        "clock_fault": "stasiun {station}: jam perekaman salah pada {day}",
        "disk": "ruang disk hampir habis",
        "broken_chain": "buku besar prakiraan rusak; tidak boleh dinilai",
        "drift": "masukan model telah bergeser dari data pelatihan",
        "forecast_drift": "keluaran model telah bergeser dari data validasinya",
        "anomaly": "stasiun {station}: skor anomali di atas ambang pada {day}",
    },
}

LEVELS: Mapping[str, Mapping[str, str]] = {
    "en": {"watch": "watch", "warning": "warning", "critical": "critical"},
    "id": {"watch": "pantau", "warning": "peringatan", "critical": "kritis"},
}

DIGEST: Mapping[str, str] = {
    "en": "{n} messages after an outage, in one",
    "id": "{n} pesan setelah gangguan, dijadikan satu",
}

OPERATORS_ONLY: Mapping[str, str] = {
    "en": "For operators only. Do not pass on.",
    "id": "Hanya untuk operator. Jangan diteruskan.",
}


def verdict_line(level: str, language: str, p_value: float | None, n_events: int | None) -> str:
    """Fixed sentence of a verdict, with the two numbers that belong to it.

    Examples
    --------
    >>> verdict_line("V1", "en", 0.31, 28)
    'experimental anomaly score; not a forecast; no skill demonstrated (p = 0.31, n = 28 events)'
    """
    p = "?" if p_value is None else f"{p_value:.2g}"
    n = "?" if n_events is None else str(n_events)
    unit = "events" if language == "en" else "gempa"
    return f"{VERDICTS[language][level]} (p = {p}, n = {n} {unit})"
