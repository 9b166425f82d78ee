import { useEffect, useState } from "preact/hooks";

/** A value that parts of the page follow. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  follow(listener: () => void): () => void;
}

/** Make a store that holds `value`; setting an equal value wakes nobody. */
export function store<T>(value: T): Store<T> {
  const listeners = new Set<() => void>();
  let held = value;
  return {
    get: () => held,
    set(next) {
      if (Object.is(next, held)) return;
      held = next;
      for (const listener of [...listeners]) listener();
    },
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Follow a store: the component is drawn again when its value changes. */
export function useStore<T>(followed: Store<T>): T {
  const [, setDrawn] = useState(0);
  const drawn = followed.get();
  useEffect(() => {
    const stop = followed.follow(() => setDrawn((n) => n + 1));
    // Effects run after the painting: a value that came in between has told nobody.
    if (!Object.is(drawn, followed.get())) setDrawn((n) => n + 1);
    return stop;
  }, [followed]);
  return drawn;
}
