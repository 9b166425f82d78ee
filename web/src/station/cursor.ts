/** The cursor that all panels of the day share: a minute and a frequency, carried by the address. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../frame/keys.ts";
import type { Place } from "../frame/place.ts";
import { setQuery } from "../frame/place.ts";
import { clock, minuteOfClock, MINUTES_PER_DAY } from "../stack/day_axis.ts";

export interface Cursor {
  /** Minute of the UTC day; null while nothing is pointed at. */
  readonly minute: number | null;
  readonly frequency_hz: number;
}

export interface Movable {
  readonly cursor: Cursor;
  move(change: Partial<Cursor>): void;
}

const NOON = 720;
const FIRST_FREQUENCY_HZ = 0.022;
/** Rows of a scalogram in a decade: one key press is one row. */
const STEP = 10 ** (1 / 127);
/** A browser refuses more than some hundred changes of the address in half a minute. */
const SETTLED_MS = 300;

export const LOW_HZ = 0.01;
export const HIGH_HZ = 0.1;

function first(place: Place): Cursor {
  const asked_mhz = Number(place.query.get("f"));
  const frequency_hz =
    asked_mhz >= LOW_HZ * 1e3 && asked_mhz <= HIGH_HZ * 1e3 ? asked_mhz / 1e3 : FIRST_FREQUENCY_HZ;
  return { minute: minuteOfClock(place.query.get("t")) ?? NOON, frequency_hz };
}

const clip = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Frequency as the address carries it [mHz]: `22`, `31.6`. */
export const writtenMhz = (frequency_hz: number): string => String(Number((frequency_hz * 1e3).toFixed(1)));

/** Hold the cursor; keys move it, the address follows when it has come to rest. */
export function useCursor(place: Place): Movable {
  const [cursor, setCursor] = useState<Cursor>(() => first(place));
  const moved = useRef(false);
  const move = (change: Partial<Cursor>) => {
    moved.current = true;
    setCursor((old) => ({ ...old, ...change }));
  };
  useEffect(() => {
    if (!moved.current) return undefined;
    const { minute, frequency_hz } = cursor;
    const settle = () => setQuery({ t: minute === null ? null : clock(minute), f: writtenMhz(frequency_hz) });
    const timer = setTimeout(settle, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [cursor.minute, cursor.frequency_hz]);
  useCursorKeys(setCursor, moved);
  return { cursor, move };
}

function useCursorKeys(
  setCursor: (change: (old: Cursor) => Cursor) => void,
  moved: { current: boolean },
): void {
  const step = (sign: number) => (event: KeyboardEvent) => {
    moved.current = true;
    const by = sign * (event.shiftKey ? 60 : 1);
    setCursor((old) => ({ ...old, minute: clip((old.minute ?? NOON) + by, 0, MINUTES_PER_DAY - 1) }));
  };
  const tune = (factor: number) => () => {
    moved.current = true;
    setCursor((old) => ({ ...old, frequency_hz: clip(old.frequency_hz * factor, LOW_HZ, HIGH_HZ) }));
  };
  const clear = () => {
    moved.current = true;
    setCursor((old) => ({ ...old, minute: null }));
  };
  useKeys(
    [
      { keys: ["ArrowLeft"], written: "←", label: "st_key_back", run: step(-1) },
      { keys: ["ArrowRight"], written: "→", label: "st_key_on", run: step(1) },
      { keys: ["ArrowUp"], written: "↑", label: "st_key_higher", run: tune(STEP) },
      { keys: ["ArrowDown"], written: "↓", label: "st_key_lower", run: tune(1 / STEP) },
      { keys: ["Escape"], written: "Esc", label: "st_key_clear", run: clear },
    ],
    [],
  );
}
