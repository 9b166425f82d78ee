import { describe, expect, test } from "vitest";
import {
  clock,
  dayOfYear,
  daysOf,
  localClock,
  minuteOfClock,
  minutesInto,
  nightSpans,
  offsetName,
  weekColumn,
  zoneName,
  zoneOffsetMinutes,
} from "../src/stack/day_axis.ts";
import { colours, MASKED, pixelTable } from "../src/stack/lut.ts";
import { extent, linearScale, linearTicks, logScale, roundStep, tickText } from "../src/stack/scales.ts";
import {
  columnOf,
  decodeScalogram,
  maskedShare,
  paintPixels,
  readingAt,
  rowOf,
  strongest,
  valueOfByte,
} from "../src/stack/scalogram.ts";

const hex = (colour: readonly number[] | undefined): string =>
  `#${(colour ?? []).map((value) => value.toString(16).padStart(2, "0")).join("")}`.toUpperCase();

describe("colour tables", () => {
  test("the sequential map passes through the colours of the design", () => {
    const designed =
      "#0A0C27 #0E153E #0E2156 #092E6B #063E7A #034F87 #086090 #0A7298 #1E839D #2F93A0 #48A4A0 #63B49F #7FC39C #A0D198 #C1DD9B #E0E9A4 #FDF5B2".split(
        " ",
      );
    const map = colours("amplitude").map(hex);
    expect(map).toHaveLength(256);
    for (const colour of designed) expect(map).toContain(colour);
    expect([map[0], map[255]]).toEqual([designed[0], designed.at(-1)]);
  });

  test("the diverging maps pass through theirs", () => {
    const light = "#0B4C92 #3F76B5 #6FA1D7 #AECBEB #FAF2EB #E3C0A5 #CA8D5F #A65F28 #783905".split(" ");
    const dark = "#9DC7FE #6098DA #3C6B9E #27415B #1F1915 #54381F #91592A #CB814B #FEAF7F".split(" ");
    const ends = (map: "diverging_light" | "diverging_dark") => [
      hex(colours(map)[0]),
      hex(colours(map)[255]),
    ];
    expect(ends("diverging_light")).toEqual([light[0], light.at(-1)]);
    expect(ends("diverging_dark")).toEqual([dark[0], dark.at(-1)]);
  });

  test("every byte has an opaque pixel but the masked one, which has none", () => {
    const bytes = new Uint8Array(pixelTable("amplitude").buffer);
    for (let byte = 0; byte < MASKED; byte++) expect(bytes[4 * byte + 3]).toBe(255);
    expect([...bytes.slice(4 * MASKED)]).toEqual([0, 0, 0, 0]);
    expect([...bytes.slice(0, 3)]).toEqual([0x0a, 0x0c, 0x27]);
    expect([...bytes.slice(4 * 254, 4 * 254 + 3)]).toEqual([0xfd, 0xf5, 0xb2]);
  });

  test("lightness rises along the sequential map", () => {
    const luminance = ([r = 0, g = 0, b = 0]: readonly number[]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
    const series = colours("amplitude").map(luminance);
    for (let index = 8; index < 256; index++) expect(series[index]).toBeGreaterThan(series[index - 8] ?? 0);
  });
});

function answer(overrides: Record<string, string> = {}): Headers {
  return new Headers({
    "X-Scalogram-Shape": "2,3,4",
    "X-Scalogram-Components": "H,D",
    "X-Scalogram-Scale": "log10",
    "X-Scalogram-Low": "0.004",
    "X-Scalogram-High": "2",
    "X-Scalogram-Unit": "nT",
    "X-Scalogram-Frequency-Low-Hz": "0.01",
    "X-Scalogram-Frequency-High-Hz": "0.1",
    "X-Scalogram-Seconds-Per-Column": "21600",
    ...overrides,
  });
}

const bytes = Uint8Array.from([
  ...[0, 1, 2, 255, 4, 5, 6, 7, 8, 9, 10, 254],
  ...[255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
]);

describe("scalograms", () => {
  const picture = decodeScalogram(answer(), bytes.buffer);

  test("are read in the order component, frequency, time", () => {
    expect(picture.components).toEqual(["H", "D"]);
    expect([picture.nFrequencies, picture.nColumns]).toEqual([3, 4]);
    expect(readingAt(picture, 0, 0.01, 0)).toEqual({ value: 0.004, clipped: "low" });
    expect(readingAt(picture, 0, 0.1, 1439).value).toBeCloseTo(2, 12);
    expect(readingAt(picture, 0, 0.1, 1439).clipped).toBe("high");
  });

  test("never give a neighbour's value for a masked one", () => {
    expect(readingAt(picture, 0, 0.01, 1439)).toEqual({ value: null, clipped: null });
    expect(readingAt(picture, 1, 0.03, 700).value).toBeNull();
  });

  test("are linear in the logarithm", () => {
    expect(valueOfByte(picture, 127)).toBeCloseTo(Math.sqrt(0.004 * 2), 12);
    const phase = decodeScalogram(
      answer({ "X-Scalogram-Scale": "linear", "X-Scalogram-Low": "-1", "X-Scalogram-High": "1" }),
      bytes.buffer,
    );
    expect(valueOfByte(phase, 127)).toBeCloseTo(0, 12);
    expect(readingAt(phase, 0, 0.01, 0).clipped).toBeNull();
  });

  test("are painted with the highest frequency in the first row", () => {
    const table = new Uint32Array(256).map((_, byte) => byte);
    const painted = new Uint32Array(paintPixels(picture, 0, table).buffer);
    expect([...painted]).toEqual([8, 9, 10, 254, 4, 5, 6, 7, 0, 1, 2, 255]);
  });

  test("tell where they are strongest and how much is masked", () => {
    const found = strongest(picture, 0);
    expect(found?.minute).toBe(1080);
    expect(found?.frequency_hz).toBeCloseTo(0.1, 12);
    expect(strongest(picture, 1)).toBeNull();
    expect(maskedShare(picture, 0)).toBeCloseTo(1 / 12, 12);
    expect(maskedShare(picture, 1)).toBe(1);
  });

  test("are refused when body and header do not agree", () => {
    expect(() => decodeScalogram(answer({ "X-Scalogram-Shape": "2,3,5" }), bytes.buffer)).toThrow(
      /24 bytes announced as 2 × 3 × 5/,
    );
    expect(() => decodeScalogram(answer({ "X-Scalogram-Low": "low" }), bytes.buffer)).toThrow(
      /X-Scalogram-Low is no number/,
    );
    const headers = answer();
    headers.delete("X-Scalogram-Scale");
    expect(() => decodeScalogram(headers, bytes.buffer)).toThrow(/lacks the header X-Scalogram-Scale/);
    expect(() => decodeScalogram(answer({ "X-Scalogram-Shape": "0,0,0" }), new ArrayBuffer(0))).toThrow();
  });

  test("clip rows and columns at their ends", () => {
    expect([rowOf(picture, 0.001), rowOf(picture, 1)]).toEqual([0, 2]);
    expect([columnOf(picture, -5), columnOf(picture, 99999)]).toEqual([0, 3]);
  });
});

describe("the day", () => {
  test("the station's zone gives the local clock, whatever the browser's is", () => {
    const noon = Date.UTC(2025, 0, 1, 12);
    expect(
      ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"].map((zone) => zoneOffsetMinutes(noon, zone)),
    ).toEqual([420, 480, 540]);
    expect(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"].map((zone) => zoneName(zone, noon))).toEqual([
      "WIB",
      "WITA",
      "WIT",
    ]);
    expect(localClock("2025-01-01", 924, "Asia/Makassar")).toBe("23:24");
    expect(localClock("2025-01-01", 1440, "Asia/Makassar")).toBe("08:00");
    expect(zoneName("Asia/Kathmandu", noon)).toBe("UTC+5:45");
    expect(offsetName(-210)).toBe("UTC\u22123:30");
  });

  test("local night is 18 to 6", () => {
    expect(nightSpans("2025-01-01", "Asia/Makassar")).toEqual([[600, 1320]]);
    expect(nightSpans("2025-01-01", "UTC")).toEqual([
      [0, 360],
      [1080, 1440],
    ]);
    // Clocks of Berlin go forward at 01:00 UTC: from then on 18 h is 16 UTC, not 17.
    expect(nightSpans("2025-03-30", "Europe/Berlin")).toEqual([
      [0, 240],
      [960, 1440],
    ]);
  });

  test("clock and minute are inverse", () => {
    for (let minute = 0; minute < 1440; minute += 7) expect(minuteOfClock(clock(minute))).toBe(minute);
    expect(clock(1440)).toBe("24:00");
    for (const bad of ["24:00", "7", "12:60", "x", "", null]) expect(minuteOfClock(bad)).toBeNull();
  });

  test("days of months and years", () => {
    expect(daysOf("2024-02")).toHaveLength(29);
    expect(daysOf("2025")).toHaveLength(365);
    expect(dayOfYear("2024-12-31")).toBe(366);
    expect(weekColumn("2026-04-01")).toBe(2);
    expect(minutesInto("2025-01-01", "2025-01-01T06:58:30Z")).toBe(418.5);
    expect([
      minutesInto("2025-01-01", "2024-12-31T00:00:00Z"),
      minutesInto("2025-01-01", "2025-01-09T00:00:00Z"),
    ]).toEqual([0, 1440]);
  });
});

describe("scales", () => {
  test("steps are round and not more than asked for", () => {
    expect([roundStep(398, 4.2), roundStep(100, 4.2), roundStep(0.8, 4), roundStep(0, 3)]).toEqual([
      100, 50, 0.2, 1,
    ]);
    expect(linearTicks(-190, 154, 4.2)).toEqual([-100, 0, 100]);
    for (const span of [0.003, 0.7, 12, 98765]) expect(linearTicks(0, span, 5).length).toBeLessThanOrEqual(6);
  });

  test("ticks are written with a true minus, and a comma in Indonesian", () => {
    expect(tickText(-100, [-100, 0, 100], "en")).toBe("\u2212100");
    expect(tickText(0.25, [0, 0.25, 0.5], "id")).toBe("+0,25");
    expect(tickText(0, [0, 100], "en")).toBe("0");
  });

  test("scales and their inverses", () => {
    for (const scale of [linearScale(-3, 5), logScale(0.01, 0.1)]) {
      for (const unit of [0, 0.2, 1]) expect(scale.toUnit(scale.fromUnit(unit))).toBeCloseTo(unit, 12);
    }
    expect(logScale(0.01, 0.1).fromUnit(0.5)).toBeCloseTo(0.0316227766, 9);
    expect(extent([null, 3, -1, null])).toEqual([-1, 3]);
    expect(extent([null])).toBeNull();
  });
});
