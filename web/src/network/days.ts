/** The days of the network view: what the rail, the strips and the map share. */
import { DAY_MS, instant, isoDay } from "../frame/times.ts";
import type { NetworkAnswer, QuakeEvent } from "../shapes.ts";

export interface Days {
  /** Start of the first day [ms]. */
  readonly start: number;
  readonly n: number;
}

/** Days of the coverage strips; without stations, the last days before the answer. */
export function daysOf(answer: NetworkAnswer): Days {
  const cells = answer.stations[0]?.coverage;
  if (cells?.[0]) return { start: instant(cells[0].day), n: cells.length };
  const today = instant(isoDay(instant(answer.as_of)));
  return { start: today - (answer.n_days - 1) * DAY_MS, n: answer.n_days };
}

/** Position of an instant in days from the first; may lie outside. */
export const dayPosition = (days: Days, ms: number): number => (ms - days.start) / DAY_MS;

export const dayAt = (days: Days, at: number): string => isoDay(days.start + at * DAY_MS);

/** Index of a day, or null where it is none of these days. */
export function dayIndex(days: Days, day: string | null): number | null {
  if (!day || !/^\d{4}-\d\d-\d\d$/.test(day)) return null;
  const at = Math.round(dayPosition(days, instant(day)));
  return at >= 0 && at < days.n ? at : null;
}

export const isOnDay = (event: QuakeEvent, day: string | null): boolean =>
  day !== null && event.origin_time.slice(0, 10) === day;

/** Largest first; events without a magnitude last. */
export const byMagnitude = (a: QuakeEvent, b: QuakeEvent): number =>
  (b.magnitude ?? -9) - (a.magnitude ?? -9);
