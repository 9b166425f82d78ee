/** Order of the roll call: worst first, or by code. */
import type { StationRow, StationState } from "../shapes.ts";

export type RollOrder = "worst" | "code";

export const STATES: readonly StationState[] = ["silent", "faulty", "late", "unknown", "ok"];

const byCode = (a: StationRow, b: StationRow): number => a.station_code.localeCompare(b.station_code);

/** Older first; what was never heard of comes before all. */
const byAge = (a: StationRow, b: StationRow): number =>
  (a.newest_sample_at ?? "").localeCompare(b.newest_sample_at ?? "");

/** Stations in the order of the roll call; those that are ok stand by code. */
export function rollOrder(stations: readonly StationRow[], order: RollOrder): readonly StationRow[] {
  if (order === "code") return [...stations].sort(byCode);
  return [...stations].sort(
    (a, b) =>
      STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
      (a.state === "ok" ? 0 : byAge(a, b)) ||
      byCode(a, b),
  );
}
