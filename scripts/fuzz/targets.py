"""What is fuzzed: every reader of foreign bytes, each with what it promises."""

from collections.abc import Callable, Mapping

from seismomag.core.errors import SeismomagError
from seismomag.core.schema import check_recording
from seismomag.operate.sources import hapi_info, hapi_records, kyoto_page, swpc_json
from seismomag.readers import READERS, quakeml
from seismomag.readers.catalogues import read_events
from seismomag.readers.space_weather import read_indices
from seismomag.readers.unwrap import unwrap

PARAMETERS = (
    hapi_info.Parameter(
        name="Time", type="isotime", units="UTC", n=1, length=24, fill=float("nan"), label=()
    ),
    hapi_info.Parameter(
        name="Field_Vector", type="double", units="nT", n=3, length=0, fill=99999.0, label=()
    ),
)

Target = Callable[[bytes], object]


def _records(form: str) -> Target:
    return lambda data: hapi_records.RECORD_READERS[form](data, PARAMETERS, "fuzz")


def _info(data: bytes) -> object:
    return hapi_info.read_info(hapi_info.parse_json(data, "fuzz"), "fuzz")


def _reader(read: Callable[[bytes, str], object]) -> Target:
    return lambda data: check_recording(read(data, "fuzz"))


TARGETS: Mapping[str, Target] = {
    **{reader.name: _reader(reader.read) for reader in READERS},
    "unwrap": lambda data: unwrap(data, "fuzz"),
    "events": lambda data: read_events(data, "fuzz"),
    "quakeml": lambda data: quakeml.table(data, "fuzz"),
    "indices": lambda data: read_indices(data, "fuzz"),
    "kyoto_page": lambda data: kyoto_page.read_kyoto_page(data, "fuzz"),
    "swpc": lambda data: swpc_json.read_swpc(data, "fuzz", "Kp", "kp"),
    "hapi_info": _info,
    **{f"hapi_{form}": _records(form) for form in hapi_records.RECORD_READERS},
}
"""Name of a target to the function that must only return or raise ``SeismomagError``."""


def run(name: str, data: bytes) -> str:
    """``"read"`` or ``"refused"``; every other error escapes, which is a finding."""
    try:
        TARGETS[name](data)
    except SeismomagError:
        return "refused"
    return "read"
