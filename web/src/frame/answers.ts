/** Reading the API: one entry per address, asked again every minute with its ETag. */
import { useEffect } from "preact/hooks";
import type { Answer, Problem } from "../shapes.ts";
import { heardAgain, now, setClock, setFirstClock, steadyMs } from "./clock.ts";
import { type Store, store, useStore } from "./store.ts";

export const API = "/api/v1";
export const REFRESH_MS = 60_000;
const PATIENCE_MS = 20_000;

/** What is known of an address: the last answer stays while a newer one cannot be had. */
export interface Reading<T> {
  readonly answer: T | undefined;
  /** When it was last confirmed, by the steady clock; null before the first. */
  readonly heardAt: number | null;
  readonly problem: Problem | null;
  /** Since when it cannot be read, by the server's clock. */
  readonly failedSince: number | null;
  /** Refreshes that failed in a row. */
  readonly nMissed: number;
}

interface Entry {
  readonly path: string;
  readonly reading: Store<Reading<unknown>>;
  etag: string | null;
  nFollowers: number;
  pending: Promise<void> | null;
}

const EMPTY: Reading<unknown> = {
  answer: undefined,
  heardAt: null,
  problem: null,
  failedSince: null,
  nMissed: 0,
};

const entries = new Map<string, Entry>();

function entryOf(path: string): Entry {
  let entry = entries.get(path);
  if (!entry) {
    entry = { path, reading: store(EMPTY), etag: null, nFollowers: 0, pending: null };
    entries.set(path, entry);
  }
  return entry;
}

/** Nobody answered. */
export const SILENT: Problem = {
  type: "about:blank",
  title: "",
  status: 0,
  detail: "",
  since: null,
  nearest: null,
};

/** The problem that a failed answer tells; its body may be anything. */
export async function problemOf(answer: Response): Promise<Problem> {
  const known = { ...SILENT, title: answer.statusText, status: answer.status };
  try {
    const body: unknown = await answer.json();
    if (typeof body === "object" && body !== null) return { ...known, ...body, status: answer.status };
  } catch {
    // no JSON: the status is all that is known
  }
  return known;
}

function accept(entry: Entry, answer: unknown, etag: string | null): void {
  entry.etag = etag;
  const { as_of, clock } = answer as Answer & { clock?: string };
  if (clock !== undefined) setClock(Date.parse(as_of), clock === "simulated");
  else setFirstClock(Date.parse(as_of));
  entry.reading.set({ ...EMPTY, answer, heardAt: steadyMs() });
}

/** Nothing changed; the header still tells the time at the server. */
function confirm(entry: Entry, asOf: string | null): void {
  heardAgain(asOf ? Date.parse(asOf) : null);
  entry.reading.set({ ...EMPTY, answer: entry.reading.get().answer, heardAt: steadyMs() });
}

function miss(entry: Entry, problem: Problem): void {
  const before = entry.reading.get();
  entry.reading.set({
    ...before,
    answer: problem.status === 404 || problem.status === 401 ? undefined : before.answer,
    problem,
    failedSince: before.failedSince ?? now(),
    nMissed: before.nMissed + 1,
  });
}

async function ask(entry: Entry): Promise<void> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (entry.etag && entry.reading.get().answer) headers["If-None-Match"] = entry.etag;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(API + entry.path, { headers, signal, cache: "no-store" });
    if (answer.status === 304) confirm(entry, answer.headers.get("X-As-Of"));
    else if (answer.ok) accept(entry, await answer.json(), answer.headers.get("ETag"));
    else miss(entry, await problemOf(answer));
  } catch {
    miss(entry, SILENT); // refused, cut off, or out of patience: all the same to the reader
  }
}

/** Ask an address again now; asking twice at once asks once. */
export function reread(path: string): Promise<void> {
  const entry = entryOf(path);
  entry.pending ??= ask(entry).finally(() => {
    entry.pending = null;
  });
  return entry.pending;
}

/** Ask again for everything that is on the page. */
export function rereadAll(): void {
  for (const entry of entries.values()) if (entry.nFollowers > 0) void reread(entry.path);
}

function isFresh(entry: Entry): boolean {
  const { heardAt } = entry.reading.get();
  return heardAt !== null && steadyMs() - heardAt < REFRESH_MS / 2;
}

const NOTHING = store(EMPTY);

/**
 * Follow the answer of an address below `/api/v1`; null follows nothing.
 *
 * It is asked at once, and again every minute as long as a component follows it.
 */
export function useAnswer<T>(path: string | null): Reading<T> {
  const entry = path === null ? null : entryOf(path);
  useEffect(() => {
    if (!entry) return;
    entry.nFollowers += 1;
    if (!isFresh(entry)) void reread(entry.path);
    return () => {
      entry.nFollowers -= 1;
    };
  }, [entry]);
  return useStore(entry ? entry.reading : NOTHING) as Reading<T>;
}

/** What is known of an address without following it. */
export const readingNow = <T>(path: string): Reading<T> =>
  (entries.get(path)?.reading.get() ?? EMPTY) as Reading<T>;

/** Start the minute's refresh, and one whenever the page is looked at again. */
export function startRefreshing(): void {
  setInterval(rereadAll, REFRESH_MS);
  addEventListener("online", rereadAll);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") rereadStale();
  });
}

function rereadStale(): void {
  for (const entry of entries.values()) {
    if (entry.nFollowers > 0 && !isFresh(entry)) void reread(entry.path);
  }
}
