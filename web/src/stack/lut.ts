/** Colour tables of the scalograms, as packed pixels for a canvas. */

import { STEPS } from "./lut_steps.ts";

export type ColourMap = keyof typeof STEPS;

/** Byte that says "missing or masked". */
export const MASKED = 255;

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

const NO_STEP = "P".charCodeAt(0);

/** The colours of a map as [red, green, blue], from low to high. */
export function colours(map: ColourMap): readonly (readonly number[])[] {
  const [first, ...steps] = STEPS[map];
  let colour = [1, 3, 5].map((at) => Number.parseInt(first.slice(at, at + 2), 16));
  const all = [colour];
  for (let index = 0; index < steps[0].length; index++) {
    colour = colour.map((value, channel) => value + (steps[channel]?.charCodeAt(index) ?? NO_STEP) - NO_STEP);
    all.push(colour);
  }
  return all;
}

function packed([red = 0, green = 0, blue = 0]: readonly number[]): number {
  const pixel = isLittleEndian ? [255, blue, green, red] : [red, green, blue, 255];
  return pixel.reduce((sum, byte) => sum * 256 + byte, 0);
}

const expanded = new Map<ColourMap, Uint32Array>();

/**
 * Pixel of each byte of a scalogram: 0..254 run through the map, 255 is transparent, so that the
 * hatch beneath shows.
 */
export function pixelTable(map: ColourMap): Uint32Array {
  const known = expanded.get(map);
  if (known !== undefined) return known;
  const scale = colours(map);
  const table = new Uint32Array(256);
  for (let byte = 0; byte < MASKED; byte++) {
    table[byte] = packed(scale[Math.round((byte * (scale.length - 1)) / (MASKED - 1))] ?? []);
  }
  expanded.set(map, table);
  return table;
}
