"""An FDSN event service over a list of invented events."""

import pandas as pd

HEADER = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|"
    "MagType|Magnitude|MagAuthor|EventLocationName"
)


def invented_events(n, start="2025-01-01", step="7h"):
    """Events, one every few hours."""
    stamps = pd.date_range(start, periods=n, freq=step)
    return [
        {"id": f"ev{i}", "time": t, "lat": -8.0, "lon": 120 + i % 9, "mag": 4.5 + i % 10 / 10}
        for i, t in enumerate(stamps)
    ]


def text_row(event):
    return (
        f"{event['id']}|{event['time']:%Y-%m-%dT%H:%M:%S.%f}|{event['lat']}|{event['lon']}|10.0|"
        f"TST|||{event['id']}|Mw|{event['mag']:.1f}||"
    )


def quakeml_event(event):
    key = event["id"]
    return (
        f'<event publicID="smi:local/{key}"><preferredOriginID>smi:local/o{key}</preferredOriginID>'
        f"<type>{event.get('type', 'earthquake')}</type>"
        f'<origin publicID="smi:local/o{key}"><time><value>{event["time"].isoformat()}Z</value>'
        f"</time><latitude><value>{event['lat']}</value></latitude>"
        f"<longitude><value>{event['lon']}</value></longitude>"
        "<depth><value>10000.0</value></depth></origin>"
        f'<magnitude publicID="smi:local/m{key}"><mag><value>{event["mag"]}</value></mag>'
        "<type>Mw</type></magnitude></event>"
    )


def quakeml(events):
    return (
        '<q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2" '
        'xmlns="http://quakeml.org/xmlns/bed/1.2"><eventParameters publicID="smi:local/ep">'
        + "".join(quakeml_event(event) for event in events)
        + "</eventParameters></q:quakeml>"
    )


class FdsnService:
    """Answers /query.

    too_much
        ``"413"``, ``"400"`` (with the word ``exceeds``), or ``"silent"``: more than ``limit``
        events are cut off without a word.
    """

    def __init__(self, reply, events, **options):
        self.reply = reply
        self.events = events
        self.limit = 20
        self.too_much = "413"
        self.nothing = None
        self.before = lambda number: None
        self.n = 0
        vars(self).update(options)

    def __call__(self, asked):
        number, self.n = self.n, self.n + 1
        early = self.before(number)
        if early is not None:
            return early
        query = asked.query
        start, end = pd.Timestamp(query["starttime"]), pd.Timestamp(query["endtime"])
        low = float(query.get("minmagnitude", -9))
        found = [e for e in self.events if start <= e["time"] <= end and e["mag"] >= low]
        if "updatedafter" in query:
            after = pd.Timestamp(query["updatedafter"])
            found = [e for e in found if e.get("updated", e["time"]) >= after]
        if not found:
            return self.nothing or self.reply(b"", int(query["nodata"]))
        if len(found) > self.limit:
            if self.too_much == "413":
                return self.reply(b"Error 413: Request entity too large", 413)
            if self.too_much == "400":
                text = f"Error 400: {len(found)} matching events exceeds search limit of 20000."
                return self.reply(text.encode(), 400)
            found = found[: self.limit]
        if query["format"] == "xml":
            return self.reply(quakeml(found).encode())
        return self.reply("\n".join([HEADER, *map(text_row, found), ""]).encode())
