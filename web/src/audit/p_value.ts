/** Probabilities of nulls, as they are written. */
import { number, significant } from "../frame/numbers.ts";
import type { Language } from "../frame/reader.ts";

/** Below this the digits of a p-value say nothing more. */
const LEAST = 0.0001;

/** Two significant digits: `0.63`, `0.0013`; very small ones as `< 0.0001`. */
export function pText(p: number, language: Language): string {
  return p < LEAST ? `< ${number(LEAST, 4, language)}` : significant(p, 2, language);
}
