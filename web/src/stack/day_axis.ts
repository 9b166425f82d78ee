/** The UTC day of a station and its local clock: by the IANA zone of the station, never the browser's. */
import { DAY_MS, MINUTE_MS, instant, isoDay } from "../frame/times.ts";

export const MINUTES_PER_DAY = 1440;

/** Zones of Indonesia have names that every observer knows; Intl has them in some languages only. */
const KNOWN_NAMES: Readonly<Record<string, string>> = {
  "Asia/Jakarta": "WIB",
  "Asia/Pontianak": "WIB",
  "Asia/Makassar": "WITA",
  "Asia/Ujung_Pandang": "WITA",
  "Asia/Jayapura": "WIT",
  UTC: "UTC",
};

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formatters.set(zone, made);
  return made;
}

/** Minutes that the clock of a zone is ahead of UTC at an instant. */
export function zoneOffsetMinutes(instant_ms: number, zone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatter(zone).formatToParts(instant_ms)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const wall_ms = Date.UTC(year, month - 1, day, hour, minute, second);
  return Math.round((wall_ms - Math.floor(instant_ms / 1000) * 1000) / MINUTE_MS);
}

/** `UTC+8`, `UTC−3:30`. */
export function offsetName(offset_minutes: number): string {
  if (offset_minutes === 0) return "UTC";
  const sign = offset_minutes < 0 ? "\u2212" : "+";
  const minutes = Math.abs(offset_minutes) % 60;
  const hours = Math.floor(Math.abs(offset_minutes) / 60);
  return `UTC${sign}${hours}${minutes ? `:${String(minutes).padStart(2, "0")}` : ""}`;
}

/** Short name of a zone: WIB, WITA, WIT, else its offset. */
export const zoneName = (zone: string, instant_ms: number): string =>
  KNOWN_NAMES[zone] ?? offsetName(zoneOffsetMinutes(instant_ms, zone));

const inDay = (minute: number): number => ((minute % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY;

/** A minute of a day as a clock shows it; the end of the day is 24:00. */
export function clock(minute: number): string {
  if (minute === MINUTES_PER_DAY) return "24:00";
  const within = inDay(minute);
  return `${String(Math.floor(within / 60)).padStart(2, "0")}:${String(within % 60).padStart(2, "0")}`;
}

/** Minute of a `15:24`; null where that is no time. */
export function minuteOfClock(text: string | null): number | null {
  const match = /^(\d{1,2}):([0-5]\d)$/.exec(text ?? "");
  if (!match) return null;
  const minute = Number(match[1]) * 60 + Number(match[2]);
  return minute < MINUTES_PER_DAY ? minute : null;
}

/** Local clock at a minute of a UTC day. */
export function localClock(day: string, minute: number, zone: string): string {
  return clock(inDay(minute + zoneOffsetMinutes(instant(day) + minute * MINUTE_MS, zone)));
}

/** A span of a UTC day [minutes], half-open. */
export type Span = readonly [start: number, end: number];

/** Spans of a UTC day in which the local clock stands between 18 and 6. */
export function nightSpans(day: string, zone: string): Span[] {
  const spans: Span[] = [];
  let begun: number | null = null;
  let offset = 0;
  for (let minute = 0; minute <= MINUTES_PER_DAY; minute++) {
    if (minute % 60 === 0) offset = zoneOffsetMinutes(instant(day) + minute * MINUTE_MS, zone);
    const local = inDay(minute + offset);
    const isNight = minute < MINUTES_PER_DAY && (local >= 1080 || local < 360);
    if (isNight) begun ??= minute;
    else if (begun !== null) {
      spans.push([begun, minute]);
      begun = null;
    }
  }
  return spans;
}

/** The day that lies a number of days after another. */
export const addDays = (day: string, n: number): string => isoDay(instant(day) + n * DAY_MS);

/** Minutes from the start of a UTC day to a time, kept within the day. */
export const minutesInto = (day: string, time: string): number =>
  Math.min(MINUTES_PER_DAY, Math.max(0, (instant(time) - instant(day)) / MINUTE_MS));

/** Day of the year, from one. */
export const dayOfYear = (day: string): number =>
  Math.round((instant(day) - instant(`${day.slice(0, 4)}-01-01`)) / DAY_MS) + 1;

/** Days of a month `2026-04`, or of a year `2026`. */
export function daysOf(period: string): string[] {
  const first = period.length === 4 ? `${period}-01-01` : `${period}-01`;
  const days: string[] = [];
  for (let day = first; day.startsWith(period); day = addDays(day, 1)) days.push(day);
  return days;
}

/** Column of a day in a week that begins on Monday, 0 to 6. */
export const weekColumn = (day: string): number => (new Date(instant(day)).getUTCDay() + 6) % 7;
