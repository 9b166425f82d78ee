import { describe, expect, it } from "vitest";
import { graticuleStep } from "../src/network/chart_frame.tsx";
import { dayIndex } from "../src/network/days.ts";
import { degreeLabel, longitudeLabel, SIDES } from "../src/network/degrees.ts";
import { type Chip, isInside, overlap, placeLabels } from "../src/network/label_places.ts";
import { type Chart, chartOf, pathOn, widened } from "../src/network/map_data.ts";
import { crowdOf, emptiestCorner, radiusOf, ringsOf } from "../src/network/rings.ts";
import { rollOrder } from "../src/network/roll_order.ts";
import type { QuakeEvent, StationRow, StationState } from "../src/shapes.ts";

const NOW = Date.UTC(2026, 3, 8);

function station(code: string, state: StationState, newest: string | null): StationRow {
  return {
    station_code: code,
    name: code,
    latitude_deg: 0,
    longitude_deg: 100,
    time_zone: "Asia/Jakarta",
    state,
    reason: { en: "", id: "", foreign: [] },
    newest_sample_at: newest,
    coverage: [],
  };
}

function quake(id: string, magnitude: number | null, longitude: number, latitude: number, time = "2026-04-01T22:48:00Z"): QuakeEvent {
  return {
    event_id: id,
    origin_time: time,
    latitude_deg: latitude,
    longitude_deg: longitude,
    depth_km: 10,
    magnitude,
    magnitude_type: "mb",
    source: "list",
  };
}

const chart = {
  region: [91.5, -13, 143.5, 9],
  width: 1040,
  height: 440,
  perDegree: 20,
  x: (longitude: number) => (longitude - 91.5) * 20,
  y: (latitude: number) => (9 - latitude) * 20,
} as unknown as Chart;

describe("roll call", () => {
  const rows = [
    station("YOG", "ok", "2026-04-07T00:00:00Z"),
    station("ALR", "ok", "2026-04-01T00:00:00Z"),
    station("GSI", "unknown", null),
    station("SMI", "late", "2026-04-06T00:00:00Z"),
    station("MLB", "late", "2026-04-05T00:00:00Z"),
    station("LWK", "faulty", "2026-04-07T00:00:00Z"),
    station("JYP", "silent", "2026-04-04T00:00:00Z"),
  ];
  it("stands worst first, older first, and what is ok by code", () => {
    expect(rollOrder(rows, "worst").map((row) => row.station_code)).toEqual(["JYP", "LWK", "MLB", "SMI", "GSI", "ALR", "YOG"]);
  });
  it("loses nobody", () => {
    expect(new Set(rollOrder(rows, "code"))).toEqual(new Set(rows));
  });
});

describe("labels on the map", () => {
  let seed = 3;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const map = { left: 0, top: 0, width: 700, height: 300 };
  it.each([5, 24, 120])("never overlap and never leave the map: %d stations", (n) => {
    const chips: Chip[] = Array.from({ length: n }, (_, at) => ({
      station: station(`S${at}`, "ok", null),
      x: 20 + 660 * random(),
      y: 20 + 260 * random(),
      text: "",
      width: 30 + 50 * random(),
      height: 12,
      glyph: 12,
    }));
    const kept = [{ left: 500, top: 0, width: 150, height: 120 }];
    const boxes = placeLabels(chips, map, kept).flatMap((placed) =>
      placed.label
        ? [{ left: placed.x + placed.label.dx, top: placed.y + placed.label.dy, width: placed.width, height: placed.height }]
        : [],
    );
    for (const [at, box] of boxes.entries()) {
      expect(isInside(box, map)).toBe(true);
      expect(overlap(box, kept[0]!)).toBe(false);
      for (const other of boxes.slice(at + 1)) expect(overlap(box, other)).toBe(false);
    }
  });
  it("gives the first station its place before the next", () => {
    const chip = (code: string, x: number): Chip => ({ station: station(code, "ok", null), x, y: 150, text: "", width: 60, height: 12, glyph: 12 });
    const [first] = placeLabels([chip("AAA", 300), chip("BBB", 302)], map, []);
    expect(first?.label).not.toBeNull();
  });
});

describe("rings", () => {
  it("double with every unit of magnitude, and stand for an unknown one", () => {
    expect((radiusOf(7.5) - 1.2) / (radiusOf(6.5) - 1.2)).toBeCloseTo(10 ** 0.32, 6);
    expect(radiusOf(null)).toBeGreaterThan(0);
  });
  it("fade with age and lie with the largest beneath", () => {
    const rings = ringsOf([quake("a", 5, 100, 0, "2026-03-10T00:00:00Z"), quake("b", 5, 100, 0, "2026-04-07T00:00:00Z"), quake("c", 7, 100, 0)], chart, NOW);
    expect(rings.map((ring) => ring.event.event_id)).toEqual(["c", "a", "b"]);
    expect(rings[1]!.opacity).toBeLessThan(rings[2]!.opacity);
  });
  it("finds the crowd around the strong one, and none where events are apart", () => {
    const apart = Array.from({ length: 20 }, (_, at) => quake(`p${at}`, 5, 95 + 2.3 * at, -12 + at));
    const near = Array.from({ length: 30 }, (_, at) => quake(`n${at}`, 5, 126 + at / 60, 1 + (at % 5) / 10));
    expect(crowdOf(ringsOf(apart, chart, NOW), chart)).toBeNull();
    const crowd = crowdOf(ringsOf([...apart, ...near, quake("m", 7.5, 126.2, 1.2)], chart, NOW), chart);
    expect(crowd?.largest.event.event_id).toBe("m");
    expect(crowd?.members.length).toBeGreaterThanOrEqual(31);
    expect(Math.abs(crowd!.x - chart.x(126.25))).toBeLessThan(10);
  });
  it("puts the lens where few marks are, and not across the map", () => {
    const size = { width: 100, height: 100 };
    const marks = [60, 70, 80].flatMap((x) => [{ x, y: 60 }, { x, y: 380 }, { x: x + 920, y: 380 }]);
    const apart = emptiestCorner(chart, size, marks, { x: 520, y: 220 });
    expect(apart.x).toBeGreaterThan(500);
    expect(apart.y).toBeLessThan(100);
    const near = emptiestCorner(chart, size, [{ x: 980, y: 60 }], { x: 900, y: 100 });
    expect(near.x).toBeGreaterThan(500);
  });
});

describe("the chart and its days", () => {
  it("has a graticule of a dozen lines at most", () => {
    for (const span of [1, 8, 52, 120, 360]) expect(span / graticuleStep(span)).toBeLessThanOrEqual(12);
  });
  it("names hemispheres, also across the date line", () => {
    expect(longitudeLabel(125, SIDES.en.longitude)).toBe("125°E");
    expect(longitudeLabel(190, SIDES.en.longitude)).toBe("170°W");
    expect(degreeLabel(-5, SIDES.en.latitude)).toBe("5°S");
    expect(degreeLabel(0, SIDES.en.latitude)).toBe("0°");
    expect(longitudeLabel(125, SIDES.id.longitude)).toBe("125°BT");
    expect(degreeLabel(-5, SIDES.id.latitude)).toBe("5°LS");
  });
  it("knows only its own days", () => {
    const days = { start: Date.UTC(2026, 2, 9), n: 31 };
    expect(dayIndex(days, "2026-03-09")).toBe(0);
    expect(dayIndex(days, "2026-04-08")).toBe(30);
    for (const day of ["2026-04-09", "2026-03-08", "yesterday", "2026-04", null]) expect(dayIndex(days, day)).toBeNull();
  });
});

describe("the map's lines", () => {
  const points = (path: string) => [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map((found) => [Number(found[1]), Number(found[2])] as const);
  const box = (west: number, south: number, east: number, north: number): GeoJSON.Polygon => ({
    type: "Polygon",
    coordinates: [[[west, south], [west, north], [east, north], [east, south], [west, south]]],
  });

  it("lie where their degrees are", () => {
    const chart = chartOf([90, -10, 140, 10]);
    expect(pathOn(chart, box(100, -5, 110, 5))).toBe("M208.0,312.0L208.0,104.0L416.0,104.0L416.0,312.0Z");
  });
  it("end at the frame", () => {
    const chart = chartOf([90, -10, 140, 10]);
    for (const [x, y] of points(pathOn(chart, box(60, -40, 170, 40)))) {
      expect(x).toBeGreaterThanOrEqual(-2);
      expect(x).toBeLessThanOrEqual(chart.width + 2);
      expect(y).toBeGreaterThanOrEqual(-2);
      expect(y).toBeLessThanOrEqual(chart.height + 2);
    }
    expect(pathOn(chart, box(10, -5, 20, 5))).toBe("");
  });
  it("go on over the date line", () => {
    const chart = chartOf([160, -10, -160, 5]);
    const line: GeoJSON.LineString = { type: "LineString", coordinates: [[175, 0], [179, 0], [-179, 0], [-175, 0]] };
    const xs = points(pathOn(chart, line)).map(([x]) => x);
    expect(xs).toEqual([390, 494, 546, 650]);
  });
  it("keeps a wide region and widens a tall one about its middle", () => {
    expect(widened([91.5, -13, 143.5, 9])).toEqual([91.5, -13, 143.5, 9]);
    const [west, , east] = widened([100, -10, 110, 7]);
    expect(east - west).toBeCloseTo(40, 6);
    expect((west + east) / 2).toBeCloseTo(105, 6);
  });
});
