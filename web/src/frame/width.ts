import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Follow the width of an element [px]; 0 before the first drawing. */
export function useWidth<T extends HTMLElement>(): [preact.RefObject<T>, number] {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** Pixels of a rem: grows on the wall, shrinks in print. */
export const remPx = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
