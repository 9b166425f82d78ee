import { bandPath, Diagram, linePath, type Place } from "../diagrams/diagram.tsx";
import { number } from "../frame/numbers.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { AuditAnswer } from "../shapes.ts";
import { linearScale, linearTicks } from "../stack/scales.ts";
import { ruleName } from "./names.ts";
import { pText } from "./p_value.ts";

type Molchan = NonNullable<AuditAnswer["molchan"]>;
type Nulls = NonNullable<AuditAnswer["nulls"]>;
type Reliability = NonNullable<AuditAnswer["reliability"]>;

/** A narrower diagram writes its two notes below each other [px of the design]. */
const NARROW = 430;
/** Room above the tallest bin for the notes. */
const HEADROOM = 1.25;

/** A mark nearer to the axis than this has its name above the line. */
const AXIS_ROOM = 0.06;

const UNIT = linearScale(0, 1);
const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

const ticksOf = (values: readonly number[], w: Speaker) =>
  values.map((value) => ({
    value,
    text: value === 0 ? "0" : String(value).replace(".", w.language === "id" ? "," : "."),
  }));

/** Baselines whose names would be written over each other go to the other side. */
function RuleMark({
  at,
  place,
  words,
  turn,
}: {
  at: { x: number; y: number };
  place: Place;
  words: string;
  turn: number;
}) {
  const x = place.x(at.x);
  const y = place.y(at.y);
  const px = place.px;
  const isRight = at.x > 0.6;
  return (
    <g>
      <path class="rule-mark" d={`M${x - px(5)},${y + px(5)}l${px(5)},${-px(10)}l${px(5)},${px(10)}z`} />
      <text
        x={x + (isRight ? -px(9) : px(9))}
        y={y + px(turn % 2 && at.y > AXIS_ROOM ? 10 : at.y > AXIS_ROOM ? -2 : -8 - 12 * turn)}
        text-anchor={isRight ? "end" : "start"}
      >
        {words}
      </text>
    </g>
  );
}

function Threshold({ at, place }: { at: { x: number; y: number }; place: Place }) {
  const w = useWords();
  const isFarRight = at.x > 0.7;
  const x = place.x(at.x);
  return (
    <>
      <path class="threshold" d={`M${x},${place.bottom}V${place.top}`} />
      <text
        class="marked"
        x={x + place.px(isFarRight ? -9 : 9)}
        y={place.y(0.06)}
        text-anchor={isFarRight ? "end" : "start"}
      >
        {w.t("frozen")}
      </text>
      <circle class="frozen" cx={x} cy={place.y(at.y)} r={place.px(5)} />
    </>
  );
}

function BandName({ place }: { place: Place }) {
  const w = useWords();
  return (
    <>
      <text x={place.x(0.66)} y={place.y(0.72)}>
        {w.t("bandt")}
      </text>
      <path class="leader" d={`M${place.x(0.7)},${place.y(0.7)}L${place.x(0.62)},${place.y(0.47)}`} />
    </>
  );
}

/** Alarm fraction against miss fraction: the trajectory, the band of chance, the frozen threshold. */
export function MolchanPicture({ molchan }: { molchan: Molchan }) {
  const w = useWords();
  const { tau, nu, band, frozen, baselines } = molchan;
  const quarters = ticksOf(QUARTERS, w);
  const label = frozen
    ? w.t("au_molchan_label", { tau: number(frozen.x, 2, w.language), nu: number(frozen.y, 2, w.language) })
    : w.t("molchan");
  return (
    <Diagram
      x={UNIT}
      y={UNIT}
      xTicks={quarters}
      yTicks={quarters}
      xWords={w.t("tau")}
      yWords={w.t("nu")}
      label={label}
      reading={{
        at: tau,
        words: (i) => `τ ${number(tau[i] ?? 0, 2, w.language)}, ν ${number(nu[i] ?? 0, 2, w.language)}`,
      }}
    >
      {(place) => (
        <>
          {band && <path class="band" d={bandPath(band.x, band.low, band.high, place)} />}
          <path class="chance" d={`M${place.left},${place.top}L${place.right},${place.bottom}`} />
          <path class="measured" d={linePath(tau, nu, place)} />
          {frozen && <Threshold at={frozen} place={place} />}
          {baselines.map((point, index) => (
            <RuleMark
              key={point.label}
              at={point}
              place={place}
              words={ruleName(point.label, w)}
              turn={index}
            />
          ))}
          {band && <BandName place={place} />}
        </>
      )}
    </Diagram>
  );
}

interface NullsPartProps {
  readonly nulls: Nulls;
  readonly place: Place;
  readonly top: number;
}

function Bins({ nulls, place }: NullsPartProps) {
  const { bin_start: start, bin_end: end, counts, observed } = nulls;
  return (
    <>
      {counts.map((n, index) => {
        const [from = 0, to = 0] = [start[index], end[index]];
        const x = place.x(from) + 1;
        const width = Math.max(1, place.x(to) - x - 1);
        const isAsGood = (from + to) / 2 >= observed - 1e-9;
        const kind = `bin ${isAsGood ? "as-good" : ""}`;
        return (
          n > 0 && (
            <rect
              key={index}
              class={kind}
              x={x}
              y={place.y(n)}
              width={width}
              height={place.bottom - place.y(n)}
            />
          )
        );
      })}
    </>
  );
}

/** The observed value, and which bins are solid; on the side where there is room. */
function NullsNotes({ nulls, place, top }: NullsPartProps) {
  const w = useWords();
  const at = place.x(nulls.observed);
  const width = place.right - place.left;
  const share = (at - place.left) / width;
  const isFarRight = share > 0.55;
  const side = share > 0.3 ? "end" : "start";
  return (
    <>
      <path class="threshold solid" d={`M${at},${place.bottom}V${place.top}`} />
      <text
        class="marked strong"
        x={at + place.px(side === "end" ? -6 : 6)}
        y={place.y(top * 0.93)}
        text-anchor={side}
      >
        {w.t("observedn")} {number(nulls.observed, 0, w.language)}
      </text>
      <text
        x={isFarRight ? place.left + place.px(8) : place.right - place.px(8)}
        y={place.y(top * (width < place.px(NARROW) ? 0.85 : 0.93))}
        text-anchor={isFarRight ? "start" : "end"}
      >
        {w.t("asgood")}
      </text>
    </>
  );
}

/** A bin in words: the hits that it holds, and how many shifts gave them. */
function binWords(from: number, to: number, n: number, w: Speaker): string {
  const [low, high] = [Math.ceil(from), Math.ceil(to) - 1];
  const span = high > low ? `${low}–${high}` : number((from + to) / 2, 0, w.language);
  return `${w.t("hits")} ${span}: ${n} ${w.t("nshift")}`;
}

/** Histogram of hits under all common shifts; solid from the observed value on. */
export function NullsPicture({ nulls }: { nulls: Nulls }) {
  const w = useWords();
  const { bin_start: start, bin_end: end, counts, observed } = nulls;
  const top = Math.max(1, ...counts) * HEADROOM;
  const low = Math.min(-0.5, ...start);
  const high = Math.max(observed + 1, ...end);
  const xValues = linearTicks(Math.max(0, low), high, 6).filter(Number.isInteger);
  const yValues = linearTicks(0, top, 4).filter(Number.isInteger);
  const p = nulls.p_value === null ? "–" : pText(nulls.p_value, w.language);
  const write = (values: readonly number[]) =>
    values.map((value) => ({ value, text: number(value, 0, w.language) }));
  return (
    <Diagram
      x={linearScale(low, high)}
      y={linearScale(0, top)}
      xTicks={write(xValues)}
      yTicks={write(yValues)}
      xWords={w.t("hits")}
      yWords={w.t("nshift")}
      label={w.t("au_nulls_label", { observed: number(observed, 0, w.language), n: nulls.n_shifts, p })}
      reading={{
        at: start.map((from, i) => (from + (end[i] ?? from)) / 2),
        words: (i) => binWords(start[i] ?? 0, end[i] ?? 0, counts[i] ?? 0, w),
      }}
    >
      {(place) => (
        <>
          <Bins nulls={nulls} place={place} top={top} />
          <NullsNotes nulls={nulls} place={place} top={top} />
        </>
      )}
    </Diagram>
  );
}

/** A short line for each issued score; scores on the same pixel are drawn once. */
function scoreTicks(ticks: readonly number[], place: Place): string {
  const columns = new Set(ticks.map((value) => Math.round(place.x(value))));
  return [...columns].map((column) => `M${column},${place.bottom}v${-place.px(6)}`).join("");
}

function BaseRate({ rate, place }: { rate: number; place: Place }) {
  const w = useWords();
  const y = place.y(rate);
  return (
    <>
      <path class="base-rate" d={`M${place.left},${y}H${place.right}`} />
      <text class="base-rate-words" x={place.right - place.px(4)} y={y - place.px(5)} text-anchor="end">
        {w.t("brate")} {number(rate, 2, w.language)}
      </text>
    </>
  );
}

/** Isotonic steps, the band of a calibrated score, the base rate, and a tick for each score. */
export function ReliabilityPicture({ reliability }: { reliability: Reliability }) {
  const w = useWords();
  const { score, observed, band, base_rate: rate, brier_skill: skill, ticks } = reliability;
  const most = Math.min(1, Math.max(0.1, ...score, ...ticks) * 1.35);
  const x = linearScale(0, Math.ceil(most * 10) / 10);
  const xValues = linearTicks(0, x.high, 5);
  const label = w.t("au_reliability_label", { rate: rate === null ? "–" : number(rate, 2, w.language) });
  return (
    <Diagram
      x={x}
      y={UNIT}
      xTicks={ticksOf(xValues, w)}
      yTicks={ticksOf(QUARTERS, w)}
      xWords={w.t("issued")}
      yWords={w.t("observed")}
      label={label}
      reading={{
        at: score,
        words: (i) =>
          `${w.t("issued")} ${number(score[i] ?? 0, 2, w.language)}, ${w.t("observed")} ${number(observed[i] ?? 0, 2, w.language)}`,
      }}
    >
      {(place) => (
        <>
          {band && <path class="band" d={bandPath(band.x, band.low, band.high, place)} />}
          <path class="chance" d={`M${place.left},${place.bottom}L${place.right},${place.y(x.high)}`} />
          {rate !== null && <BaseRate rate={rate} place={place} />}
          <path class="measured" d={linePath(score, observed, place)} />
          <path class="score-tick" d={scoreTicks(ticks, place)} />
          {skill !== null && (
            <text x={place.left + place.px(10)} y={place.y(0.92)}>
              BSS {number(skill, 2, w.language)}
            </text>
          )}
        </>
      )}
    </Diagram>
  );
}
