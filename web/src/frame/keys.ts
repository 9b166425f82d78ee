/** Keys: the frame's own and those that the view on the page adds while it is shown. */
import { useEffect } from "preact/hooks";
import { readerNow } from "./reader.ts";
import { store, useStore } from "./store.ts";
import type { Label } from "./words.ts";

export interface Binding {
  /** Values of `KeyboardEvent.key`: `["ArrowLeft"]`, `["["]`; shift is seen by `run`. */
  readonly keys: readonly string[];
  /** How the list of keys writes it: "←". */
  readonly written: string;
  readonly label: Label;
  run(event: KeyboardEvent): void;
}

const bindings = store<readonly Binding[]>([]);

/** Code that is being typed after `g`; null while none is. */
const typed = store<string | null>(null);

export const useBindings = (): readonly Binding[] => useStore(bindings);
export const useTyped = (): string | null => useStore(typed);

/** Add keys while a component is shown; later ones win. Pass a list that changes with `on`. */
export function useKeys(added: readonly Binding[], on: readonly unknown[]): void {
  useEffect(() => {
    bindings.set([...bindings.get(), ...added]);
    return () => bindings.set(bindings.get().filter((binding) => !added.includes(binding)));
  }, on);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, select, textarea, [contenteditable]");
}

/** Arrow keys scroll a box that has the focus and more to show. */
function isScrolling(event: KeyboardEvent): boolean {
  if (!event.key.startsWith("Arrow") || !(event.target instanceof HTMLElement)) return false;
  const box = event.target;
  return box.tabIndex === 0 && box.scrollWidth > box.clientWidth && box.matches(".scrolls");
}

function typeCode(event: KeyboardEvent, goTo: (code: string) => void): void {
  event.preventDefault();
  if (/^[a-zA-Z0-9]$/.test(event.key)) typed.set((typed.get() ?? "") + event.key.toUpperCase());
  else if (event.key === "Backspace") typed.set((typed.get() ?? "").slice(0, -1));
  else if (event.key !== "Shift") {
    const code = typed.get() ?? "";
    typed.set(null);
    if (event.key === "Enter" && code) goTo(code);
    return;
  }
  if ((typed.get() ?? "").length >= 3) {
    goTo(typed.get() ?? "");
    typed.set(null);
  }
}

/** Listen on the document; `goTo` is called with the code typed after `g`. */
export function followKeys(goTo: (code: string) => void): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]") && event.key !== "Escape") return;
    if (typed.get() !== null) return typeCode(event, goTo);
    const isLetter = event.key.length === 1;
    if ((isLetter && !readerNow().hasLetterKeys) || isScrolling(event)) return;
    if (event.key === "g") {
      event.preventDefault();
      typed.set("");
      return;
    }
    const found = bindings.get().findLast((binding) => binding.keys.includes(event.key));
    if (!found) return;
    event.preventDefault();
    found.run(event);
  });
}
