"""The sentences of the API, each in both languages; numbers come in, judgement does not."""

import re
from collections.abc import Mapping

from seismomag.operate import reasons
from seismomag.operate.api.shapes.parts import Words

NOTHING = Words(en="", id="")

STAGES: Mapping[str, Words] = {
    name: Words(en=name, id=indonesian) for name, indonesian in reasons.STAGES.items()
}

PHRASES: Mapping[str, tuple[str, str]] = {
    "never_run": ("no run has come to it yet", "belum pernah dijalankan"),
    "stale_fact": ("nothing recorded for {age}", "tidak ada catatan selama {age}"),
    "no_sample": ("no sample yet", "belum ada sampel"),
    "silent": ("silent", "tanpa data"),
    "late": ("late", "terlambat"),
    "clock": ("clock fault", "jam salah"),
    "clock_off": ("clock {offset} s", "jam {offset} s"),
    "refused": ("refused: {detail}", "ditolak: {detail}"),
    "unchecked": ("newest day not checked", "hari terbaru belum diperiksa"),
    "all_well": (
        "All {n} stages ran at {time} UTC at {stations} of {stations} stations",
        "Semua {n} tahap berjalan pukul {time} UTC di {stations} dari {stations} stasiun",
    ),
    "well_head": (
        "All {n} stages ran at all {stations} stations",
        "Semua {n} tahap berjalan di semua {stations} stasiun",
    ),
    "stage_failed": (
        "{stage} fails at {k} of {n} stations",
        "{stage} gagal di {k} dari {n} stasiun",
    ),
    "stage_late": (
        "{stage} is behind at {k} of {n} stations",
        "{stage} tertinggal di {k} dari {n} stasiun",
    ),
    "stage_unknown": (
        "{stage}: nothing known at {k} of {n} stations",
        "{stage}: tidak diketahui di {k} dari {n} stasiun",
    ),
    "network_failed": (
        "{stage} fails for the whole network",
        "{stage} gagal untuk seluruh jaringan",
    ),
    "clock_fault": ("The clock of {code} is at fault", "Jam {code} bermasalah"),
    "do_clock": (
        "Set the clock of the station; the recording says: {detail}",
        "Setel jam stasiun; rekaman menyatakan: {detail}",
    ),
    "stations_silent": (
        "No data from {k} of {n} stations",
        "Tidak ada data dari {k} dari {n} stasiun",
    ),
    "job_never": ("The daily job has never run", "Pekerjaan harian belum pernah berjalan"),
    "job_stale": (
        "The daily job has not run for {age}",
        "Pekerjaan harian tidak berjalan selama {age}",
    ),
    "job_failed": ("The last daily job failed", "Pekerjaan harian terakhir gagal"),
    "job_killed": (
        "The daily job was cut off before its end",
        "Pekerjaan harian terputus sebelum selesai",
    ),
    "chain_broken": (
        "The forecast ledger is broken at record {seq}",
        "Buku catatan prakiraan rusak pada catatan {seq}",
    ),
    "disk": ("{free} GB of disk are free", "Sisa ruang disk {free} GB"),
    "indices": ("Kp and Dst are {age} old", "Kp dan Dst berusia {age}"),
    "indices_none": ("No Kp and no Dst is known", "Kp dan Dst tidak diketahui"),
    "messages": ("{n} messages are not delivered", "{n} pesan belum terkirim"),
    "drift": (
        "The input of the model has shifted in {k} of {n} bands",
        "Masukan model bergeser pada {k} dari {n} pita",
    ),
    "model": ("No model can forecast", "Tidak ada model yang dapat membuat prakiraan"),
    "audit_damaged": (
        "{n} audits cannot be read",
        "{n} audit tidak dapat dibaca",
    ),
    "do_collect": (
        "Ask the station, then look into its incoming files: {detail}",
        "Hubungi stasiun, lalu periksa berkas masuknya: {detail}",
    ),
    "do_stage": (
        "It says: {detail}",
        "Keterangan: {detail}",
    ),
    "do_wait": ("It is made good by the next run", "Dipulihkan oleh proses berikutnya"),
    "do_job": (
        "Look into the timer and the log of the daily job; run: seismomag daily",
        "Periksa pengatur waktu dan log pekerjaan harian; jalankan: seismomag daily",
    ),
    "do_chain": (
        "Nothing may be scored on it; restore the ledger from a backup",
        "Tidak boleh dinilai; pulihkan buku catatan dari cadangan",
    ),
    "do_disk": (
        "Below {least} GB work stops; move old files or add a disk",
        "Di bawah {least} GB pekerjaan berhenti; pindahkan berkas lama atau tambah disk",
    ),
    "do_indices": (
        "Without them no alarm is told to anybody; look into the files of indices",
        "Tanpa itu tidak ada alarm yang disampaikan; periksa berkas indeks",
    ),
    "do_messages": ("The channel says: {detail}", "Saluran menyatakan: {detail}"),
    "do_drift": (
        "Compare the stations' input with that of the training; nothing is retrained by itself",
        "Bandingkan masukan stasiun dengan data pelatihan; tidak ada pelatihan ulang otomatis",
    ),
    "do_model": (
        "Put a finished model folder into models/champion, or restore the one that was there",
        "Letakkan folder model yang selesai di models/champion, atau pulihkan yang lama",
    ),
    "do_audit": (
        "Restore their folders from a backup, or run the audits again",
        "Pulihkan foldernya dari cadangan, atau jalankan ulang auditnya",
    ),
}

_ADDRESS = re.compile(r"\w+://[^\s,;]+")
_PATH = re.compile(
    r"(?<!\w)(?:[A-Za-z]:)?(?:[\\/][^\s\\/:;,'\"()]+)+[\\/]?|(?:[\w.-]+[\\/]){2,}[\w.-]*"
)
LONGEST_DETAIL, LONGEST_REASON = 200, 600


def say(name: str, **values: object) -> Words:
    """Fill a sentence in both languages; values that are :class:`Words` follow the language."""
    english, indonesian = PHRASES[name]
    return Words(
        en=english.format(**{k: v.en if isinstance(v, Words) else v for k, v in values.items()}),
        id=indonesian.format(**{k: v.id if isinstance(v, Words) else v for k, v in values.items()}),
        foreign=tuple(x for v in values.values() if isinstance(v, Words) for x in v.foreign),
    )


def begun(words: Words) -> Words:
    """Begin a sentence with it."""
    return words.model_copy(update={"en": _capital(words.en), "id": _capital(words.id)})


def told(text: object) -> Words:
    """Tell a recorded reason in both languages, without the places that it names.

    Examples
    --------
    >>> told("collect: /srv/op/incoming: no file of station ALR for 2026-04-07").id
    'kumpul: incoming: tidak ada berkas stasiun ALR untuk 2026-04-07'
    """
    found = reasons.tell(without_places(str(text or ""), LONGEST_REASON))
    # Sentences of ours stay whole; the text of somebody else has no such measure.
    short = {part: _cut(part, LONGEST_DETAIL) for part in found.foreign}
    words = {"en": found.en, "id": found.id}
    for part, cut in short.items():
        words = {language: said.replace(part, cut) for language, said in words.items()}
    return Words(**words, foreign=tuple(short.values()))


def without_places(text: str, longest: int = LONGEST_DETAIL) -> str:
    """Take paths and addresses out of a sentence of the work; the last name of a path stays.

    Examples
    --------
    >>> without_places("/srv/op/incoming/ALR/S240508.ALR: changed while it was read")
    'S240508.ALR: changed while it was read'
    >>> without_places("no answer of https://user@host.example/hapi/data, 503")
    'no answer of the source, 503'
    """
    tidy = _ADDRESS.sub("the source", str(text))
    tidy = _PATH.sub(lambda found: re.split(r"[\\/]", found[0].rstrip("\\/"))[-1], tidy)
    return _cut(" ".join(tidy.split()), longest)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 3] + "..."
