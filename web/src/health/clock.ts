/** The clock of the machine in words. */
import { number } from "../frame/numbers.ts";
import type { Speaker } from "../frame/words.ts";
import type { Machine } from "../shapes.ts";

/** Within what the clock is right; times of issue stand on it. */
export function clockWords(machine: Pick<Machine, "is_clock_synchronised" | "clock_error_s">, words: Speaker): string {
  if (machine.is_clock_synchronised === false) return words.t("clock_not_kept");
  if (machine.is_clock_synchronised === null || machine.clock_error_s === null) return words.t("not_measured");
  return words.t("clock_within", { error: number(machine.clock_error_s, 2, words.language) });
}
