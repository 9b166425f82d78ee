import { describe, expect, it } from "vitest";
import { bytes, count, number, percent, signed, significant, THIN } from "../src/frame/numbers.ts";
import { addMonths, age, dateTime, DAY_MS, instant, MINUTE_MS, shortAge, shortDay, zoneTime } from "../src/frame/times.ts";

describe("numbers", () => {
  it("takes a true minus, thin spaces and the comma of Indonesian", () => {
    expect(number(-37654.169, 2, "en")).toBe(`\u221237${THIN}654.17`);
    expect(number(-37654.169, 2, "id")).toBe(`\u221237${THIN}654,17`);
    expect(number(1234, 0, "en")).toBe("1234");
    expect(count(8740)).toBe(`8${THIN}740`);
  });
  it("has no negative zero", () => {
    expect(number(-0.001, 2, "en")).toBe("0.00");
    expect(signed(-0.001, 2, "en")).toBe("+0.00");
    expect(signed(-13, 0, "en")).toBe("\u221213");
  });
  it("keeps significant digits of small and large values", () => {
    expect(significant(0.000123456, 3, "en")).toBe("0.000123");
    expect(significant(0.6312, 2, "id")).toBe("0,63");
    expect(significant(41.6, 2, "en")).toBe("42");
    expect(significant(0, 3, "en")).toBe("0");
  });
  it("writes shares and bytes with their unit", () => {
    expect(percent(0.71, 0, "en")).toBe(`71${THIN}%`);
    expect(bytes(2e12, "en")).toBe(`2.0${THIN}TB`);
    expect(bytes(0, "en")).toBe(`0${THIN}B`);
  });
});

describe("ages", () => {
  it.each([
    [12_000, `12${THIN}s`],
    [59_999, `59${THIN}s`],
    [6 * MINUTE_MS, `6${THIN}min`],
    [134 * MINUTE_MS, `2${THIN}h 14${THIN}min`],
    [120 * MINUTE_MS, `2${THIN}h`],
    [76 * 60 * MINUTE_MS, `3${THIN}d 4${THIN}h`],
    [-5, `0${THIN}s`],
  ])("has its two largest units: %d ms", (ms, written) => expect(age(ms, "en")).toBe(written));

  it("never sinks as time goes on", () => {
    const minutes = (text: string) => {
      const units: Record<string, number> = { d: 1440, h: 60, min: 1, s: 1 / 60 };
      return text.split(" ").reduce((sum, part) => sum + Number(part.split(THIN)[0]) * units[part.split(THIN)[1]!]!, 0);
    };
    let before = 0;
    for (let ms = 0; ms < 4 * DAY_MS; ms += 37_123) {
      const now = minutes(age(ms, "en"));
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
  });
  it("is bare in minutes in a cell", () => {
    expect(shortAge(10 * MINUTE_MS, "en")).toBe("10");
    expect(shortAge(489 * MINUTE_MS, "id")).toBe(`8${THIN}j`);
    expect(shortAge(3 * DAY_MS, "en")).toBe(`3${THIN}d`);
  });
});

describe("times", () => {
  it("reads a time without a zone as UTC", () => {
    expect(instant("2026-04-08T02:14:00")).toBe(Date.UTC(2026, 3, 8, 2, 14));
    expect(instant("2026-04-08T02:14:00Z")).toBe(Date.UTC(2026, 3, 8, 2, 14));
    expect(instant("2026-04-08T09:14:00+07:00")).toBe(Date.UTC(2026, 3, 8, 2, 14));
    expect(instant("2026-04-08")).toBe(Date.UTC(2026, 3, 8));
  });
  it("writes the zone beside every time", () => {
    const at = Date.UTC(2026, 3, 8, 2, 14);
    expect(dateTime(at)).toBe("2026-04-08 02:14 UTC");
    expect(zoneTime(at, "Asia/Jakarta")).toBe("09:14 WIB");
    expect(zoneTime(at, "Asia/Makassar")).toBe("10:14 WITA");
    expect(zoneTime(at, "Asia/Jayapura")).toBe("11:14 WIT");
    expect(shortDay(at, "id")).toBe(`8${THIN}Apr`);
  });
  it("steps over the ends of a year", () => {
    expect(addMonths("2025-12", 1)).toBe("2026-01");
    expect(addMonths("2026-01", -1)).toBe("2025-12");
  });
});
