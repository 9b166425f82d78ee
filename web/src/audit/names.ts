/** Names of rules, nulls and strata of an audit, in words. */
import { isLabel, type Speaker } from "../frame/words.ts";

function named(prefix: string, name: string, w: Speaker): string {
  const key = prefix + name.replace(/[ -]/g, "_").toLowerCase();
  return isLabel(key) ? w.t(key) : name.replaceAll("_", " ");
}

export const ruleName = (name: string, w: Speaker): string => named("au_rule_", name, w);
export const nullName = (name: string, w: Speaker): string => named("au_null_", name, w);
export const statisticName = (name: string, w: Speaker): string => named("au_statistic_", name, w);
export const stratumName = (name: string, w: Speaker): string => named("au_stratum_", name, w);
