/** Fetching scalograms: bytes, not JSON, so that three of them are drawn at once. */
import { useEffect, useRef, useState } from "preact/hooks";
import { API, problemOf, SILENT } from "../frame/answers.ts";
import type { Problem } from "../shapes.ts";
import { decodeScalogram, type Scalogram } from "../stack/scalogram.ts";

export interface ScalogramReading {
  readonly scalogram: Scalogram | null;
  readonly problem: Problem | null;
}

const NOTHING: ScalogramReading = { scalogram: null, problem: null };

const broken = (detail: string): Problem => ({ ...SILENT, detail });

async function read(path: string, signal: AbortSignal): Promise<ScalogramReading> {
  const answer = await fetch(API + path, { signal, cache: "no-cache" });
  if (!answer.ok) return { scalogram: null, problem: await problemOf(answer) };
  try {
    const scalogram = decodeScalogram(answer.headers, await answer.arrayBuffer());
    return { scalogram, problem: null };
  } catch (error) {
    if (signal.aborted) throw error;
    return { scalogram: null, problem: broken(error instanceof Error ? error.message : "") };
  }
}

/**
 * Follow the scalogram of a station-day.
 *
 * It is asked for beside the day, not after it, and again when the file of the day has become
 * another one.
 */
export function useScalogram(path: string | null, sha256: string | null): ScalogramReading {
  const [reading, setReading] = useState<{ path: string | null; held: ScalogramReading }>({
    path: null,
    held: NOTHING,
  });
  const seen = useRef<string | null>(null);
  const [revision, setRevision] = useState(0);
  useEffect(() => {
    if (sha256 === null) return;
    if (seen.current !== null && seen.current !== sha256) setRevision((n) => n + 1);
    seen.current = sha256;
  }, [sha256]);
  useEffect(() => {
    if (path === null) return undefined;
    const stop = new AbortController();
    read(path, stop.signal).then(
      (held) => setReading({ path, held }),
      () => {
        if (!stop.signal.aborted) setReading({ path, held: { scalogram: null, problem: broken("") } });
      },
    );
    return () => stop.abort();
  }, [path, revision]);
  return reading.path === path ? reading.held : NOTHING;
}
