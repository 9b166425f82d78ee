import { useState } from "preact/hooks";
import { count, number } from "../frame/numbers.ts";
import { addMonths, instant, monthName } from "../frame/times.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import { daysOf, weekColumn } from "../stack/day_axis.ts";
import { type AlarmDay, type Outcome, outcomeOf, ringRadius } from "./outcomes.ts";

const CELL = 23;
const SIDE = 20.5;
const HEAD = 13;
const MONTHS_SHOWN = 4;
const WEEK = { en: "MTWTFSS", id: "SSRKJSM" } as const;

function dayWords(day: AlarmDay, w: Speaker): string {
  const outcome = outcomeOf(day);
  const what = outcome === "unknown" ? w.t("kunk") : w.t(outcome);
  const magnitude =
    day.n_events > 0 && day.largest_magnitude !== null
      ? `; M ${number(day.largest_magnitude, 1, w.language)}`
      : "";
  return `${day.day}: ${what}; ${w.t("alarms")} ${day.n_alarms}, ${w.t("events")} ${day.n_events}${magnitude}`;
}

function DayMark({ day, x, y, most }: { day: AlarmDay; x: number; y: number; most: number }) {
  const w = useWords();
  const share = day.is_alarm ? Math.max(0.15, day.n_alarms / most) : 0;
  const outcome = outcomeOf(day);
  return (
    <g class={`alarm-day ${outcome} ${share === 1 ? "full" : ""}`}>
      <title>{dayWords(day, w)}</title>
      <rect class="box" x={x} y={y} width={SIDE} height={SIDE} />
      {share > 0 && (
        <rect class="alarm" x={x} y={y + SIDE * (1 - share)} width={SIDE} height={SIDE * share} />
      )}
      {day.n_events > 0 && (
        <circle class="ring" cx={x + SIDE / 2} cy={y + SIDE / 2} r={ringRadius(day.largest_magnitude)} />
      )}
    </g>
  );
}

function Month({ month, days, most }: { month: string; days: ReadonlyMap<string, AlarmDay>; most: number }) {
  const w = useWords();
  const dates = daysOf(month);
  const shift = weekColumn(dates[0] ?? `${month}-01`);
  const found = dates.flatMap((date) => days.get(date) ?? []);
  const label = `${monthName(instant(`${month}-01`), w.language)}: ${found.map((day) => dayWords(day, w)).join(". ")}`;
  return (
    <div class="alarm-month">
      <b>{monthName(instant(`${month}-01`), w.language)}</b>
      <svg viewBox={`0 0 ${7 * CELL} ${6 * CELL + HEAD}`} role="img" aria-label={label}>
        {[...WEEK[w.language]].map((letter, column) => (
          <text key={column} class="week" x={column * CELL + SIDE / 2} y={9} text-anchor="middle">
            {letter}
          </text>
        ))}
        {dates.map((date, index) => {
          const x = ((index + shift) % 7) * CELL;
          const y = Math.floor((index + shift) / 7) * CELL + HEAD;
          const day = days.get(date);
          return day ? (
            <DayMark key={date} day={day} x={x} y={y} most={most} />
          ) : (
            <circle key={date} class="outside" cx={x + SIDE / 2} cy={y + SIDE / 2} r={1} />
          );
        })}
      </svg>
    </div>
  );
}

function Key({ outcome, words }: { outcome: Outcome; words: string }) {
  const isAlarm = outcome === "hit" || outcome === "false_alarm";
  const isEvent = outcome === "hit" || outcome === "miss";
  return (
    <span class="alarm-key">
      <svg class={`alarm-day ${outcome} ${isAlarm ? "full" : ""}`} viewBox="0 0 16 16" aria-hidden="true">
        <rect class="box" x={0.5} y={0.5} width={15} height={15} />
        {isAlarm && <rect class="alarm" x={0.5} y={0.5} width={15} height={15} />}
        {isEvent && <circle class="ring" cx={8} cy={8} r={4.6} />}
      </svg>
      {words}
    </span>
  );
}

function monthsOf(days: readonly AlarmDay[]): string[] {
  const first = days[0]?.day.slice(0, 7) ?? "";
  const last = days.at(-1)?.day.slice(0, 7) ?? "";
  const months: string[] = [];
  for (let month = first; month && month <= last; month = addMonths(month, 1)) months.push(month);
  return months;
}

interface StepsProps {
  readonly n: number;
  /** Months after those that are shown. */
  readonly back: number;
  setBack(back: number): void;
}

function Steps({ n, back, setBack }: StepsProps) {
  const w = useWords();
  const most = n - MONTHS_SHOWN;
  return (
    <p class="calendar-steps">
      <button
        type="button"
        disabled={back >= most}
        onClick={() => setBack(Math.min(most, back + MONTHS_SHOWN))}
      >
        ‹ {w.t("au_earlier")}
      </button>{" "}
      <button type="button" disabled={back === 0} onClick={() => setBack(Math.max(0, back - MONTHS_SHOWN))}>
        {w.t("au_later")} ›
      </button>
    </p>
  );
}

/** Months of days: square for alarm, ring for event, ring in a square for a hit. */
export function AlarmCalendar({ days }: { days: readonly AlarmDay[] }) {
  const w = useWords();
  const months = monthsOf(days);
  const [back, setBack] = useState(0);
  const end = months.length - back;
  const shown = months.slice(Math.max(0, end - MONTHS_SHOWN), end);
  const byDay = new Map(days.map((day) => [day.day, day]));
  const most = Math.max(1, ...days.map(({ n_alarms }) => n_alarms));
  const outcomes = days.map(outcomeOf);
  const n = (outcome: Outcome): string => count(outcomes.filter((found) => found === outcome).length);
  return (
    <div>
      {months.length > MONTHS_SHOWN && <Steps n={months.length} back={back} setBack={setBack} />}
      <div class="alarm-months">
        {shown.map((month) => (
          <Month key={month} month={month} days={byDay} most={most} />
        ))}
      </div>
      <p class="tip alarm-keys">
        {(["hit", "miss", "false_alarm", "quiet"] as const).map((outcome) => (
          <Key key={outcome} outcome={outcome} words={`${w.t(outcome)} ${n(outcome)}`} />
        ))}
        <span>
          {most > 1 ? w.t("au_height", { n: most }) : ""} {w.t("ringsize")}
        </span>
      </p>
    </div>
  );
}
