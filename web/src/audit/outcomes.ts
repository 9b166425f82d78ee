/** What became of the days of an audit. */
import type { AuditAnswer } from "../shapes.ts";

export type AlarmDay = AuditAnswer["calendar"][number];
export type Outcome = "hit" | "miss" | "false_alarm" | "quiet" | "unknown";

/** What became of a day: an event counts as hit if an alarm met it. */
export function outcomeOf(day: AlarmDay): Outcome {
  if (day.n_events > 0) return day.n_hits > 0 ? "hit" : "miss";
  if (day.is_alarm === null) return "unknown";
  return day.is_alarm ? "false_alarm" : "quiet";
}

/** Ring that grows with magnitude [px]. */
export const ringRadius = (magnitude: number | null): number =>
  Math.max(3.2, Math.min(8.6, 3.4 + ((magnitude ?? 5) - 5) * 2.6));
