/** Colour tables of the scalograms, as packed pixels for a canvas. */

import tables from "./luts.json";

export type ColourMap = "amplitude" | "diverging_light" | "diverging_dark";

/** Byte that says "missing or masked". */
export const MASKED = 255;

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

function packed(hex: string): number {
  const red = parseInt(hex.slice(1, 3), 16);
  const green = parseInt(hex.slice(3, 5), 16);
  const blue = parseInt(hex.slice(5, 7), 16);
  return isLittleEndian
    ? ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
    : ((red << 24) | (green << 16) | (blue << 8) | 255) >>> 0;
}

const expanded = new Map<ColourMap, Uint32Array>();

/**
 * Pixel of each byte of a scalogram: 0..254 run through the map, 255 is transparent, so that the
 * hatch beneath shows.
 */
export function pixelTable(map: ColourMap): Uint32Array {
  const known = expanded.get(map);
  if (known !== undefined) return known;
  const colours = tables[map];
  const table = new Uint32Array(256);
  for (let byte = 0; byte < MASKED; byte++) {
    table[byte] = packed(colours[Math.round((byte * (colours.length - 1)) / (MASKED - 1))] ?? "#000000");
  }
  expanded.set(map, table);
  return table;
}

/** The map itself as CSS colours, for a scale bar. */
export function colours(map: ColourMap): readonly string[] {
  return tables[map];
}
