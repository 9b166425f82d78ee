/** Times and ages: always UTC first, 24 hours, a colon; a time never stands without its zone. */
import { THIN } from "./numbers.ts";
import type { Language } from "./reader.ts";

const MONTHS = {
  en: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  id: ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
} as const;

const WEEKDAYS = {
  en: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
  id: ["Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"],
} as const;

export const UNITS = { en: ["d", "h", "min", "s"], id: ["hr", "j", "mnt", "dtk"] } as const;

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

const pad = (value: number): string => String(value).padStart(2, "0");

/** Milliseconds of an ISO instant or day; a time without a zone is UTC. */
export function instant(iso: string): number {
  if (iso.length === 10) return Date.parse(`${iso}T00:00Z`);
  return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(iso) ? iso : `${iso}Z`);
}

/** `2026-04-08`. */
export const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** `02:14`, UTC. */
export const clockTime = (ms: number): string => new Date(ms).toISOString().slice(11, 16);

/** `2026-04-08 02:14 UTC`. */
export const dateTime = (ms: number): string => `${isoDay(ms)} ${clockTime(ms)} UTC`;

/** `8 Apr`. */
export function shortDay(ms: number, language: Language): string {
  const at = new Date(ms);
  return `${at.getUTCDate()}${THIN}${MONTHS[language][at.getUTCMonth()]}`;
}

/** `8 Apr 02:14 UTC`. */
export const shortDateTime = (ms: number, language: Language): string =>
  `${shortDay(ms, language)} ${clockTime(ms)} UTC`;

export const weekday = (ms: number, language: Language): string =>
  WEEKDAYS[language][new Date(ms).getUTCDay()]!;

export const monthName = (ms: number, language: Language): string =>
  `${MONTHS[language][new Date(ms).getUTCMonth()]} ${new Date(ms).getUTCFullYear()}`;

/** The first day of the next (or an earlier) month: `addMonths("2026-04", 1)` is `2026-05`. */
export function addMonths(month: string, step: number): string {
  const at = new Date(`${month}-01T00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + step);
  return at.toISOString().slice(0, 7);
}

/** Time of day in a zone, with the zone's own abbreviation: `09:14 WIB`. */
export function zoneTime(ms: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("id", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  }).formatToParts(ms);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? "";
  return `${part("hour")}:${part("minute")} ${part("timeZoneName")}`;
}

/** Age in its two largest units: `3 d 4 h`, `2 h 14 min`, `6 min`, `12 s`. */
export function age(ms: number, language: Language): string {
  const [d, h, min, s] = UNITS[language];
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}${THIN}${s}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${THIN}${min}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}${THIN}${h}` + (minutes % 60 ? ` ${pad(minutes % 60)}${THIN}${min}` : "");
  const rest = hours % 24;
  return `${Math.floor(hours / 24)}${THIN}${d}` + (rest ? ` ${rest}${THIN}${h}` : "");
}

/** Age in its largest unit, minutes bare: cells of the matrix. */
export function shortAge(ms: number, language: Language): string {
  const [d, h] = UNITS[language];
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  if (minutes < 60) return String(minutes);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}${THIN}${h}`;
  return `${Math.floor(minutes / 1440)}${THIN}${d}`;
}
