/** What the drawn panels share: sizes of boxes, colours of the theme. */
import { useEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";
import { type Theme, useReader } from "../frame/reader.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Follow the size of an element [CSS px]; zero until it is laid out. */
export function useSize(ref: RefObject<Element>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

const NAMES = [
  "sheet",
  "ink",
  "ink-2",
  "ink-3",
  "rule",
  "edge",
  "data",
  "mark",
  "late",
  "alarm",
  "night",
] as const;

export type Colours = Readonly<Record<(typeof NAMES)[number], string>>;

const PAPER = "print";

/** The theme that is drawn in: the reader's, and light on paper. */
export function useDrawnTheme(): Theme {
  const { theme } = useReader();
  const [isPaper, setPaper] = useState(() => matchMedia(PAPER).matches);
  useEffect(() => {
    const media = matchMedia(PAPER);
    const follow = () => setPaper(media.matches);
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  return isPaper ? "light" : theme;
}

const read = new Map<string, Colours>();

/** Colours of the theme for canvases; read once per theme. */
export function useColours(): Colours {
  const theme = useDrawnTheme();
  const known = read.get(theme);
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as Colours;
  // Before the theme is on the document the tokens are those of another one.
  if (document.documentElement.dataset["theme"] === theme) read.set(theme, colours);
  return colours;
}
