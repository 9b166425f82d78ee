import { describe, expect, test } from "vitest";
import { checkOf } from "../src/audit/checks.ts";
import { outcomeOf, ringRadius } from "../src/audit/outcomes.ts";
import { pText } from "../src/audit/p_value.ts";
import { nearestStop, stepOf } from "../src/diagrams/reading.tsx";
import { barTop, board, cellKind, selectionOf, stepped, targetsWithin } from "../src/forecasts/days.ts";
import { bearingDeg, compassPoint, distanceKm, sectorDeg } from "../src/forecasts/direction.ts";
import { cutAtForeign } from "../src/frame/foreign.ts";
import { significant } from "../src/frame/numbers.ts";
import { clockWords } from "../src/health/clock.ts";
import type { ForecastMonth, Score } from "../src/shapes.ts";
import { dayInWords, kpInThirds, placeOnEarth, seconds, shortHash } from "../src/station/sentences.ts";
import { panelRange } from "../src/stack/scales.ts";

describe("words of the station", () => {
  test("Kp in thirds", () => {
    expect([0, 0.33, 4, 5.333, 5, 6.667, 8.667].map(kpInThirds)).toEqual([
      "0",
      "0+",
      "4",
      "5+",
      "5",
      "7\u2212",
      "9\u2212",
    ]);
  });

  test("places, days, spans", () => {
    expect(placeOnEarth(-8.144, 124.59, "en")).toBe("8.144°\u202fS 124.590°\u202fE");
    expect(placeOnEarth(0.55, 123.1, "id")).toBe("0,550°\u202fLU 123,100°\u202fBT");
    expect(dayInWords("2025-01-01", "id")).toBe("1\u202fJanuari 2025");
    expect([seconds(64, "en"), seconds(64, "id"), seconds(3660, "en")]).toEqual([
      "64\u202fs",
      "64\u202fdtk",
      "1\u202fh 01\u202fmin",
    ]);
    expect(shortHash("b2bc7cac".padEnd(56, "0") + "9df04a5e")).toBe("b2bc7cac…9df04a5e");
  });

  test("a flat or empty curve still has a panel", () => {
    expect(panelRange([null, null])).toEqual([-1, 1]);
    expect(panelRange([2, 2])).toEqual([1.5, 2.5]);
    expect(panelRange([0, 100])).toEqual([-8, 108]);
  });
});

describe("directions", () => {
  test("bearings and distances", () => {
    const jakarta = { latitude_deg: -6.2, longitude_deg: 106.8 };
    expect(bearingDeg(jakarta, { latitude_deg: 3.8, longitude_deg: 106.8 })).toBeCloseTo(0, 6);
    expect(
      bearingDeg({ latitude_deg: 0, longitude_deg: 100 }, { latitude_deg: 0, longitude_deg: 110 }),
    ).toBeCloseTo(90, 6);
    expect(
      distanceKm({ latitude_deg: 0, longitude_deg: 100 }, { latitude_deg: 0, longitude_deg: 101 }),
    ).toBeCloseTo(111.195, 2);
    expect([0, 44, 359, -90].map((azimuth) => compassPoint(azimuth, "en"))).toEqual(["N", "NE", "N", "W"]);
  });

  test("concentration becomes the sector that holds 68 %", () => {
    expect(sectorDeg(0)).toBeCloseTo(122.4, 1);
    // At great concentration a von Mises distribution is normal: one standard deviation.
    expect(Math.abs(sectorDeg(400) - ((0.9945 / Math.sqrt(400)) * 180) / Math.PI)).toBeLessThan(0.1);
    expect(sectorDeg(1)).toBeGreaterThan(sectorDeg(2));
  });
});

const score = (over: Partial<Score>): Score => ({
  station_code: "ALR",
  day: "2026-04-02",
  probability: 0.2,
  observed_frequency: null,
  observed_low: null,
  observed_high: null,
  is_alarm: false,
  azimuth_deg: null,
  azimuth_kappa: null,
  magnitude_class: null,
  issued_at: "2026-04-02T00:20:00Z",
  valid_from: "2026-04-03T00:00:00Z",
  valid_to: "2026-04-10T00:00:00Z",
  coverage: 1,
  kp_at_issue: 2,
  is_late: false,
  reason: { en: "", id: "", foreign: [] },
  model_sha256: "ab",
  role: "champion",
  ledger_seq: 1,
  ...over,
});

const quake = (event_id: string, origin_time: string) => ({
  event_id,
  origin_time,
  latitude_deg: 0,
  longitude_deg: 120,
  depth_km: 10,
  magnitude: 6,
  magnitude_type: "Mw",
  source: "test",
});

const month = (scores: readonly Score[]): ForecastMonth =>
  ({
    first_day: "2026-04-01",
    end_day: "2026-05-01",
    scores,
    events: [
      quake("in", "2026-04-09T23:59:59Z"),
      quake("after", "2026-04-10T00:00:00Z"),
      quake("small", "2026-04-04T00:00:00Z"),
    ],
    target_event_ids: ["in", "after"],
  }) as unknown as ForecastMonth;

describe("forecast board", () => {
  const scores = [
    score({}),
    score({ role: "challenger", probability: 0.9 }),
    score({ station_code: "YOG", probability: 0.4, is_alarm: true }),
    score({ day: "2026-04-01", probability: 0.7 }),
  ];
  const shown = board(month(scores), ["AMB"]);

  test("the champion's score is shown, and stations without any keep their row", () => {
    expect(shown.codes).toEqual(["ALR", "AMB", "YOG"]);
    expect(shown.scores.get("ALR 2026-04-02")?.probability).toBe(0.2);
    expect(shown.days).toHaveLength(30);
  });

  test("a missing record is not a day still to come", () => {
    expect(cellKind(undefined, "2026-04-07", "2026-04-08")).toBe("absent");
    expect(cellKind(undefined, "2026-04-08", "2026-04-08")).toBe("future");
    expect(cellKind(score({ probability: null }), "2026-04-02", "2026-04-08")).toBe("none");
    expect(cellKind(score({ is_late: true, is_alarm: true }), "2026-04-02", "2026-04-08")).toBe("late");
    expect(cellKind(score({ is_alarm: true }), "2026-04-02", "2026-04-08")).toBe("alarm");
  });

  test("the newest day's greatest score is chosen unless the address asks", () => {
    expect(selectionOf(shown, { code: null, day: null })).toEqual({ code: "YOG", day: "2026-04-02" });
    expect(selectionOf(shown, { code: "AMB", day: "2026-04-01" })).toEqual({
      code: "AMB",
      day: "2026-04-01",
    });
    expect(selectionOf(shown, { code: "XXX", day: "1999-01-01" })).toEqual({
      code: "YOG",
      day: "2026-04-02",
    });
  });

  test("steps stop at the ends", () => {
    expect(stepped(shown, { code: "ALR", day: "2026-04-01" }, -1, -1)).toEqual({
      code: "ALR",
      day: "2026-04-01",
    });
    expect(stepped(shown, { code: "ALR", day: "2026-04-01" }, 1, 5)).toEqual({
      code: "YOG",
      day: "2026-04-02",
    });
  });

  test("the window is half open and holds targets only", () => {
    expect(targetsWithin(month([]), score({})).map(({ event_id }) => event_id)).toEqual(["in"]);
  });

  test("the bars' top is twice the threshold, and one at most", () => {
    expect([barTop(0.35), barTop(0.8)]).toEqual([0.7, 1]);
  });
});

describe("alarms against events", () => {
  const day = (over: object) => ({
    day: "2026-01-01",
    is_alarm: false,
    n_alarms: 0,
    n_events: 0,
    n_hits: 0,
    largest_magnitude: null,
    ...over,
  });

  test("outcomes", () => {
    expect(outcomeOf(day({}))).toBe("quiet");
    expect(outcomeOf(day({ is_alarm: true, n_alarms: 1 }))).toBe("false_alarm");
    expect(outcomeOf(day({ is_alarm: true, n_alarms: 1, n_events: 1 }))).toBe("miss");
    expect(outcomeOf(day({ is_alarm: true, n_alarms: 1, n_events: 1, n_hits: 1 }))).toBe("hit");
    expect(outcomeOf(day({ is_alarm: null }))).toBe("unknown");
  });

  test("rings grow with magnitude and stay in their cell", () => {
    expect(ringRadius(4)).toBeLessThan(ringRadius(6));
    expect(ringRadius(9.5)).toBe(8.6);
  });
});

describe("words of an audit", () => {
  test("p-values keep two digits and do not run on", () => {
    expect([0.63, 0.0013, 1, 3e-9].map((p) => pText(p, "en"))).toEqual(["0.63", "0.0013", "1.0", "< 0.0001"]);
    expect(pText(0.63, "id")).toBe("0,63");
  });

  test("checks that were not run are no leaks", () => {
    expect(checkOf("C05 NOT RUN: not run: no store of tensors")).toEqual({
      severity: "NOT RUN",
      words: "C05: no store of tensors",
    });
    expect(checkOf("C14 AMBER: stations differ").severity).toBe("AMBER");
    expect(checkOf("a sentence of another make").severity).toBe("RED");
  });
});

describe("the cursor of a diagram", () => {
  const place = { x: (value: number) => 10 * value };

  test("stops at what is nearest", () => {
    expect(nearestStop([0, 1, 4], 0, place)).toBe(0);
    expect(nearestStop([0, 1, 4], 24, place)).toBe(1);
    expect(nearestStop([0, 1, 4], 26, place)).toBe(2);
    expect(nearestStop([0, 1, 4], 999, place)).toBe(2);
  });

  test("goes by arrow keys, and not beyond the ends", () => {
    expect(stepOf("ArrowRight", null, 3)).toBe(0);
    expect(stepOf("ArrowLeft", null, 3)).toBe(2);
    expect(stepOf("ArrowRight", 2, 3)).toBe(2);
    expect(stepOf("ArrowLeft", 0, 3)).toBe(0);
    expect(stepOf("End", 0, 3)).toBe(2);
    expect(stepOf("x", 1, 3)).toBe(null);
  });
});

describe("what somebody else said", () => {
  test("is cut out of the sentence, each part in its turn", () => {
    expect(cutAtForeign("Keterangan: a b; c", ["a b"])).toEqual(["Keterangan: ", "a b", "; c"]);
    expect(cutAtForeign("x y x", ["x", "x"])).toEqual(["", "x", " y ", "x", ""]);
    expect(cutAtForeign("tidak ada", ["gone", ""])).toEqual(["tidak ada"]);
  });
});

describe("small numbers", () => {
  test("are written with a power of ten", () => {
    expect(significant(0.00000001, 3, "id")).toBe("1,00 × 10⁻⁸");
    expect(significant(0.00067, 2, "en")).toBe("0.00067");
    expect(significant(0, 3, "en")).toBe("0");
  });
});

describe("the clock of the machine", () => {
  const words = { language: "id" as const, t: (label: string, values = {}) => [label, ...Object.values(values)].join(" "), of: () => "" };
  test("is within, not kept, or not measured", () => {
    expect(clockWords({ is_clock_synchronised: true, clock_error_s: 0.02 }, words)).toBe("clock_within 0,02");
    expect(clockWords({ is_clock_synchronised: false, clock_error_s: null }, words)).toBe("clock_not_kept");
    expect(clockWords({ is_clock_synchronised: null, clock_error_s: null }, words)).toBe("not_measured");
  });
});
