/** Where the reader is: view, parts of the path, query. Deep links carry all of it. */
import { store, useStore } from "./store.ts";

export interface Place {
  /** First part of the path: `network`, `station`, ...; the empty path is `network`. */
  readonly view: string;
  /** The parts behind it: `["ALR", "2025-01-01"]`. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly hash: string;
}

/** Query keys that stay when the view changes. */
const KEPT = ["lang", "theme", "tz", "wall"] as const;

function read(): Place {
  const [view, ...parts] = location.pathname.split("/").filter(Boolean).map(decodePart);
  return {
    view: view ?? "network",
    parts,
    query: new URLSearchParams(location.search),
    hash: location.hash,
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const place = store<Place>(read());

/** Follow the place. */
export const usePlace = (): Place => useStore(place);

/** The place now, for code outside components. */
export const placeNow = (): Place => place.get();

/** Address of a view; keeps language, theme, zone and wall mode. */
export function href(
  view: string,
  parts: readonly string[] = [],
  query: Readonly<Record<string, string | null>> = {},
  hash = "",
): string {
  const kept = new URLSearchParams();
  for (const key of KEPT) {
    const value = place.get().query.get(key);
    if (value !== null) kept.set(key, value);
  }
  for (const [key, value] of Object.entries(query)) if (value !== null) kept.set(key, value);
  const path = [view, ...parts].map(encodeURIComponent).join("/");
  const asked = kept.toString().replaceAll("%3A", ":");
  return `/${path}${asked ? `?${asked}` : ""}${hash}`;
}

/** Go to an address of the page: a step the reader can take back. */
export function go(address: string): void {
  if (address !== location.pathname + location.search + location.hash) {
    history.pushState(null, "", address);
  }
  const before = place.get().view;
  place.set(read());
  if (before !== place.get().view) window.scrollTo(0, 0);
}

/** Change the query in place (null takes a key out): cursor, order, language. */
export function setQuery(change: Readonly<Record<string, string | null>>): void {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(change)) {
    if (value === null) query.delete(key);
    else query.set(key, value);
  }
  const asked = query.toString().replaceAll("%3A", ":");
  history.replaceState(null, "", `${location.pathname}${asked ? `?${asked}` : ""}${location.hash}`);
  place.set(read());
}

/** Let links inside the page change the view without loading it again. */
export function followLinks(): void {
  addEventListener("popstate", () => place.set(read()));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const address = link?.getAttribute("href");
    if (!address?.startsWith("/") || address.startsWith("/api/")) return;
    event.preventDefault();
    go(address);
  });
}
