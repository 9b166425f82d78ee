import { Diagram, type Place } from "../diagrams/diagram.tsx";
import { significant } from "../frame/numbers.ts";
import type { Language } from "../frame/reader.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import { metricName, partName } from "./names.ts";
import type { ModelRow } from "../shapes.ts";
import { extent, linearScale, linearTicks, tickText } from "../stack/scales.ts";

type Series = ModelRow["curves"][number];

/** Path through the epochs that have a value; the others break it. */
export function seriesPath({ epochs, values }: Series, place: Place): string {
  let isOn = false;
  return values
    .map((value, index) => {
      const epoch = epochs[index];
      if (value === null || epoch === undefined) {
        isOn = false;
        return "";
      }
      const command = isOn ? "L" : "M";
      isOn = true;
      return `${command}${place.x(epoch).toFixed(1)},${place.y(value).toFixed(1)}`;
    })
    .join("");
}

function lastText({ values }: Series, language: Language): string {
  const last = values.findLast((value) => value !== null);
  return last == null ? "–" : significant(last, 3, language);
}

function Caption({ curves, title }: { curves: readonly Series[]; title: string }) {
  const w = useWords();
  return (
    <figcaption>
      <b>{metricName(title, w)}</b>
      {curves.map((curve, index) => (
        <span key={curve.name}>
          <svg viewBox="0 0 22 6" aria-hidden="true">
            <path class={`measured line-${index % 3}`} d="M0,3h22" />
          </svg>
          {partName(measured(curve).part, w)} {lastText(curve, w.language)}
        </span>
      ))}
    </figcaption>
  );
}

/** Epochs of which any of the curves has a value. */
const epochsOf = (curves: readonly Series[]): readonly number[] =>
  [...new Set(curves.flatMap(({ epochs }) => epochs))].sort((a, b) => a - b);

/** What the curves are at an epoch; a value that is not there is a dash. */
export function readAt(curves: readonly Series[], epoch: number, w: Speaker): string {
  const said = curves.map((curve) => {
    const value = curve.values[curve.epochs.indexOf(epoch)];
    const part = partName(measured(curve).part, w);
    return `${part} ${value == null ? "–" : significant(value, 3, w.language)}`.trim();
  });
  return `${w.t("mo_curve_at", { n: epoch })}: ${said.join(", ")}`;
}

/** Curves of a training that share a unit, over the epochs. */
export function Curves({ curves, title }: { curves: readonly Series[]; title: string }) {
  const w = useWords();
  const values = extent(curves.flatMap((curve) => curve.values));
  const epochs = extent(curves.flatMap((curve) => curve.epochs));
  if (!values || !epochs) return null;
  const margin = (values[1] - values[0]) * 0.06 || 0.5;
  const [low, high] = [values[0] - margin, values[1] + margin];
  const x = linearScale(epochs[0], Math.max(epochs[1], epochs[0] + 1));
  const xValues = linearTicks(x.low, x.high, 5).filter(Number.isInteger);
  const yValues = linearTicks(low, high, 4);
  const write = (ticks: readonly number[]) =>
    ticks.map((value) => ({ value, text: tickText(value, ticks, w.language).replace("+", "") }));
  const label = `${title}: ${curves.map((curve) => `${curve.name} ${lastText(curve, w.language)}`).join("; ")}`;
  return (
    <figure class="curves">
      <Caption curves={curves} title={title} />
      <Diagram
        x={x}
        y={linearScale(low, high)}
        xTicks={write(xValues)}
        yTicks={write(yValues)}
        xWords={w.t("mo_epoch")}
        yWords=""
        label={label}
        maxHeight={190}
        reading={{ at: epochsOf(curves), words: (i) => readAt(curves, epochsOf(curves)[i] ?? 0, w) }}
      >
        {(place) => (
          <>
            {curves.map((curve, index) => (
              <path key={curve.name} class={`measured line-${index % 3}`} d={seriesPath(curve, place)} />
            ))}
          </>
        )}
      </Diagram>
    </figure>
  );
}

/** What a curve measures and on which part of the data: `train/detection`, or `loss, training`. */
export function measured({ name, unit }: Series): { metric: string; part: string } {
  const [part, metric] = name.includes("/") ? name.split("/") : [...name.split(/, ?/)].reverse();
  return { metric: `${metric ?? name} ${unit}`.trim(), part: metric === undefined ? "" : (part ?? "") };
}

/** Curves by what they measure: those of training and of validation go together. */
export function groupsOf(curves: readonly Series[]): ReadonlyMap<string, readonly Series[]> {
  const groups = new Map<string, Series[]>();
  for (const curve of curves) {
    const { metric } = measured(curve);
    groups.set(metric, [...(groups.get(metric) ?? []), curve]);
  }
  return groups;
}
