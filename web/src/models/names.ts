/** Names of heads, losses and outcomes, in words. */
import { isLabel, type Speaker } from "../frame/words.ts";

function named(prefix: string, name: string, w: Speaker): string {
  const key = prefix + name.replace(/[ -]/g, "_");
  return isLabel(key) ? w.t(key) : name.replaceAll("_", " ");
}

/** Of a head, or of what a curve measures. */
export const metricName = (name: string, w: Speaker): string => named("mo_metric_", name, w);
/** Of the part of the data that a curve was measured on. */
export const partName = (name: string, w: Speaker): string => named("mo_part_", name, w);
/** Of how a run ended. */
export const outcomeName = (name: string, w: Speaker): string => named("mo_outcome_", name, w);
