"""The words of the operation, fixed, in English and Indonesian; no message says more.

What a forecast is worth is said by :mod:`seismomag.core.verdict_words` alone.
"""

from collections.abc import Mapping

LANGUAGES = ("en", "id")

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

TRIAL: Mapping[str, str] = {
    "en": "trial of this channel; nothing has happened",
    "id": "uji coba saluran ini; tidak terjadi apa-apa",
}

OPERATORS_ONLY: Mapping[str, str] = {
    "en": "For operators only. Do not pass on.",
    "id": "Hanya untuk operator. Jangan diteruskan.",
}
