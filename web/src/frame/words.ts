/** Words of the page in both languages; every view adds its labels as a JSON file. */
import audit from "../labels/audit.json";
import common from "../labels/common.json";
import forecasts from "../labels/forecasts.json";
import frame from "../labels/frame.json";
import health from "../labels/health.json";
import ledger from "../labels/ledger.json";
import models from "../labels/models.json";
import network from "../labels/network.json";
import station from "../labels/station.json";
import type { Words } from "../shapes.ts";
import { type Language, readerNow, useReader } from "./reader.ts";

const LABELS = {
  ...common,
  ...frame,
  ...network,
  ...station,
  ...forecasts,
  ...ledger,
  ...audit,
  ...models,
  ...health,
};

export type Label = keyof typeof LABELS;
export type Values = Readonly<Record<string, string | number>>;

const TABLE: Readonly<Record<string, readonly string[]>> = LABELS;

/** The words of a label, with `{name}` filled in. */
export function say(language: Language, label: Label, values: Values = {}): string {
  const words = TABLE[label]?.[language === "id" ? 1 : 0] ?? label;
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export interface Speaker {
  readonly language: Language;
  /** Words of a label. */
  t(label: Label, values?: Values): string;
  /** The words of an answer in the reader's language. */
  of(words: Words): string;
}

const speaker = (language: Language): Speaker => ({
  language,
  t: (label, values) => say(language, label, values),
  of: (words) => words[language],
});

/** Follow the reader's language. */
export const useWords = (): Speaker => speaker(useReader().language);

/** For code outside components (chart axes, canvas). */
export const wordsNow = (): Speaker => speaker(readerNow().language);

/** Whether a name is a label: for words that come from the API (`stage`, `state`). */
export const isLabel = (name: string): name is Label => name in TABLE;
