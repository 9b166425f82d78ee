/** Numbers as the page writes them: true minus, thin spaces, decimal comma in Indonesian. */
import type { Language } from "./reader.ts";

/** Narrow no-break space: between number and unit, and between thousands. */
export const THIN = "\u202f";
const MINUS = "\u2212";

/** Write a number with a fixed count of decimals. */
export function number(value: number, decimals: number, language: Language): string {
  const [whole = "0", part] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  const isZero = Number(`${whole}.${part ?? 0}`) === 0;
  const sign = value < 0 && !isZero ? MINUS : "";
  return sign + grouped + (part ? (language === "id" ? "," : ".") + part : "");
}

/** A count with thousands apart: `8 740`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN).replace("-", MINUS);
}

/** With an explicit sign: `+0.02`. */
export function signed(value: number, decimals: number, language: Language): string {
  const written = number(value, decimals, language);
  return written.startsWith(MINUS) ? written : `+${written}`;
}

/** A share as per cent: `71 %`. */
export function percent(share: number, decimals: number, language: Language): string {
  return `${number(100 * share, decimals, language)}${THIN}%`;
}

/** Below this power of ten a number is written with it. */
const SMALLEST_POWER = -5;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A negative power, raised. */
const raised = (power: number): string =>
  `⁻${[...String(-power)].map((digit) => RAISED[Number(digit)]).join("")}`;

/** To three significant digits, for p values and amplitudes. */
export function significant(value: number, digits: number, language: Language): string {
  if (value === 0) return "0";
  const power = Math.floor(Math.log10(Math.abs(value)));
  if (power < SMALLEST_POWER) return `${significant(value / 10 ** power, digits, language)} × 10${raised(power)}`;
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return number(value, Math.min(decimals, 8), language);
}

/** Bytes in decimal units: `2.0 TB`. */
export function bytes(value: number, language: Language): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const step = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  return `${number(value / 1000 ** step, step ? 1 : 0, language)}${THIN}${units[step]}`;
}
