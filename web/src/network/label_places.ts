/** Where the labels of the stations stand: worst first, beside their glyph, never on another. */
import type { StationRow } from "../shapes.ts";

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Chip {
  readonly station: StationRow;
  /** Position of the glyph [px]. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** Size of the label [px]. */
  readonly width: number;
  readonly height: number;
  readonly glyph: number;
}

export interface Placed extends Chip {
  /** Upper left corner of the label from the glyph's centre [px]; null is glyph only. */
  readonly label: { readonly dx: number; readonly dy: number } | null;
}

/** Whether two boxes share a point. */
export const overlap = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width &&
  b.left < a.left + a.width &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height;

/** Whether a box lies in another. */
export const isInside = (box: Box, outer: Box): boolean =>
  box.left >= outer.left &&
  box.top >= outer.top &&
  box.left + box.width <= outer.left + outer.width &&
  box.top + box.height <= outer.top + outer.height;

/** Twelve places around a glyph, the one to the right first. */
function candidates({ width, height, glyph }: Chip): readonly { dx: number; dy: number }[] {
  const gap = glyph / 2 + 3;
  const middle = -height / 2;
  const above = -gap - height;
  return [
    { dx: gap, dy: middle },
    { dx: -gap - width, dy: middle },
    { dx: -width / 2, dy: gap - 1 },
    { dx: -width / 2, dy: above + 1 },
    { dx: gap - 2, dy: above + 4 },
    { dx: gap - 2, dy: gap - 4 },
    { dx: 2 - gap - width, dy: above + 4 },
    { dx: 2 - gap - width, dy: gap - 4 },
    { dx: -width / 2 - gap, dy: above - 4 },
    { dx: -width / 2 + gap, dy: above - 4 },
    { dx: -width / 2 - gap, dy: gap + 4 },
    { dx: -width / 2 + gap, dy: gap + 4 },
  ];
}

const glyphBox = (chip: Chip): Box => ({
  left: chip.x - chip.glyph / 2 - 1,
  top: chip.y - chip.glyph / 2 - 1,
  width: chip.glyph + 2,
  height: chip.glyph + 2,
});

/** Place the labels in the order of `chips`; what finds no place stays a glyph. */
export function placeLabels(chips: readonly Chip[], map: Box, kept: readonly Box[]): readonly Placed[] {
  const glyphs = chips.map(glyphBox);
  const taken: Box[] = [...kept];
  const isFree = (box: Box, own: Box): boolean =>
    isInside(box, map) &&
    !taken.some((other) => overlap(box, other)) &&
    !glyphs.some((glyph) => glyph !== own && overlap(box, glyph));
  return chips.map((chip, at) => {
    for (const place of candidates(chip)) {
      const box = { left: chip.x + place.dx, top: chip.y + place.dy, width: chip.width, height: chip.height };
      if (!isFree(box, glyphs[at]!)) continue;
      taken.push(box);
      return { ...chip, label: place };
    }
    return { ...chip, label: null };
  });
}
