/** Small words of the station view that are made of numbers. */
import { number, THIN } from "../frame/numbers.ts";
import type { Language } from "../frame/reader.ts";
import { age, instant } from "../frame/times.ts";

const MONTHS = {
  en: [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
  ],
  id: [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
  ],
} as const;

/** `1 January 2025`. */
export function dayInWords(day: string, language: Language): string {
  const at = new Date(instant(day));
  return `${at.getUTCDate()}${THIN}${MONTHS[language][at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** Kp in thirds, as observatories write it: 5.33 is `5+`, 6.67 is `7−`. */
export function kpInThirds(kp: number): string {
  const thirds = Math.round(kp * 3);
  const whole = Math.floor(thirds / 3);
  const rest = thirds - 3 * whole;
  if (rest === 0) return String(whole);
  return rest === 1 ? `${whole}+` : `${whole + 1}\u2212`;
}

/** `8.144° S 124.590° E`; Indonesian: `8,144° LS 124,590° BT`. */
export function placeOnEarth(latitude_deg: number, longitude_deg: number, language: Language): string {
  const [north, south, east, west] = language === "id" ? ["LU", "LS", "BT", "BB"] : ["N", "S", "E", "W"];
  const write = (value: number, side: string | undefined) =>
    `${number(Math.abs(value), 3, language)}°${THIN}${side}`;
  return `${write(latitude_deg, latitude_deg < 0 ? south : north)} ${write(longitude_deg, longitude_deg < 0 ? west : east)}`;
}

/** `06:58:03`. */
export const clockWithSeconds = (time: string): string => new Date(instant(time)).toISOString().slice(11, 19);

/** A count of seconds: `64 s` up to two minutes, then in its two largest units. */
export function seconds(n: number, language: Language): string {
  return n < 120 ? `${n}${THIN}${language === "id" ? "dtk" : "s"}` : age(n * 1000, language);
}

/** A SHA-256, shortened to what an eye compares. */
export const shortHash = (sha256: string): string =>
  sha256.length <= 18 ? sha256 : `${sha256.slice(0, 8)}…${sha256.slice(-8)}`;
