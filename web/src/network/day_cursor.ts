/** One day for rail, strips and map: pointed at, or set by tap, key or address. */
import { useMemo, useState } from "preact/hooks";
import { type Binding, useKeys } from "../frame/keys.ts";
import { type Place, placeNow, setQuery } from "../frame/place.ts";
import { type Days, dayAt, dayIndex } from "./days.ts";

export interface DayCursor {
  /** Index of the day under the cursor; null while there is none. */
  readonly at: number | null;
  /** Move with the pointer; null puts it back to the day that was set. */
  point(at: number | null): void;
  /** Set a day; setting the same day again clears it. */
  set(at: number | null): void;
}

function dayKeys(days: Days): readonly Binding[] {
  const step = (by: number) => {
    // Keys come faster than drawings: the address knows, the last drawing may not.
    const from = dayIndex(days, placeNow().query.get("d")) ?? (by < 0 ? days.n : -1);
    setQuery({ d: dayAt(days, Math.min(days.n - 1, Math.max(0, from + by))) });
  };
  return [
    { keys: ["ArrowLeft"], written: "←", label: "key_day_back", run: (e) => step(e.shiftKey ? -7 : -1) },
    { keys: ["ArrowRight"], written: "→", label: "key_day_on", run: (e) => step(e.shiftKey ? 7 : 1) },
    { keys: ["Escape"], written: "Esc", label: "key_clear", run: () => setQuery({ d: null }) },
  ];
}

/** The day cursor of a place. */
export function useDayCursor(days: Days, place: Place): DayCursor {
  const [pointed, point] = useState<number | null>(null);
  const held = dayIndex(days, place.query.get("d"));
  useKeys(dayKeys(days), [days.start, days.n]);
  return useMemo(
    () => ({
      at: pointed ?? held,
      point,
      set: (at) => setQuery({ d: at === null || at === held ? null : dayAt(days, at) }),
    }),
    [pointed, held, days.start, days.n],
  );
}
