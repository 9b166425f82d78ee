import { number } from "../frame/numbers.ts";
import { useWords } from "../frame/words.ts";
import type { ForecastMonth, Score } from "../shapes.ts";

/** The score, the base rate and what was observed at such scores: never one without the others. */
export function Worth({ month, score }: { month: ForecastMonth; score: Score }) {
  const w = useWords();
  const { observed_frequency: observed, observed_low: low, observed_high: high } = score;
  const write = (value: number) => number(value, 2, w.language);
  const hasBand = low != null && high != null;
  return (
    <div class="worth">
      <div class="worth-numbers">
        <div class="fact">
          <b>{score.probability === null ? "–" : write(score.probability)}</b>
          <small>{w.t("issued")}</small>
        </div>
        <div class="fact">
          <b>{month.base_rate === null ? "–" : write(month.base_rate)}</b>
          <small>
            {month.base_rate === null
              ? w.t("fo_no_base_rate", { reason: w.of(month.base_rate_reason) })
              : w.t("brate")}
          </small>
        </div>
        <div class="fact">
          <b>{observed == null ? "–" : write(observed)}</b>
          <small>
            {observed == null
              ? w.t("fo_no_observed")
              : hasBand
                ? `${w.t("observed")} [${write(low)}, ${write(high)}]`
                : w.t("observed")}
          </small>
        </div>
      </div>
      <WorthAxis month={month} score={score} />
    </div>
  );
}

const WIDTH = 300;
const LINE_Y = 22;

function WorthAxis({ month, score }: { month: ForecastMonth; score: Score }) {
  const w = useWords();
  const { probability, observed_frequency: observed, observed_low: low, observed_high: high } = score;
  const x = (value: number) => 8 + Math.min(1, Math.max(0, value)) * (WIDTH - 16);
  return (
    <svg class="worth-axis" viewBox={`0 0 ${WIDTH} 44`} role="img" aria-label={w.t("fo_worth_label")}>
      {low != null && high != null && (
        <rect class="band" x={x(low)} y={LINE_Y - 7} width={x(high) - x(low)} height={14} />
      )}
      <path class="axis-line" d={`M${x(0)},${LINE_Y}H${x(1)}`} />
      {[0, 0.5, 1].map((value) => (
        <text
          key={value}
          x={x(value)}
          y={42}
          text-anchor={value === 0 ? "start" : value === 1 ? "end" : "middle"}
        >
          {value === 0.5 ? number(0.5, 1, w.language) : value}
        </text>
      ))}
      {month.base_rate !== null && (
        <path class="base-rate" d={`M${x(month.base_rate)},${LINE_Y - 12}V${LINE_Y + 12}`} />
      )}
      <path class="threshold" d={`M${x(month.threshold)},${LINE_Y - 12}V${LINE_Y + 12}`} />
      {observed != null && <path class="observed" d={`M${x(observed)},${LINE_Y - 7}V${LINE_Y + 7}`} />}
      {probability !== null && <circle class="score-dot" cx={x(probability)} cy={LINE_Y} r={5} />}
    </svg>
  );
}
