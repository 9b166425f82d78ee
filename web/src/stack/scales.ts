/** Scales and ticks of the drawn panels; a scale maps its domain to 0..1. */
import { number, signed } from "../frame/numbers.ts";
import type { Language } from "../frame/reader.ts";

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** From a value of the domain to 0 (low) .. 1 (high). */
  toUnit(value: number): number;
  /** The inverse. */
  fromUnit(unit: number): number;
}

export function linearScale(low: number, high: number): Scale {
  const span = high - low || 1;
  return {
    low,
    high,
    toUnit: (value) => (value - low) / span,
    fromUnit: (unit) => low + unit * span,
  };
}

export function logScale(low: number, high: number): Scale {
  const span = Math.log(high / low) || 1;
  return {
    low,
    high,
    toUnit: (value) => Math.log(value / low) / span,
    fromUnit: (unit) => low * Math.exp(unit * span),
  };
}

const STEP_MULTIPLES = [1, 2, 5, 10];

/** Round steps of 1, 2 or 5 times a power of ten: at most `maxIntervals` of them in the span. */
export function roundStep(span: number, maxIntervals: number): number {
  const raw = span / maxIntervals;
  if (!(raw > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const multiple = STEP_MULTIPLES.find((step) => step * power >= raw * (1 - 1e-9)) ?? 10;
  return multiple * power;
}

/** Multiples of a round step within [low, high]. */
export function linearTicks(low: number, high: number, maxIntervals: number): number[] {
  const step = roundStep(high - low, maxIntervals);
  const ticks: number[] = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index++) {
    ticks.push(index === 0 ? 0 : Number((index * step).toPrecision(12)));
  }
  return ticks;
}

/** How many decimals tell the ticks of a step apart. */
export function stepDecimals(ticks: readonly number[]): number {
  let decimals = 0;
  for (const tick of ticks) {
    while (decimals < 6 && Math.abs(tick - Number(tick.toFixed(decimals))) > 1e-9) decimals += 1;
  }
  return decimals;
}

/** Least and greatest of the values that are there; null where there is none. */
export function extent(values: readonly (number | null)[]): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

/** A tick as the page writes it: signed, with as many decimals as tell its neighbours apart. */
export function tickText(value: number, ticks: readonly number[], language: Language): string {
  return value > 0
    ? signed(value, stepDecimals(ticks), language)
    : number(value, stepDecimals(ticks), language);
}

const MARGIN = 0.08;

/** Low and high of a panel around its values; a flat curve gets a band of one. */
export function panelRange(values: readonly (number | null)[]): [number, number] {
  const found = extent(values);
  if (!found) return [-1, 1];
  const [low, high] = found;
  const margin = Math.max((high - low) * MARGIN, high === low ? 0.5 : 0);
  return [low - margin, high + margin];
}

/** Whether the curve passes through the upper part of its panel between two indices. */
export function isUpperBusy(
  values: readonly (number | null)[],
  from: number,
  to: number,
  range: readonly [number, number],
): boolean {
  const found = extent(values.slice(from, to));
  return found !== null && found[1] > range[1] - 0.4 * (range[1] - range[0]);
}
