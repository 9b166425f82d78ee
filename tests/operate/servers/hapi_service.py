"""A HAPI server of one station, with every kind of bad manners."""

import json
import struct

import numpy as np
import pandas as pd

DATASET = "tst/best-avail/pt1m/xyzf"
FILL = 99999.0


def field_nt(stamp):
    """X, Y, Z, F at a moment: the same wherever it is asked."""
    t = stamp.timestamp() % 86_400
    return 38_000 + t / 100, 1_200 + t / 1000, -20_000 + t / 500, 43_000.0


class HapiService:
    """Callable that answers requests.

    faults
        By the number of the data request, counted from 0: a function from the list of records to
        what is sent in its place.
    """

    def __init__(self, reply, **options):
        self.reply = reply
        self.version = "3.1"
        self.cadence_s = 60
        self.start, self.stop = pd.Timestamp("2024-05-01"), pd.Timestamp("2024-06-01")
        self.longest = "P2D"
        self.formats = ["csv", "binary", "json"]
        self.fill_text = "99999"
        self.missing = ()
        self.absent = ()
        self.faults = {}
        self.vector = {}
        self.is_truncating_stamps = False
        self.n_data = 0
        for key, value in options.items():
            assert hasattr(self, key), key
            setattr(self, key, value)

    def __call__(self, asked):
        path = asked.path.removeprefix("/hapi/")
        if path == "capabilities":
            return self.ok(outputFormats=self.formats)
        if path == "info":
            return self.info(asked)
        if path == "data":
            return self.data(asked)
        return self.reply(b"nothing", 404)

    def ok(self, **parts):
        body = {"HAPI": self.version, "status": {"code": 1200, "message": "OK"}, **parts}
        return self.reply(json.dumps(body).encode())

    def error(self, status, code, text):
        body = {"HAPI": self.version, "status": {"code": code, "message": text}}
        return self.reply(json.dumps(body).encode(), status)

    def words(self, asked):
        old = ("id", "time.min", "time.max")
        new = ("dataset", "start", "stop")
        if self.version.startswith("2"):
            if set(new) & set(asked.query):
                return None
            return [asked.query.get(word) for word in old]
        return [asked.query.get(n, asked.query.get(o)) for n, o in zip(new, old, strict=True)]

    def info(self, asked):
        words = self.words(asked)
        if words is None:
            return self.error(400, 1401, "unknown request parameter")
        if words[0] != DATASET:
            return self.error(404, 1406, "unknown dataset id")
        vector = {
            "name": "Field_Vector",
            "type": "double",
            "units": "nT",
            "fill": self.fill_text,
            "size": [3],
            **self.vector,
        }
        scalar = {"name": "Field_Magnitude", "type": "double", "units": "nT", "fill": "99999.0"}
        time = {"name": "Time", "type": "isotime", "units": "UTC", "fill": None, "length": 24}
        parts = {
            "startDate": f"{self.start.isoformat()}Z",
            "stopDate": f"{self.stop.isoformat()}Z",
            "cadence": f"PT{self.cadence_s}S",
            "timeStampLocation": "BEGIN",
            "parameters": [time, vector, scalar],
        }
        if self.longest:
            parts["maxRequestDuration"] = self.longest
        return self.ok(**parts)

    def data(self, asked):
        number, self.n_data = self.n_data, self.n_data + 1
        words = self.words(asked)
        if words is None:
            return self.error(400, 1401, "unknown request parameter")
        start, stop = (pd.Timestamp(word.removesuffix("Z")) for word in words[1:])
        refused = self.refuse(asked, words[0], start, stop)
        if refused is not None:
            return refused
        stamps = pd.date_range(start, stop, freq=f"{self.cadence_s}s", inclusive="left")
        stamps = [t for t in stamps if t not in self.absent]
        fault = self.faults.get(number)
        if not stamps and fault is None:
            return self.reply(b"")
        form = asked.query.get("format", "csv")
        body = getattr(self, form)(stamps)
        return self.reply(body) if fault is None else fault(body)

    def refuse(self, asked, dataset, start, stop):
        if dataset != DATASET:
            return self.error(404, 1406, "unknown dataset id")
        if asked.query.get("parameters") not in {"Field_Vector", ""}:
            return self.error(404, 1407, "unknown parameter")
        if start >= stop:
            return self.error(400, 1404, "start >= stop")
        if start < self.start or stop > self.stop:
            return self.error(400, 1405, "outside of startDate..stopDate")
        if self.longest == "P2D" and stop - start > pd.Timedelta(days=2):
            return self.error(400, 1408, "too much time or data requested")
        return None

    def values(self, stamp):
        return [FILL] * 3 if stamp in self.missing else field_nt(stamp)[:3]

    def text(self, stamp):
        form = "%Y-%m-%dT%H:%MZ" if self.is_truncating_stamps else "%Y-%m-%dT%H:%M:%S.000Z"
        return stamp.strftime(form)

    def csv(self, stamps):
        rows = (
            ",".join([self.text(t), *(f"{v:.4f}" for v in self.values(t))]) + "\n" for t in stamps
        )
        return "".join(rows).encode()

    def binary(self, stamps):
        rows = (
            self.text(t).encode().ljust(24, b"\0") + struct.pack("<3d", *self.values(t))
            for t in stamps
        )
        return b"".join(rows)

    def json(self, stamps):
        data = [[self.text(t), list(self.values(t))] for t in stamps]
        body = {"HAPI": self.version, "status": {"code": 1200, "message": "OK"}, "data": data}
        return json.dumps(body).encode()


def expected_nt(start, n, cadence_s=60):
    """Field that a client must arrive at, shape (3, n)."""
    stamps = pd.date_range(start, periods=n, freq=f"{cadence_s}s")
    return np.array([field_nt(t)[:3] for t in stamps]).T
