import { Diagram, type Place } from "../diagrams/diagram.tsx";
import { number } from "../frame/numbers.ts";
import { useWords } from "../frame/words.ts";
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

function lastValue({ values }: Series): number | null {
  return values.findLast((value) => value !== null) ?? null;
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
  const write = (ticks: readonly number[]) => ticks.map((value) => ({ value, text: tickText(value, ticks, w.language).replace("+", "") }));
  const label = `${title}: ${curves.map((curve) => `${curve.name} ${number(lastValue(curve) ?? 0, 3, w.language)}`).join("; ")}`;
  return (
    <Diagram
      x={x}
      y={linearScale(low, high)}
      xTicks={write(xValues)}
      yTicks={write(yValues)}
      xWords={w.t("mo_epoch")}
      yWords={curves[0]?.unit || title}
      label={label}
      maxHeight={190}
    >
      {(place) => (
        <>
          {curves.map((curve, index) => (
            <g key={curve.name}>
              <path class={`measured line-${index % 3}`} d={seriesPath(curve, place)} />
              <path class={`measured line-${index % 3}`} d={`M${place.left + place.px(12)},${place.top + place.px(13 + 15 * index)}h${place.px(22)}`} />
              <text x={place.left + place.px(40)} y={place.top + place.px(17 + 15 * index)}>
                {curve.name} {number(lastValue(curve) ?? 0, 3, w.language)}
              </text>
            </g>
          ))}
        </>
      )}
    </Diagram>
  );
}

/** Curves by what they measure: "loss, training" and "loss, validation" go together. */
export function groupsOf(curves: readonly Series[]): ReadonlyMap<string, readonly Series[]> {
  const groups = new Map<string, Series[]>();
  for (const curve of curves) {
    const key = `${curve.name.split(/[,:/]/)[0]?.trim() ?? curve.name} ${curve.unit}`.trim();
    groups.set(key, [...(groups.get(key) ?? []), curve]);
  }
  return groups;
}
