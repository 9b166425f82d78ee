"""Make src/seismomag/figures/coast.json from the npm package world-atlas (Natural Earth).

Fetch the package with ``npm pack world-atlas@2`` in a scratch folder, unpack it, then::

    python scripts/make_coast.py PACKAGE_FOLDER src/seismomag/figures/coast.json

Land of Natural Earth at 1:50 million inside the box of Indonesia, and at 1:110 million for the
world. Natural Earth is in the public domain.
"""

import json
import sys
from pathlib import Path

BOX = (89.0, -17.0, 147.0, 13.0)
"""West, south, east, north [degrees] of the detailed part."""
SMALLEST_DEG2 = 0.015
"""Rings of a smaller area are left out: they would be less than a pixel."""

Point = tuple[float, float]
Ring = list[Point]


def decode(topology: dict) -> list[Ring]:
    """Outer and inner rings of the land of a TopoJSON topology [degrees]."""
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [absolute(arc, scale, shift) for arc in topology["arcs"]]
    rings = []
    for geometry in topology["objects"]["land"]["geometries"]:
        several = geometry["type"] == "MultiPolygon"
        for polygon in geometry["arcs"] if several else [geometry["arcs"]]:
            rings += [joined(ring, arcs) for ring in polygon]
    return rings


def absolute(arc: list, scale: list[float], shift: list[float]) -> Ring:
    """Undo the delta coding of one arc."""
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
    return points


def joined(indices: list[int], arcs: list[Ring]) -> Ring:
    """One ring from its arcs; a negative index is the complement, walked backwards."""
    ring: Ring = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring += arc[1:] if ring else arc
    return ring


def clipped(ring: Ring, box: tuple[float, float, float, float]) -> Ring:
    """Cut a ring to a box (Sutherland & Hodgman 1974, CACM 17, 32)."""
    west, south, east, north = box
    for axis, limit, sign in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        ring = half_plane(ring, axis, limit, sign)
    return ring


def half_plane(ring: Ring, axis: int, limit: float, sign: int) -> Ring:
    """Keep the part of a ring on one side of a line of constant longitude or latitude."""
    kept: Ring = []
    for start, end in zip(ring, ring[1:] + ring[:1], strict=True):
        inside_start = sign * (start[axis] - limit) >= 0
        inside_end = sign * (end[axis] - limit) >= 0
        if inside_start:
            kept.append(start)
        if inside_start != inside_end:
            part = (limit - start[axis]) / (end[axis] - start[axis])
            kept.append(tuple(a + part * (b - a) for a, b in zip(start, end, strict=True)))
    return kept


def area_deg2(ring: Ring) -> float:
    """Area of a ring in the plane of longitude and latitude."""
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def rounded(ring: Ring, digits: int) -> list[list[float]]:
    """Round the points, drop repeated ones."""
    points: list[list[float]] = []
    for x, y in ring:
        point = [round(x, digits), round(y, digits)]
        if not points or point != points[-1]:
            points.append(point)
    return points


def main(package: Path, target: Path) -> None:
    """Write the file and say how large it became."""
    fine = decode(json.loads((package / "land-50m.json").read_text()))
    coarse = decode(json.loads((package / "land-110m.json").read_text()))
    regional = [clipped(ring, BOX) for ring in fine]
    content = {
        "source": "Natural Earth land 1:50m and 1:110m (public domain), npm world-atlas 2.0.2",
        "box": list(BOX),
        "regional": [rounded(r, 2) for r in regional if area_deg2(r) > SMALLEST_DEG2],
        "world": [rounded(r, 1) for r in coarse],
    }
    target.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(f"{target}: {target.stat().st_size} bytes, {len(content['regional'])} regional rings")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
