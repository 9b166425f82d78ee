"""Streams of ObsPy and recordings say the same."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from seismomag.core.errors import FormatError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording
from seismomag.readers import stream as streams
from seismomag.readers.stream import from_stream, letter_of, load_obspy, to_stream

obspy = load_obspy()


def a_recording(frame: str = "HEZ", sampling_hz: float = 1.0, n: int = 100) -> xr.Dataset:
    rng = np.random.default_rng(3)
    field = rng.normal(size=(3, n)) + np.array([[20_000.0], [100.0], [45_000.0]])
    field[:, 40:45] = np.nan
    flags = np.zeros((3, n), np.uint16)
    flags[2, 7] = Flag.SPIKE
    return make_recording(
        field,
        np.datetime64("2025-01-01T00:00:00.123456789"),
        sampling_hz=sampling_hz,
        frame=frame,
        station_code="WIC",
        source_format="iaga2002",
        source_sha256="ab",
        flags=flags,
        clock_faults=["late"],
        notes=["seen"],
        is_absolute=False,
    )


def trace(
    channel: str,
    data: np.ndarray,
    start: str = "2025-01-01T00:00:00",
    *,
    rate: float = 1.0,
    station: str = "WIC",
    location: str = "R0",
) -> object:
    header = {
        "channel": channel,
        "station": station,
        "location": location,
        "sampling_rate": rate,
        "starttime": obspy.UTCDateTime(start),
    }
    return obspy.Trace(data, header)


def three(channels: tuple[str, str, str], **more: object) -> list[object]:
    levels = (20_000.0, 100.0, 45_000.0)
    return [
        trace(c, np.full(10, v), **more)  # type: ignore[arg-type]
        for c, v in zip(channels, levels, strict=True)
    ]


@pytest.mark.parametrize("frame", ["HDZ", "XYZ", "HEZ", "UVW"])
@pytest.mark.parametrize("sampling_hz", [1.0, 1 / 60, 10.0])
def test_there_and_back_is_identical(frame: str, sampling_hz: float) -> None:
    before = a_recording(frame, sampling_hz)
    xr.testing.assert_identical(from_stream(to_stream(before)), before)


def test_a_stream_is_a_copy() -> None:
    before = a_recording()
    stream = to_stream(before)
    stream[0].data[:] = 0
    xr.testing.assert_identical(before, a_recording())


def test_a_stream_cut_by_obspy_keeps_its_attributes_and_drops_the_flags() -> None:
    stream = to_stream(a_recording()).slice(obspy.UTCDateTime("2025-01-01T00:00:10"))
    recording = from_stream(stream)
    assert recording.attrs["station_code"] == "WIC"
    assert recording.sizes["time"] < 100


@pytest.mark.parametrize(
    ("channels", "frame"),
    [
        (("H", "E", "Z"), "HEZ"),
        (("LFH", "LFV", "LFZ"), "HEZ"),
        (("LFH", "LFE", "LFZ"), "HEZ"),
        (("LFU", "LFV", "LFW"), "UVW"),
        (("SVH", "SVD", "SVZ"), "HDZ"),
        (("MVX", "MVY", "MVZ"), "XYZ"),
    ],
)
def test_channels_name_the_frame(channels: tuple[str, str, str], frame: str) -> None:
    recording = from_stream(obspy.Stream(three(channels)))
    assert recording.attrs["frame"] == frame
    np.testing.assert_array_equal(recording["field"].values[:, 0], [20_000, 100, 45_000])
    assert recording.attrs["is_absolute"] == 1


def test_integers_are_thousandths_and_floats_are_nt() -> None:
    counts = [trace(c, np.array([1500, -2500], np.int32)) for c in "XYZ"]
    np.testing.assert_array_equal(from_stream(obspy.Stream(counts))["field"].values[0], [1.5, -2.5])
    floats = [trace(c, np.array([1500.0, 99_999.0, np.nan], np.float32)) for c in "XYZ"]
    np.testing.assert_array_equal(
        from_stream(obspy.Stream(floats))["field"].values[0], [1500, np.nan, np.nan]
    )


def test_gaps_between_traces_are_missing_and_masked_arrays_too() -> None:
    traces = three(("H", "E", "Z")) + three(("H", "E", "Z"), start="2025-01-01T00:00:15")
    recording = from_stream(obspy.Stream(traces))
    missing = np.isnan(recording["field"].values)
    assert missing.sum(axis=1).tolist() == [5, 5, 5]
    assert missing[:, 10:15].all()
    assert (recording["flags"].values[missing] == Flag.MISSING).all()
    merged = obspy.Stream(traces).merge()
    np.testing.assert_array_equal(from_stream(merged)["field"], recording["field"])


def test_components_of_different_length_are_padded_with_missing() -> None:
    traces = three(("H", "E", "Z"))
    traces[1] = trace("E", np.full(4, 100.0), start="2025-01-01T00:00:03")
    field = from_stream(obspy.Stream(traces))["field"].values
    assert np.isnan(field).sum(axis=1).tolist() == [0, 6, 0]


def test_overlaps_that_contradict_are_named_and_flagged() -> None:
    traces = [*three(("H", "E", "Z")), trace("H", np.full(4, 7.0), start="2025-01-01T00:00:08")]
    recording = from_stream(obspy.Stream(traces))
    assert recording["field"].values[0].tolist()[7:] == [20_000, 7, 7, 7, 7]
    [fault] = recording.attrs["clock_faults"]
    assert fault.startswith("2 samples from 2025-01-01T00:00:08.000000Z contradict an earlier")
    assert (recording["flags"].values[0] & Flag.CLOCK).nonzero()[0].tolist() == [8, 9]


def test_a_trace_off_the_grid_is_placed_at_the_nearest_point_and_flagged() -> None:
    traces = [
        *three(("H", "E", "Z")),
        *three(("H", "E", "Z"), start="2025-01-01T00:00:10.700"),
    ]
    recording = from_stream(obspy.Stream(traces))
    assert recording.sizes["time"] == 21
    assert np.isnan(recording["field"].values[:, 10]).all()
    assert "0.3 s off the grid" in recording.attrs["clock_faults"][0]
    assert (recording["flags"].values[:, 11:] & Flag.CLOCK).all()


def test_scalar_channels_are_left_out_and_named() -> None:
    recording = from_stream(obspy.Stream([*three(("H", "E", "Z")), trace("F", np.ones(10))]))
    assert recording.attrs["notes"] == ["channels F were left out of the frame HEZ"]


@pytest.mark.parametrize(
    ("traces", "message"),
    [
        ([], "channels none"),
        (three(("H", "E", "Z"))[:2], "channels E, H, expected"),
        (
            [*three(("H", "E", "Z")), trace("F", np.ones(3), station="BOU")],
            "stations BOU, WIC, expected one",
        ),
        (
            [*three(("H", "E", "Z")), trace("H", np.ones(3), location="A0")],
            "locations A0, R0, expected one",
        ),
        ([*three(("H", "E", "Z")), trace("H", np.ones(3), rate=10)], "sampling rates 1, 10 Hz"),
        (three(("H", "E", "Z"), rate=5000.0), "sampling rates 5000 Hz"),
        (
            [*three(("H", "E", "Z")), trace("H", np.ones(3), start="2027-01-01")],
            "13 samples spread over 63,072,003, expected at most 604,800",
        ),
    ],
)
def test_streams_that_are_no_recording_are_refused(traces: list[object], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        from_stream(obspy.Stream(traces))


def test_values_that_no_magnet_has_are_refused() -> None:
    traces = [trace(c, np.array([1.0, 1e300])) for c in "HEZ"]
    with pytest.raises(FormatError, match=r"values up to 1e\+300 nT"):
        from_stream(obspy.Stream(traces), name="day.mseed")


def test_an_empty_recording_is_no_stream() -> None:
    with pytest.raises(FormatError, match="no samples"):
        to_stream(a_recording().isel(time=slice(0, 0)))


def test_the_rate_of_minute_files_is_exact() -> None:
    for rate in (1 / 60, float(np.float32(1 / 60)), 0.01666667):
        recording = from_stream(obspy.Stream(three(("H", "E", "Z"), rate=rate)))
        assert recording.attrs["sampling_hz"] == 1 / 60
    assert letter_of(" lfh ") == "H"


def test_without_obspy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obspy", None)
    with pytest.raises(FormatError, match=r"seismomag\[seismic\]"):
        load_obspy()


def test_importing_the_module_does_not_import_obspy() -> None:
    code = (
        f"import sys, {streams.__name__}, seismomag.readers.miniseed;"
        "sys.exit('obspy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
