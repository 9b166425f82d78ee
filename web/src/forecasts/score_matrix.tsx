import type { ComponentChildren } from "preact";
import { number } from "../frame/numbers.ts";
import { remPx, useWidth } from "../frame/width.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { ForecastMonth, QuakeEvent, Score } from "../shapes.ts";
import { weekColumn } from "../stack/day_axis.ts";
import { barTop, type Board, type CellKind, cellKind, type Selection, scoreKey } from "./days.ts";

const HEAD_REM = 1.1;
const EVENTS_REM = 2.1;
const GUTTER_REM = 3.1;
/** Height that the rows of all stations share [rem]; a row is kept within bounds. */
const ROWS_REM = 36;
const ROW_REM = { least: 1.16, most: 3.2 } as const;

interface Geometry {
  readonly gutter: number;
  readonly column: number;
  readonly row: number;
  readonly head: number;
  readonly events: number;
  readonly px: number;
}

function geometryOf(width: number, shown: Board): Geometry {
  const rem = remPx();
  const gutter = GUTTER_REM * rem;
  return {
    gutter,
    column: Math.max(0, width - gutter) / shown.days.length,
    row: Math.min(ROW_REM.most, Math.max(ROW_REM.least, ROWS_REM / shown.codes.length)) * rem,
    head: HEAD_REM * rem,
    events: EVENTS_REM * rem,
    px: rem / 16,
  };
}

/** Words of a cell, for its title. */
export function cellWords(
  score: Score | undefined,
  kind: CellKind,
  code: string,
  day: string,
  w: Speaker,
): string {
  const name = `${code} ${day}`;
  if (kind === "future") return `${name}: ${w.t("fo_future")}`;
  if (kind === "absent" || !score) return `${name}: ${w.t("fo_absent")}`;
  if (score.probability === null) return `${name}: ${w.t("fo_none", { day, reason: w.of(score.reason) })}`;
  const late = score.is_late ? `; ${w.t("c_late")}` : "";
  const alarm = score.is_alarm ? `; ${w.t("fo_alarm")}` : "";
  return `${name}: ${number(score.probability, 2, w.language)}${alarm}${late}`;
}

interface CellProps {
  readonly score: Score | undefined;
  readonly kind: CellKind;
  readonly words: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly top: number;
  choose(): void;
}

function Cell({ score, kind, words, x, y, width, height, top, choose }: CellProps) {
  const share = Math.min(1, (score?.probability ?? 0) / top);
  const bar = share > 0 ? Math.max(1, share * height) : 0;
  return (
    <g class={`score-cell ${kind}`} onClick={choose}>
      <title>{words}</title>
      <rect class="box" x={x} y={y} width={width} height={height} />
      {bar > 0 && kind !== "alarm" && (
        <rect class="bar" x={x} y={y + height - bar} width={width} height={bar} />
      )}
      {kind === "alarm" && (
        <path class="notch" d={`M${x},${y + height - Math.min(bar, height - 1)}h${width}`} />
      )}
      {kind === "future" && <circle class="dot" cx={x + width / 2} cy={y + height / 2} r={1} />}
      {kind === "absent" && <path class="gap" d={`M${x + width * 0.3},${y + height / 2}h${width * 0.4}`} />}
    </g>
  );
}

const radius = (magnitude: number | null, px: number): number =>
  px * Math.min(13, Math.max(2, 0.045 * 10 ** (0.32 * (magnitude ?? 4.5))));

function EventsRow({ shown, geometry }: { shown: Board; geometry: Geometry }) {
  const { gutter, column, head, events, px } = geometry;
  const circles: ComponentChildren[] = [];
  const order = (a: QuakeEvent, b: QuakeEvent) => (b.magnitude ?? 0) - (a.magnitude ?? 0);
  shown.days.forEach((day, index) => {
    for (const event of [...(shown.eventsByDay.get(day) ?? [])].sort(order)) {
      const isTarget = shown.targets.has(event.event_id);
      circles.push(
        <circle
          key={event.event_id}
          class={`quake ${isTarget ? "target" : ""} ${(event.depth_km ?? 0) >= 70 ? "deep" : ""}`}
          cx={gutter + (index + 0.5) * column}
          cy={head + events / 2}
          r={radius(event.magnitude, px)}
        />,
      );
    }
  });
  return <>{circles}</>;
}

function TargetLines({ shown, geometry, bottom }: { shown: Board; geometry: Geometry; bottom: number }) {
  const { gutter, column, head, events } = geometry;
  return (
    <>
      {shown.days.map((day, index) => {
        const isTarget = (shown.eventsByDay.get(day) ?? []).some(({ event_id: id }) => shown.targets.has(id));
        return (
          isTarget && (
            <path
              key={day}
              class="target-line"
              d={`M${gutter + (index + 0.5) * column},${head + events}V${bottom}`}
            />
          )
        );
      })}
    </>
  );
}

function DayNumbers({ shown, geometry }: { shown: Board; geometry: Geometry }) {
  const step = geometry.column < 14 * geometry.px ? 5 : 1;
  return (
    <>
      {shown.days.map((day, index) => (
        <text
          key={day}
          class={weekColumn(day) === 6 ? "sunday" : ""}
          x={geometry.gutter + (index + 0.5) * geometry.column}
          y={geometry.head - 4 * geometry.px}
          text-anchor="middle"
        >
          {step === 1 || (index + 1) % step === 0 || index === 0 ? index + 1 : ""}
        </text>
      ))}
    </>
  );
}

export interface MatrixProps {
  readonly month: ForecastMonth;
  readonly shown: Board;
  readonly selected: Selection;
  readonly today: string;
  choose(selection: Selection): void;
}

function Rows({ month, shown, today, choose, geometry }: MatrixProps & { geometry: Geometry }) {
  const w = useWords();
  const { gutter, column, row, head, events, px } = geometry;
  const top = barTop(month.threshold);
  return (
    <>
      {shown.codes.map((code, line) => {
        const y = head + events + line * row;
        return (
          <g key={code}>
            <text class="code" x={0} y={y + row / 2 + 4 * px}>
              {code}
            </text>
            {shown.days.map((day, index) => {
              const score = shown.scores.get(scoreKey(code, day));
              const kind = cellKind(score, day, today);
              return (
                <Cell
                  key={day}
                  score={score}
                  kind={kind}
                  words={cellWords(score, kind, code, day, w)}
                  x={gutter + index * column + px}
                  y={y + px}
                  width={column - 2 * px}
                  height={row - 2.5 * px}
                  top={top}
                  choose={() => choose({ code, day })}
                />
              );
            })}
          </g>
        );
      })}
    </>
  );
}

function finding(month: ForecastMonth, shown: Board, w: Speaker): string {
  const scores = [...shown.scores.values()];
  return w.t("fo_matrix_label", {
    n: scores.filter(({ probability }) => probability !== null).length,
    alarms: scores.filter(({ is_alarm }) => is_alarm).length,
    none: scores.filter(({ probability }) => probability === null).length,
    events: month.target_event_ids.length,
  });
}

/** Stations against days: bar for a score, filled square for an alarm, rings above for events. */
export function ScoreMatrix(props: MatrixProps) {
  const { month, shown, selected } = props;
  const w = useWords();
  const [ref, width] = useWidth<HTMLDivElement>();
  const geometry = geometryOf(width, shown);
  const { gutter } = geometry;
  const bottom = geometry.head + geometry.events + shown.codes.length * geometry.row;
  const line = shown.codes.indexOf(selected.code);
  const index = shown.days.indexOf(selected.day);
  return (
    <div class="score-matrix" ref={ref}>
      {width > 0 && (
        <svg width={width} height={bottom} role="img" aria-label={finding(month, shown, w)}>
          <DayNumbers shown={shown} geometry={geometry} />
          <text class="code" x={0} y={geometry.head + geometry.events / 2 + 4 * geometry.px}>
            M ≥ {number(month.minimum_magnitude, 1, w.language)}
          </text>
          <EventsRow shown={shown} geometry={geometry} />
          <Rows {...props} geometry={geometry} />
          <TargetLines shown={shown} geometry={geometry} bottom={bottom} />
          {line >= 0 && index >= 0 && (
            <rect
              class="chosen"
              x={gutter + index * geometry.column}
              y={geometry.head + geometry.events + line * geometry.row}
              width={geometry.column}
              height={geometry.row - 0.5 * geometry.px}
            />
          )}
        </svg>
      )}
    </div>
  );
}
