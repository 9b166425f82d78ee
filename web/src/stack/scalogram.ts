/** Scalograms as the API sends them: bytes in the order (component, frequency, time). */

import { MASKED } from "./lut.ts";
import { logScale, type Scale } from "./scales.ts";

export interface Scalogram {
  readonly bytes: Uint8Array;
  readonly components: readonly string[];
  readonly nFrequencies: number;
  readonly nColumns: number;
  /** Whether a byte is linear in the logarithm of the value. */
  readonly isLog: boolean;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly secondsPerColumn: number;
  /** Frequency [Hz] from the lowest row to the highest. */
  readonly frequency: Scale;
}

function required(headers: Headers, name: string): string {
  const value = headers.get(name);
  if (value === null) throw new Error(`scalogram answer lacks the header ${name}`);
  return value;
}

function requiredNumber(headers: Headers, name: string): number {
  const value = Number(required(headers, name));
  if (!Number.isFinite(value)) throw new Error(`scalogram header ${name} is no number`);
  return value;
}

/**
 * Read the answer of the scalogram address.
 *
 * Throws where a header is absent or the body has not the announced size: a short image would be
 * drawn against the wrong frequencies.
 */
export function decodeScalogram(headers: Headers, body: ArrayBuffer): Scalogram {
  const shape = required(headers, "X-Scalogram-Shape").split(",").map(Number);
  const [nComponents = 0, nFrequencies = 0, nColumns = 0] = shape;
  const components = required(headers, "X-Scalogram-Components")
    .split(",")
    .map((name) => name.trim());
  const bytes = new Uint8Array(body);
  if (bytes.length !== nComponents * nFrequencies * nColumns || bytes.length === 0) {
    throw new Error(`scalogram of ${bytes.length} bytes announced as ${shape.join(" × ")}`);
  }
  return {
    bytes,
    components,
    nFrequencies,
    nColumns,
    isLog: required(headers, "X-Scalogram-Scale") === "log10",
    low: requiredNumber(headers, "X-Scalogram-Low"),
    high: requiredNumber(headers, "X-Scalogram-High"),
    unit: headers.get("X-Scalogram-Unit") ?? "",
    secondsPerColumn: requiredNumber(headers, "X-Scalogram-Seconds-Per-Column"),
    frequency: logScale(
      requiredNumber(headers, "X-Scalogram-Frequency-Low-Hz"),
      requiredNumber(headers, "X-Scalogram-Frequency-High-Hz"),
    ),
  };
}

/** The value that a byte stands for; null where it is masked. */
export function valueOfByte(scalogram: Scalogram, byte: number): number | null {
  if (byte === MASKED) return null;
  const unit = byte / (MASKED - 1);
  if (!scalogram.isLog) return scalogram.low + unit * (scalogram.high - scalogram.low);
  return scalogram.low * (scalogram.high / scalogram.low) ** unit;
}

/** Row of a frequency, clipped to the image. */
export function rowOf(scalogram: Scalogram, frequency_hz: number): number {
  const row = Math.round(scalogram.frequency.toUnit(frequency_hz) * (scalogram.nFrequencies - 1));
  return Math.min(scalogram.nFrequencies - 1, Math.max(0, row));
}

/** Column of a minute of the day. */
export function columnOf(scalogram: Scalogram, minute: number): number {
  const column = Math.floor((minute * 60) / scalogram.secondsPerColumn);
  return Math.min(scalogram.nColumns - 1, Math.max(0, column));
}

export interface Reading {
  readonly value: number | null;
  /** Whether the value lies at an end of the scale, and which. */
  readonly clipped: "low" | "high" | null;
}

/** What the image says at a minute and a frequency. */
export function readingAt(
  scalogram: Scalogram,
  component: number,
  frequency_hz: number,
  minute: number,
): Reading {
  const row = component * scalogram.nFrequencies + rowOf(scalogram, frequency_hz);
  const byte = scalogram.bytes[row * scalogram.nColumns + columnOf(scalogram, minute)] ?? MASKED;
  const clipped = byte === 0 ? "low" : byte === MASKED - 1 ? "high" : null;
  return { value: valueOfByte(scalogram, byte), clipped: scalogram.isLog ? clipped : null };
}

/** Pixels of a component, highest frequency in the first row, for `putImageData`. */
export function paintPixels(
  scalogram: Scalogram,
  component: number,
  table: Uint32Array,
): Uint8ClampedArray<ArrayBuffer> {
  const { nFrequencies, nColumns, bytes } = scalogram;
  const pixels = new Uint32Array(nFrequencies * nColumns);
  const first = component * nFrequencies;
  for (let row = 0; row < nFrequencies; row++) {
    const from = (first + row) * nColumns;
    const to = (nFrequencies - 1 - row) * nColumns;
    for (let column = 0; column < nColumns; column++) {
      pixels[to + column] = table[bytes[from + column] as number] as number;
    }
  }
  return new Uint8ClampedArray(pixels.buffer);
}

export interface Strongest {
  readonly minute: number;
  readonly frequency_hz: number;
}

/** Where a component is strongest; null where all of it is masked. */
export function strongest(scalogram: Scalogram, component: number): Strongest | null {
  const { nFrequencies, nColumns, bytes } = scalogram;
  const from = component * nFrequencies * nColumns;
  let best = -1;
  let at = -1;
  for (let index = 0; index < nFrequencies * nColumns; index++) {
    const byte = bytes[from + index] as number;
    if (byte !== MASKED && byte > best) {
      best = byte;
      at = index;
    }
  }
  if (at < 0) return null;
  const row = Math.floor(at / nColumns);
  return {
    minute: Math.floor(((at % nColumns) * scalogram.secondsPerColumn) / 60),
    frequency_hz: scalogram.frequency.fromUnit(nFrequencies > 1 ? row / (nFrequencies - 1) : 0),
  };
}

/** Share of a component that is missing or masked. */
export function maskedShare(scalogram: Scalogram, component: number): number {
  const size = scalogram.nFrequencies * scalogram.nColumns;
  let masked = 0;
  for (let index = component * size; index < (component + 1) * size; index++) {
    if (scalogram.bytes[index] === MASKED) masked += 1;
  }
  return masked / size;
}
