/** The scores of a month as rows of stations and columns of days. */
import type { ForecastMonth, QuakeEvent, Score } from "../shapes.ts";
import { addDays, daysOf } from "../stack/day_axis.ts";

export interface Board {
  readonly days: readonly string[];
  readonly codes: readonly string[];
  /** Scores by `ALR 2026-04-03`. */
  readonly scores: ReadonlyMap<string, Score>;
  readonly eventsByDay: ReadonlyMap<string, readonly QuakeEvent[]>;
  readonly targets: ReadonlySet<string>;
}

export const CHAMPION = "champion";

export const scoreKey = (code: string, day: string): string => `${code} ${day}`;

/** Arrange a month; where two models forecast a day, the champion's score is shown. */
export function board(month: ForecastMonth, allCodes: readonly string[]): Board {
  const scores = new Map<string, Score>();
  for (const score of month.scores) {
    const key = scoreKey(score.station_code, score.day);
    if (!scores.has(key) || score.role === CHAMPION) scores.set(key, score);
  }
  const eventsByDay = new Map<string, QuakeEvent[]>();
  for (const event of month.events) {
    const day = event.origin_time.slice(0, 10);
    eventsByDay.set(day, [...(eventsByDay.get(day) ?? []), event]);
  }
  const codes = [...new Set([...allCodes, ...month.scores.map((score) => score.station_code)])].sort();
  return {
    days: daysOf(month.first_day.slice(0, 7)),
    codes,
    scores,
    eventsByDay,
    targets: new Set(month.target_event_ids),
  };
}

export type CellKind = "alarm" | "score" | "none" | "late" | "future" | "absent";

/** What a cell shows; a day without a record is absent once it is over, else still to come. */
export function cellKind(score: Score | undefined, day: string, today: string): CellKind {
  if (!score) return day >= today ? "future" : "absent";
  if (score.is_late) return "late";
  if (score.probability === null) return "none";
  return score.is_alarm ? "alarm" : "score";
}

/** Top of the bars: twice the frozen threshold, so that it is the same in every month. */
export const barTop = (threshold: number): number => Math.min(1, 2 * threshold);

export interface Selection {
  readonly code: string;
  readonly day: string;
}

/** The selection that the address asks for, else the newest score with the greatest probability. */
export function selectionOf(shown: Board, asked: { code: string | null; day: string | null }): Selection {
  const issued = [...shown.scores.values()].filter(({ probability }) => probability !== null);
  const newest = issued.reduce((day, score) => (score.day > day ? score.day : day), "");
  const day = asked.day && shown.days.includes(asked.day) ? asked.day : newest || shown.days[0] || "";
  const best = issued
    .filter((score) => score.day === day)
    .sort((a, b) => (b.probability ?? 0) - (a.probability ?? 0))[0];
  const code =
    asked.code && shown.codes.includes(asked.code)
      ? asked.code
      : (best?.station_code ?? shown.codes[0] ?? "");
  return { code, day };
}

/** Step through days and stations; the ends stop. */
export function stepped(shown: Board, { code, day }: Selection, days: number, rows: number): Selection {
  const to = addDays(day, days);
  const row = shown.codes.indexOf(code) + rows;
  return {
    day: shown.days.includes(to) ? to : day,
    code: shown.codes[Math.min(shown.codes.length - 1, Math.max(0, row))] ?? code,
  };
}

/** Target events within the horizon of a score. */
export function targetsWithin(month: ForecastMonth, score: Score): readonly QuakeEvent[] {
  const targets = new Set(month.target_event_ids);
  const [from, until] = [Date.parse(score.valid_from), Date.parse(score.valid_to)];
  return month.events.filter((event) => {
    const at = Date.parse(event.origin_time);
    return targets.has(event.event_id) && at >= from && at < until;
  });
}
