import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../frame/keys.ts";
import { go, href, placeNow } from "../frame/place.ts";
import { instant, weekday } from "../frame/times.ts";
import { useWords } from "../frame/words.ts";
import type { StationDayAnswer } from "../shapes.ts";
import { addDays, dayOfYear } from "../stack/day_axis.ts";
import { DayCalendar } from "./day_calendar.tsx";

/** Address of a day of a station; the cursor stays. */
export function dayAddress(code: string, day: string): string {
  const { query } = placeNow();
  return href("station", [code, day], { t: query.get("t"), f: query.get("f") });
}

/** The days beside this one; null where the archive ends. */
export function neighbours(day: StationDayAnswer): { before: string | null; after: string | null } {
  const { first_day: first, last_day: last } = day;
  const before = first !== null && day.day > first ? addDays(day.day, -1) : null;
  const after = last !== null && day.day < last ? addDays(day.day, 1) : null;
  return { before: before ?? day.previous_day, after: after ?? day.next_day };
}

interface StepProps {
  readonly code: string;
  readonly to: string | null;
  readonly words: string;
  readonly why: string;
  readonly sign: string;
}

function Step({ code, to, words, why, sign }: StepProps) {
  if (to === null) {
    return (
      <span
        class="step off"
        role="link"
        aria-disabled="true"
        title={why}
        aria-label={`${words}: ${why}`}
        tabIndex={0}
      >
        {sign}
      </span>
    );
  }
  return (
    <a class="step" href={dayAddress(code, to)} aria-label={`${words}: ${to}`} title={to}>
      {sign}
    </a>
  );
}

function useDayKeys(code: string, before: string | null, after: string | null): void {
  useKeys(
    [
      { keys: ["["], written: "[", label: "prev", run: () => before && go(dayAddress(code, before)) },
      { keys: ["]"], written: "]", label: "next", run: () => after && go(dayAddress(code, after)) },
    ],
    [code, before, after],
  );
}

/** Call `leave` when something outside a box is pressed. */
function useLeaving(box: RefObject<HTMLElement>, isOpen: boolean, leave: () => void): void {
  useEffect(() => {
    if (!isOpen) return undefined;
    const look = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) leave();
    };
    document.addEventListener("pointerdown", look);
    return () => document.removeEventListener("pointerdown", look);
  }, [isOpen]);
}

/** Previous day, the day, next day; the day opens a calendar of coverage. */
export function DayNavigator({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { before, after } = neighbours(day);
  const code = day.station_code;
  useDayKeys(code, before, after);
  useEffect(() => setOpen(false), [code, day.day]);
  useLeaving(box, isOpen, () => setOpen(false));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isOpen) return;
    event.stopPropagation();
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div class="day-navigator" role="group" aria-label={w.t("day")} ref={box} onKeyDown={onKeyDown}>
      <Step code={code} to={before} words={w.t("prev")} why={w.t("st_first_day")} sign="‹" />
      <button
        type="button"
        class="day-button"
        ref={button}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <b>{day.day}</b>
        <small>
          {weekday(instant(day.day), w.language)}, {w.t("st_day_of_year", { n: dayOfYear(day.day) })}
        </small>
      </button>
      <Step code={code} to={after} words={w.t("next")} why={w.t("st_last_day")} sign="›" />
      {isOpen && <DayCalendar code={code} day={day.day} />}
    </div>
  );
}
