import { useState } from "preact/hooks";
import { useAnswer } from "../frame/answers.ts";
import { go } from "../frame/place.ts";
import { Read } from "../frame/read.tsx";
import { addMonths, instant, monthName } from "../frame/times.ts";
import { percent } from "../frame/numbers.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { CoverageAnswer, DayCell } from "../shapes.ts";
import { dayOfYear, daysOf, weekColumn } from "../stack/day_axis.ts";
import { dayAddress } from "./day_navigator.tsx";
import { dayInWords } from "./sentences.ts";

const WEEK = { en: ["M", "T", "W", "T", "F", "S", "S"], id: ["S", "S", "R", "K", "J", "S", "M"] } as const;
const CELL = 11;

/** What is known of a day, in words. */
export function cellWords(cell: DayCell | undefined, w: Speaker): string {
  if (!cell) return w.t("kunk");
  if (cell.coverage != null && cell.kind !== "refused") return percent(cell.coverage, 0, w.language);
  if (cell.kind === "none") return w.t("knone");
  return cell.kind === "refused" ? w.t("kref") : w.t("kunk");
}

function MonthGrid({
  code,
  day,
  month,
  cells,
}: {
  code: string;
  day: string;
  month: string;
  cells: ReadonlyMap<string, DayCell>;
}) {
  const w = useWords();
  return (
    <div class="month-grid">
      {WEEK[w.language].map((letter, column) => (
        <span key={column} class="week-letter" aria-hidden="true">
          {letter}
        </span>
      ))}
      {daysOf(month).map((date, index) => {
        const cell = cells.get(date);
        return (
          <a
            key={date}
            href={dayAddress(code, date)}
            class={`month-day cell-${cell?.kind ?? "unknown"}`}
            aria-current={date === day ? "date" : undefined}
            aria-label={`${dayInWords(date, w.language)}: ${cellWords(cell, w)}`}
            style={index === 0 ? { gridColumnStart: weekColumn(date) + 1 } : {}}
          >
            <i style={{ height: `${100 * (cell?.coverage ?? 0)}%` }} />
            <span>{index + 1}</span>
          </a>
        );
      })}
    </div>
  );
}

function YearCell({
  code,
  cell,
  column,
  row,
  isShown,
}: {
  code: string;
  cell: DayCell;
  column: number;
  row: number;
  isShown: boolean;
}) {
  const w = useWords();
  const height = (CELL - 2) * (cell.coverage ?? 0);
  const x = column * CELL;
  const y = row * CELL;
  return (
    <g
      class={`year-day cell-${cell.kind} ${isShown ? "shown" : ""}`}
      onClick={() => go(dayAddress(code, cell.day))}
    >
      <title>{`${cell.day}: ${cellWords(cell, w)}`}</title>
      <rect class="box" x={x + 0.5} y={y + 0.5} width={CELL - 2} height={CELL - 2} />
      {height > 0 && (
        <rect class="bar" x={x + 0.5} y={y + 0.5 + CELL - 2 - height} width={CELL - 2} height={height} />
      )}
      {cell.kind === "refused" && <path class="cross" d={`M${x + 1} ${y + 1}l8 8m0-8l-8 8`} />}
    </g>
  );
}

/** Days of a year in columns of weeks. */
function YearGrid({ code, day, answer }: { code: string; day: string; answer: CoverageAnswer }) {
  const w = useWords();
  const shift = weekColumn(`${answer.year}-01-01`);
  const n = answer.cells.filter(({ coverage }) => (coverage ?? 0) > 0).length;
  return (
    <svg
      class="year-grid"
      viewBox={`0 0 ${54 * CELL} ${7 * CELL}`}
      role="img"
      aria-label={w.t("st_year_label", { year: answer.year, n })}
    >
      {answer.cells.map((cell) => {
        const index = dayOfYear(cell.day) - 1 + shift;
        return (
          <YearCell
            key={cell.day}
            code={code}
            cell={cell}
            column={Math.floor(index / 7)}
            row={index % 7}
            isShown={cell.day === day}
          />
        );
      })}
    </svg>
  );
}

/** A month of coverage cells and the year above it; a cell opens its day. */
export function DayCalendar({ code, day }: { code: string; day: string }) {
  const w = useWords();
  const [month, setMonth] = useState(day.slice(0, 7));
  const reading = useAnswer<CoverageAnswer>(`/stations/${code}/coverage?year=${month.slice(0, 4)}`);
  const turn = (n: number, label: string, sign: string) => (
    <button type="button" aria-label={label} title={label} onClick={() => setMonth(addMonths(month, n))}>
      {sign}
    </button>
  );
  return (
    <div class="day-calendar">
      <div class="calendar-head">
        {turn(-12, w.t("st_year_back"), "«")}
        {turn(-1, w.t("st_month_back"), "‹")}
        <b>{monthName(instant(`${month}-01`), w.language)}</b>
        {turn(1, w.t("st_month_on"), "›")}
        {turn(12, w.t("st_year_on"), "»")}
      </div>
      <Read reading={reading} what={w.t("coverage")}>
        {(answer) => (
          <>
            <MonthGrid
              code={code}
              day={day}
              month={month}
              cells={new Map(answer.cells.map((cell) => [cell.day, cell]))}
            />
            <YearGrid code={code} day={day} answer={answer} />
            <p class="calendar-key">
              <i class="swatch cell-part" /> {w.t("kpart")} <i class="swatch cell-none" /> {w.t("knone")}{" "}
              <i class="swatch cell-refused">×</i> {w.t("kref")} <i class="swatch cell-unknown">?</i>{" "}
              {w.t("kunk")}
            </p>
          </>
        )}
      </Read>
    </div>
  );
}
