/** Degrees at the edge of a chart, in the reader's language. */
import type { Language } from "../frame/reader.ts";

type Sides = readonly [positive: string, negative: string];

/** Sides of the Earth, as charts write them. */
export const SIDES: Readonly<Record<Language, { readonly longitude: Sides; readonly latitude: Sides }>> = {
  en: { longitude: ["E", "W"], latitude: ["N", "S"] },
  id: { longitude: ["BT", "BB"], latitude: ["LU", "LS"] },
};

/** `5°S`. */
export const degreeLabel = (value: number, [positive, negative]: Sides): string =>
  value === 0 ? "0°" : `${Math.abs(value)}°${value < 0 ? negative : positive}`;

/** `125°E`, also of a map that goes on beyond the date line. */
export const longitudeLabel = (value: number, sides: Sides): string =>
  degreeLabel(((value + 540) % 360) - 180, sides);
