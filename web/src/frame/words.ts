/** Words of the page in both languages; every view adds its labels as a JSON file. */
import labelsUrl from "virtual:labels";
import type { Words } from "../shapes.ts";
import { type Language, readerNow, useReader } from "./reader.ts";

type Labels = typeof import("../labels/audit.json") &
  typeof import("../labels/common.json") &
  typeof import("../labels/forecasts.json") &
  typeof import("../labels/frame.json") &
  typeof import("../labels/health.json") &
  typeof import("../labels/ledger.json") &
  typeof import("../labels/models.json") &
  typeof import("../labels/network.json") &
  typeof import("../labels/station.json");

export type Label = Exclude<keyof Labels, "default">;
export type Values = Readonly<Record<string, string | number>>;

let table: Readonly<Record<string, readonly string[]>> = {};

/** Take the words in; before that a label says its own name. */
export function setLabels(words: Readonly<Record<string, readonly string[]>>): void {
  table = words;
}

/** Read the words of the page: one file, once. */
export async function readLabels(): Promise<void> {
  const answer = await fetch(labelsUrl);
  if (!answer.ok) throw new Error(`${labelsUrl}: ${answer.status}`);
  setLabels((await answer.json()) as Record<string, string[]>);
}

/** The words of a label, with `{name}` filled in. */
export function say(language: Language, label: Label, values: Values = {}): string {
  const words = table[label]?.[language === "id" ? 1 : 0] ?? label;
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
export const isLabel = (name: string): name is Label => name in table;
