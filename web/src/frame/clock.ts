/** The time at the server: answers say when they were made, the page counts on from there. */
import { useEffect, useState } from "preact/hooks";
import { store, useStore } from "./store.ts";

interface Set {
  readonly serverMs: number;
  readonly heardAt: number;
}

/** A clock that is set by more than this draws every age again. */
const NOTICED_MS = 2000;

const jumps = store(0);

let set: Set | null = null;
let isSimulated = false;

/** Milliseconds of a clock that cannot be set back. */
export const steadyMs = (): number => performance.now();

/**
 * Set the clock by an answer of the server.
 *
 * A simulated clock stands still between answers; it runs on only while none comes, so that the
 * ages on the page grow when the server is dead.
 */
export function setClock(asOf: number, simulated: boolean): void {
  const jump = Math.abs(asOf - now());
  isSimulated = simulated;
  set = { serverMs: asOf, heardAt: steadyMs() };
  if (jump > NOTICED_MS) jumps.set(jumps.get() + 1);
}

/** Set the clock by any answer, until the status tells more. */
export function setFirstClock(asOf: number): void {
  if (!set && Number.isFinite(asOf)) setClock(asOf, false);
}

/** The server answered that nothing changed, and perhaps what time it is there. */
export function heardAgain(asOf: number | null): void {
  if (!set) return;
  if (asOf !== null && Number.isFinite(asOf)) setClock(asOf, isSimulated);
  else if (isSimulated) setClock(set.serverMs, true);
}

/** Now, by the server's clock [ms since 1970]. */
export function now(): number {
  return set ? set.serverMs + (steadyMs() - set.heardAt) : Date.now();
}

/** Whether the server has told its time yet. */
export const isClockSet = (): boolean => set !== null;

/** Follow the clock: the component is drawn again every `everyMs`. */
export function useNow(everyMs = 15_000): number {
  const [, setDrawn] = useState(0);
  useStore(jumps);
  useEffect(() => {
    const timer = setInterval(() => setDrawn((n) => n + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now();
}
