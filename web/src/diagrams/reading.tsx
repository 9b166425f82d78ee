/** The cursor of a diagram: what it reads, by pointer and by arrow keys. */
import type { Place } from "./diagram.tsx";

/** Places along the abscissa that a cursor stops at, and what it reads there. */
export interface Reading {
  readonly at: readonly number[];
  words(index: number): string;
}

/** The stop that is nearest to a place [px]. */
export function nearestStop(at: readonly number[], px: number, place: Pick<Place, "x">): number {
  let best = 0;
  for (let index = 1; index < at.length; index++) {
    if (Math.abs(place.x(at[index]!) - px) < Math.abs(place.x(at[best]!) - px)) best = index;
  }
  return best;
}

/** Where an arrow key leads to; null for other keys. */
export function stepOf(key: string, index: number | null, n: number): number | null {
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  if (key === "ArrowRight") return Math.min(n - 1, (index ?? -1) + 1);
  return key === "ArrowLeft" ? Math.max(0, (index ?? n) - 1) : null;
}

interface Cursor {
  readonly index: number | null;
  set(index: number | null): void;
}

/** Attributes of a drawing that is read at a cursor: a slider to a reader of screens. */
export function readingOf(reading: Reading, label: string, place: Place, { index, set }: Cursor) {
  return {
    role: "slider" as const,
    tabIndex: 0,
    "aria-label": label,
    "aria-valuemin": 0,
    "aria-valuemax": Math.max(0, reading.at.length - 1),
    "aria-valuenow": index ?? 0,
    "aria-valuetext": index === null ? label : reading.words(index),
    onPointerMove(event: PointerEvent) {
      const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
      set(nearestStop(reading.at, event.clientX - box.left, place));
    },
    onPointerLeave: () => set(null),
    onBlur: () => set(null),
    onKeyDown(event: KeyboardEvent) {
      const next = event.key === "Escape" ? null : stepOf(event.key, index, reading.at.length);
      if (next === null && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      set(next);
    },
  };
}

/** What the cursor reads, on the side of it where there is room. */
export function ReadingWords({ x, width, words }: { x: number; width: number; words: string }) {
  const style = x > width / 2 ? { right: `${width - x + 5}px` } : { left: `${x + 5}px` };
  return (
    <p class="reading-words" style={style}>
      {words}
    </p>
  );
}
