/** What somebody else said: marked as English, so that a screen reader reads it rightly. */
import type { ComponentChildren } from "preact";
import type { Words } from "../shapes.ts";
import { cutAtForeign } from "./foreign.ts";
import { type Language, useReader } from "./reader.ts";
import { type Label, useWords, type Values } from "./words.ts";

const marked = (sentence: string, foreign: readonly string[], language: Language): ComponentChildren =>
  language === "en"
    ? sentence
    : cutAtForeign(sentence, foreign).map((piece, at) => (at % 2 ? <span lang="en">{piece}</span> : piece));

/** A text that is written in English only, whatever the page speaks. */
export function English({ children }: { readonly children: string }) {
  const { language } = useReader();
  return <>{marked(children, [children], language)}</>;
}

interface SaidProps {
  readonly words: Words;
  /** Label with a place for them, `{reason}`. */
  readonly label?: Label;
  /** What else it has places for. */
  readonly values?: Values;
}

/** Words of an answer; of a reason that is not known it says so. */
export function Said({ words, label, values }: SaidProps) {
  const w = useWords();
  if (!label) return <>{marked(w.of(words), words.foreign, w.language)}</>;
  const reason = w.of(words) || w.t("st_reason_unknown");
  return <>{marked(w.t(label, { ...values, reason }), words.foreign, w.language)}</>;
}
