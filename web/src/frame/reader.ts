/** What the reader chose: language, theme, time zone, single-letter keys. */
import { placeNow, setQuery } from "./place.ts";
import { store, useStore } from "./store.ts";

export type Language = "en" | "id";
export type Theme = "light" | "dark";

/** A zone beside UTC; the abbreviation is the name in Indonesia. */
export interface Zone {
  readonly label: string;
  readonly name: string;
}

export const ZONES: readonly Zone[] = [
  { label: "WIB", name: "Asia/Jakarta" },
  { label: "WITA", name: "Asia/Makassar" },
  { label: "WIT", name: "Asia/Jayapura" },
];

export interface Reader {
  readonly language: Language;
  readonly theme: Theme;
  readonly zone: Zone;
  readonly hasLetterKeys: boolean;
  readonly isWall: boolean;
}

type Kept = "lang" | "theme" | "tz" | "keys";

function remembered(key: Kept): string | null {
  try {
    return localStorage.getItem(`seismomag.${key}`);
  } catch {
    return null; // storage may be forbidden; the address still carries the choice
  }
}

function remember(key: Kept, value: string): void {
  try {
    localStorage.setItem(`seismomag.${key}`, value);
  } catch {
    // as above
  }
}

const asked = (key: Kept): string | null => placeNow().query.get(key) ?? remembered(key);

function first(): Reader {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = asked("theme") ?? (dark ? "dark" : "light");
  return {
    language: asked("lang") === "id" ? "id" : "en",
    theme: theme === "dark" ? "dark" : "light",
    zone: ZONES.find((zone) => zone.label === asked("tz")) ?? ZONES[0]!,
    hasLetterKeys: remembered("keys") !== "off",
    isWall: placeNow().query.get("wall") === "1",
  };
}

const reader = store<Reader>(first());

function show(): void {
  const root = document.documentElement;
  const { language, theme, isWall } = reader.get();
  root.lang = language;
  root.dataset["theme"] = theme;
  root.toggleAttribute("data-wall", isWall);
}

/** Put the choices onto the document, now and whenever they change. */
export function followReader(): void {
  show();
  reader.follow(show);
}

export const useReader = (): Reader => useStore(reader);
export const readerNow = (): Reader => reader.get();

export function setLanguage(language: Language): void {
  reader.set({ ...reader.get(), language });
  remember("lang", language);
  setQuery({ lang: language });
}

export function setTheme(theme: Theme): void {
  reader.set({ ...reader.get(), theme });
  remember("theme", theme);
  setQuery({ theme });
}

export function nextZone(): void {
  const at = ZONES.indexOf(reader.get().zone);
  const zone = ZONES[(at + 1) % ZONES.length]!;
  reader.set({ ...reader.get(), zone });
  remember("tz", zone.label);
  setQuery({ tz: zone.label });
}

export function setLetterKeys(hasLetterKeys: boolean): void {
  reader.set({ ...reader.get(), hasLetterKeys });
  remember("keys", hasLetterKeys ? "on" : "off");
}
