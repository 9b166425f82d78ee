/** Coverage of days: height is the share of the day, outline is no data, cross is refused. */
import type { DayCell } from "../shapes.ts";
import "./coverage.css";
import type { Speaker } from "./words.ts";

const CELL = 10;
const GAP = 1.5;
const HEIGHT = 18;
const FLOOR = HEIGHT - 2;
const TOP = 2.5;
/** A day that lacks less than this is drawn as whole. */
const WHOLE = 0.995;

type Part = "bars" | "open" | "caps" | "none" | "refused" | "unknown";
type Paths = Record<Part, string>;

function bar(x: number, coverage: number): string {
  const height = Math.max(1.5, (FLOOR - TOP) * Math.min(1, coverage));
  return `M${x},${FLOOR}v${(-height).toFixed(2)}h${CELL - GAP}v${height.toFixed(2)}z`;
}

function addCell(paths: Paths, x: number, cell: DayCell): void {
  const right = CELL - GAP;
  const coverage = cell.coverage ?? null;
  if (cell.kind === "none") {
    paths.none += `M${x + 0.5},${TOP}h${right - 1}v${FLOOR - TOP}h${1 - right}z`;
  } else if (cell.kind === "refused") {
    paths.refused += `M${x},${FLOOR}l${right},${TOP - FLOOR}M${x},${TOP}l${right},${FLOOR - TOP}`;
  } else if (cell.kind === "unknown") {
    paths.unknown += `M${x},${FLOOR}h${right}`;
  } else if (coverage !== null) {
    paths[cell.kind === "open" ? "open" : "bars"] += bar(x, coverage);
    if (coverage < WHOLE) paths.caps += `M${x},${TOP}h${right}`;
  }
}

function pathsOf(cells: readonly DayCell[]): Paths {
  const paths: Paths = { bars: "", open: "", caps: "", none: "", refused: "", unknown: "" };
  cells.forEach((cell, at) => addCell(paths, at * CELL, cell));
  return paths;
}

interface Run {
  readonly from: number;
  readonly n: number;
}

/** Runs of days of which nothing is known: one mark for each, not one for each day. */
export function unknownRuns(cells: readonly DayCell[]): readonly Run[] {
  const runs: { from: number; n: number }[] = [];
  cells.forEach((cell, at) => {
    if (cell.kind !== "unknown") return;
    const last = runs.at(-1);
    if (last && last.from + last.n === at) last.n += 1;
    else runs.push({ from: at, n: 1 });
  });
  return runs;
}

/** What a strip shows, in words. */
export function coverageWords(cells: readonly DayCell[], words: Speaker): string {
  const n = (kind: DayCell["kind"]) => cells.filter((cell) => cell.kind === kind).length;
  const parts = [
    words.t("cov_measured", { n: n("measured") }),
    n("part") && words.t("cov_part", { n: n("part") }),
    n("none") && words.t("cov_none", { n: n("none") }),
    n("refused") && words.t("cov_refused", { n: n("refused") }),
    n("unknown") && words.t("cov_unknown", { n: n("unknown") }),
  ];
  return parts.filter(Boolean).join(", ");
}

interface Props {
  readonly cells: readonly DayCell[];
  readonly label: string;
}

/** One row of day cells, oldest first. */
export function CoverageStrip({ cells, label }: Props) {
  const paths = pathsOf(cells);
  const unknown = unknownRuns(cells);
  const width = cells.length * CELL;
  return (
    <svg class="cov" viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label || undefined} aria-hidden={label ? undefined : true}>
      {(Object.keys(paths) as Part[]).map((part) => paths[part] && <path key={part} class={part} d={paths[part]} />)}
      {unknown.map(({ from, n }) => (
        <text key={from} x={(from + n / 2) * CELL - GAP / 2} y="14">
          ?
        </text>
      ))}
    </svg>
  );
}

/** The key of the cells. */
export function CoverageKey({ words }: { words: Speaker }) {
  return (
    <div class="key">
      <Sample kind="part" coverage={0.5} text={words.t("kpart")} />
      <Sample kind="none" text={words.t("knone")} />
      <Sample kind="refused" text={words.t("kref")} />
      <Sample kind="unknown" text={words.t("kunk")} />
      <Sample kind="open" coverage={0.6} text={words.t("kopen")} />
    </div>
  );
}

function Sample({ kind, coverage = null, text }: { kind: DayCell["kind"]; coverage?: number | null; text: string }) {
  return (
    <span>
      <CoverageStrip cells={[{ day: "", kind, coverage }]} label="" />
      {text}
    </span>
  );
}
