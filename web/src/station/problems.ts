/** Sentences for what cannot be shown of a station. */
import { instant, shortDateTime } from "../frame/times.ts";
import type { Speaker } from "../frame/words.ts";
import type { Problem } from "../shapes.ts";

/** Why the picture cannot be read: the store failed its checksum, or the problem's own words. */
export function damagedStore(problem: Problem, w: Speaker): string {
  if (problem.status === 0)
    return w.t("st_scalogram_unreadable", { reason: problem.detail || w.t("st_reason_unknown") });
  if (problem.since)
    return w.t("st_store_damaged", { time: shortDateTime(instant(problem.since), w.language) });
  return w.t("st_scalogram_unreadable", { reason: problem.detail || problem.title });
}
