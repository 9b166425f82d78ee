/** Stages by stations: ok is a grey age, trouble takes colour and area. */
import { useEffect, useState } from "preact/hooks";
import { useNow } from "../frame/clock.ts";
import { Glyph } from "../frame/glyph.tsx";
import { Panel } from "../frame/panel.tsx";
import { href } from "../frame/place.ts";
import { age, clockTime, DAY_MS, dateTime, instant, shortAge } from "../frame/times.ts";
import { isLabel, type Speaker, useWords } from "../frame/words.ts";
import type { OperationAnswer, StageCell, StageRow, StationState } from "../shapes.ts";

const NARROW = "(max-width: 719px)";

/** Word of a stage; the stage `ledger` is not the view of that name. */
export function stageWord(stage: string, words: Speaker): string {
  const label = stage === "ledger" ? "ledger_s" : stage;
  return isLabel(label) ? words.t(label) : stage;
}

const GLYPHS: Readonly<Record<string, StationState>> = {
  failed: "faulty",
  refused: "faulty",
  late: "late",
  silent: "silent",
  unknown: "unknown",
};

/** Word of a cell's state. */
function stateWord(state: string, words: Speaker): string {
  if (state === "refused") return words.t("kref");
  return isLabel(state) ? words.t(state) : state;
}

function titleOf(cell: StageCell, stage: string, now: number, words: Speaker): string {
  const at = cell.last_success_at;
  const success = at
    ? `${words.t("last_success")} ${dateTime(instant(at))}, ${age(now - instant(at), words.language)}`
    : words.t("no_success");
  const head = `${cell.station_code} ${stageWord(stage, words)}: ${stateWord(cell.state, words)}`;
  return [head, success, words.of(cell.detail)].filter(Boolean).join(" · ");
}

/**
 * The instant that a cell counts its age from: the last success; where there is trouble, not
 * later than the end of the newest day that succeeded.
 */
export function countedFrom(cell: StageCell): number | null {
  if (!cell.last_success_at) return null;
  const at = instant(cell.last_success_at);
  if (cell.state === "ok" || cell.last_success_day.length !== 10) return at;
  return Math.min(at, instant(cell.last_success_day) + DAY_MS);
}

function Cell({ cell, stage, now, words }: { cell: StageCell; stage: string; now: number; words: Speaker }) {
  const glyph = GLYPHS[cell.state];
  const from = countedFrom(cell);
  const waits = cell.state === "waits" || cell.state === "unknown";
  return (
    <td class={cell.state} title={titleOf(cell, stage, now, words)}>
      {glyph && <Glyph state={glyph} rem={0.7} />}
      {waits ? (cell.state === "waits" ? "–" : "") : from === null ? "–" : shortAge(now - from, words.language)}
      {cell.state !== "ok" && <span class="vh"> {stateWord(cell.state, words)}</span>}
    </td>
  );
}

/** The most telling count of a row: failed, else waiting, else ok. */
function rowCount(row: StageRow, words: Speaker): { text: string; isBad: boolean } {
  const n = (state: string) => row.cells.filter((cell) => cell.state === state).length;
  const of = (count: number, word: string) => `${count} / ${row.n_stations} ${word}`;
  if (n("failed")) return { text: of(n("failed"), words.t("failed")), isBad: true };
  if (row.n_ok === 0 && n("waits")) return { text: of(n("waits"), words.t("waits")), isBad: false };
  return { text: of(row.n_ok, words.t("ok")), isBad: false };
}

function StageHead({ row, words }: { row: StageRow; words: Speaker }) {
  const { text, isBad } = rowCount(row, words);
  return (
    <th scope="row" class="s">
      {stageWord(row.stage, words)}
      <small class={isBad ? "faulty" : ""}>{text}</small>
    </th>
  );
}

interface TableProps {
  readonly stages: readonly StageRow[];
  readonly now: number;
  readonly words: Speaker;
}

function Wide({ stages, now, words }: TableProps) {
  return (
    <table class="mx">
      <thead>
        <tr>
          <td class="s0" />
          {stages[0]?.cells.map((cell) => (
            <th key={cell.station_code} scope="col">
              <a href={href("station", [cell.station_code])}>{cell.station_code}</a>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {stages.map((row) => (
          <tr key={row.stage}>
            <StageHead row={row} words={words} />
            {row.cells.map((cell) => (
              <Cell key={cell.station_code} cell={cell} stage={row.stage} now={now} words={words} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const LONGEST = 7;
const abbreviated = (word: string): string => (word.length > LONGEST ? `${word.slice(0, 5)}.` : word);

function Tall({ stages, now, words }: TableProps) {
  return (
    <table class="mx tall">
      <thead>
        <tr>
          <td class="s0" />
          {stages.map((row) => (
            <th key={row.stage} scope="col">
              <abbr title={stageWord(row.stage, words)}>{abbreviated(stageWord(row.stage, words))}</abbr>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {stages[0]?.cells.map((first, at) => (
          <tr key={first.station_code}>
            <th scope="row" class="s">
              <a href={href("station", [first.station_code])}>{first.station_code}</a>
            </th>
            {stages.map((row) => {
              const cell = row.cells[at];
              return cell && <Cell key={row.stage} cell={cell} stage={row.stage} now={now} words={words} />;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Whether the page is narrow; follows the window. */
function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const follow = () => setNarrow(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return isNarrow;
}

function nextCycle(at: string | null, now: number, words: Speaker): string {
  if (!at) return words.t("minutes_note");
  const due = instant(at) - now;
  const label = due >= 0 ? "cycle_next" : "cycle_overdue";
  const values = { time: `${clockTime(instant(at))} UTC`, age: age(Math.abs(due), words.language) };
  return `${words.t("minutes_note")}; ${words.t(label, values)}`;
}

/** The matrix; on a narrow page stations become rows. */
export function Matrix({ answer }: { answer: OperationAnswer }) {
  const words = useWords();
  const now = useNow();
  const isNarrow = useNarrow();
  const Table = isNarrow ? Tall : Wide;
  return (
    <Panel title={words.t("stages")} right={<span>{nextCycle(answer.next_cycle_at, now, words)}</span>} csv="/operation?format=csv" json="/operation">
      <div class="scrolls mx-box" tabIndex={0} role="group" aria-label={words.t("stages")}>
        <Table stages={answer.stages} now={now} words={words} />
      </div>
    </Panel>
  );
}
