import { useRef } from "preact/hooks";
import type { Language } from "../frame/reader.ts";
import { instant } from "../frame/times.ts";
import { isLabel, type Speaker, useWords } from "../frame/words.ts";
import type { FlagSpan, StationDayAnswer } from "../shapes.ts";
import { remPx } from "../frame/width.ts";
import { useSize } from "../stack/canvas.ts";
import { minutesInto, MINUTES_PER_DAY } from "../stack/day_axis.ts";
import { Lane } from "../stack/lane.tsx";
import { seconds } from "./sentences.ts";

/** Rough width of a letter of the strip [rem]: enough to tell whether words would collide. */
const LETTER_REM = 0.36;
const LEAST_PX = 4;

/** Words of a flag: what, how long, of which components. */
export function flagWords(flag: FlagSpan, w: Speaker): string {
  const span_s = (instant(flag.end) - instant(flag.start)) / 1000;
  const key = `st_flag_${flag.kind}`;
  const what = isLabel(key) ? w.t(key) : flag.words || flag.kind;
  return `${seconds(span_s, w.language as Language)} ${what}, ${flag.components.join(" ")}`;
}

interface Placed {
  readonly flag: FlagSpan;
  readonly left: number;
  readonly width: number;
  readonly words: string;
  readonly hasRoom: boolean;
}

/** Spans along the strip; words only where they meet no neighbour. */
export function placeFlags(
  flags: readonly FlagSpan[],
  day: string,
  width_px: number,
  letter_px: number,
  w: Speaker,
): Placed[] {
  const spans = flags.map((flag) => {
    const left = (minutesInto(day, flag.start) / MINUTES_PER_DAY) * width_px;
    const right = (minutesInto(day, flag.end) / MINUTES_PER_DAY) * width_px;
    return { flag, left, width: Math.max(LEAST_PX, right - left), words: flagWords(flag, w) };
  });
  spans.sort((a, b) => a.left - b.left);
  let taken = 0;
  return spans.map((span, index) => {
    const from = span.left + span.width + letter_px;
    const until = from + span.words.length * letter_px;
    const limit = spans[index + 1]?.left ?? width_px;
    const hasRoom = span.left >= taken && until <= limit;
    if (hasRoom) taken = until;
    return { ...span, hasRoom };
  });
}

/** What was taken away from the day, and what is only marked; it never covers the curves. */
export function FlagLane({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  const strip = useRef<HTMLDivElement>(null);
  const { width } = useSize(strip);
  const placed = width ? placeFlags(day.flags, day.day, width, LETTER_REM * remPx(), w) : [];
  const label = day.flags.length
    ? day.flags.map((flag) => flagWords(flag, w)).join("; ")
    : w.t("st_flags_none");
  return (
    <Lane name={w.t("flags")} kind="flags">
      <div class="described" ref={strip} role="img" aria-label={label}>
        {placed.map(({ flag, left, width: span, words, hasRoom }) => (
          <span key={flag.start + flag.kind} title={words}>
            <i
              class={`flag ${flag.is_missing ? "gone" : "marked"}`}
              style={{ left: `${left}px`, width: `${span}px` }}
            />
            {hasRoom && (
              <span class="flag-words" style={{ left: `${left + span + LEAST_PX}px` }}>
                {words}
              </span>
            )}
          </span>
        ))}
        {day.flags.length === 0 && <span class="flag-words none">{w.t("st_flags_none")}</span>}
      </div>
    </Lane>
  );
}
