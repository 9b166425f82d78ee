/** When each stage of the last run worked. */
import { Age } from "../frame/age.tsx";
import { number, THIN } from "../frame/numbers.ts";
import { Panel } from "../frame/panel.tsx";
import { UNITS } from "../frame/times.ts";
import { remPx, useWidth } from "../frame/width.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { CycleBar, OperationAnswer } from "../shapes.ts";
import { stageWord } from "./matrix.tsx";

const TICKS = 3;

/** Round steps of seconds that leave about three ticks. */
export function secondsStep(total: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600];
  return steps.find((step) => total / step <= TICKS + 0.5) ?? 43_200;
}

function seconds(value: number, words: Speaker): string {
  const [, , min, s] = UNITS[words.language];
  if (value >= 120) return `${number(value / 60, value < 600 ? 1 : 0, words.language)}${THIN}${min}`;
  return `${number(value, value < 10 && value % 1 ? 1 : 0, words.language)}${THIN}${s}`;
}

interface BarProps {
  readonly bar: CycleBar;
  readonly at: number;
  readonly rem: number;
  readonly width: number;
  readonly words: Speaker;
  x(value: number): number;
}

function Bar({ bar, at, rem, width, words, x }: BarProps) {
  const top = at * 1.19 * rem;
  const [left, right] = [x(bar.start_s), Math.max(x(bar.end_s), x(bar.start_s) + 3)];
  const isFailed = bar.outcome !== "ok" && bar.outcome !== "done";
  const isBefore = right + 3.2 * rem > width;
  const text = isFailed ? words.t("failed") : seconds(bar.end_s - bar.start_s, words);
  return (
    <g class={isFailed ? "bad" : ""}>
      <text x="0" y={top + 0.85 * rem} class="stage">
        {stageWord(bar.stage, words)}
      </text>
      <rect x={left} y={top + 0.25 * rem} width={right - left} height={0.75 * rem} />
      <text class={isBefore ? "end" : ""} x={isBefore ? left - 0.3 * rem : right + 0.3 * rem} y={top + 0.85 * rem}>
        {text}
      </text>
    </g>
  );
}

function Axis({ total, height, rem, words, x }: { total: number; height: number; rem: number; words: Speaker; x(value: number): number }) {
  const step = secondsStep(total);
  const ticks = Array.from({ length: Math.floor(total / step) + 1 }, (_, at) => at * step);
  return (
    <>
      <path class="rule" d={ticks.map((at) => `M${x(at).toFixed(1)},0V${height}`).join("")} />
      {ticks.map((at) => (
        <text key={at} class={x(at) > x(total) - 2 * rem ? "end" : ""} x={x(at)} y={height + 0.85 * rem}>
          {seconds(at, words)}
        </text>
      ))}
    </>
  );
}

/** Bars of the last cycle. */
export function LastCycle({ answer }: { answer: OperationAnswer }) {
  const words = useWords();
  const [box, width] = useWidth<HTMLDivElement>();
  const bars = answer.last_cycle;
  const rem = remPx();
  const total = Math.max(1, ...bars.map((bar) => bar.end_s));
  const gutter = 4.8 * rem;
  const x = (value: number) => gutter + (value / total) * (width - gutter - 2);
  const height = bars.length * 1.19 * rem;
  const label = bars.map((bar) => `${stageWord(bar.stage, words)} ${seconds(bar.end_s - bar.start_s, words)}`).join(", ");
  return (
    <Panel title={words.t("lastcycle")} right={<Age at={answer.last_cycle_at} query="/operation" />}>
      <div ref={box}>
        {bars.length === 0 && <p class="sub">{words.t("no_cycle")}</p>}
        {width > 0 && bars.length > 0 && (
          <svg class="gantt" width={width} height={height + 1.2 * rem} role="img" aria-label={label}>
            <Axis total={total} height={height} rem={rem} words={words} x={x} />
            {bars.map((bar, at) => (
              <Bar key={bar.stage} bar={bar} at={at} rem={rem} width={width} words={words} x={x} />
            ))}
          </svg>
        )}
      </div>
    </Panel>
  );
}
