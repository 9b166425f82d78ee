import { useMemo } from "preact/hooks";
import { number } from "../frame/numbers.ts";
import { useWords } from "../frame/words.ts";
import type { StationDayAnswer } from "../shapes.ts";
import { Curve } from "../stack/curve.tsx";
import { nightSpans } from "../stack/day_axis.ts";
import { Lane } from "../stack/lane.tsx";
import { extent, linearTicks, tickText } from "../stack/scales.ts";
import { DAY_DOMAIN, GRID_MINUTES, laneTicks } from "./field_lanes.tsx";
import { NoValue } from "./index_lanes.tsx";
import { dayInWords } from "./sentences.ts";

const LEAST_TOP = 0.8;

/** Power ratio of Z and H, a value for each block of minutes. */
export function RatioLane({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  const ratio = day.zh_ratio;
  const x = useMemo(
    () => (ratio?.values ?? []).map((_, index) => (index + 0.5) * (ratio?.minutes_per_value ?? 1)),
    [ratio],
  );
  const night = useMemo(() => nightSpans(day.day, day.time_zone), [day.day, day.time_zone]);
  const found = ratio ? extent(ratio.values) : null;
  const range = useMemo(
    () => [0, Math.max(LEAST_TOP, (found?.[1] ?? 0) * 1.06)] as [number, number],
    [ratio],
  );
  if (!ratio || !found)
    return <NoValue name="Z/H" reason={day.has_data ? day.scalogram_reason : day.reason} />;
  const ticks = linearTicks(0, range[1] * 0.95, 4).filter((value) => value > 0);
  return (
    <Lane
      name="Z/H"
      kind="ratio"
      ticks={laneTicks(ticks, range, (value) => tickText(value, ticks, w.language).replace("+", ""))}
    >
      <Curve
        x={x}
        y={ratio.values}
        range={range}
        domain={DAY_DOMAIN}
        gridX={GRID_MINUTES}
        gridY={ticks}
        shaded={night}
        label={w.t("st_ratio_label", {
          day: dayInWords(day.day, w.language),
          low: number(found[0], 2, w.language),
          high: number(found[1], 2, w.language),
        })}
      />
    </Lane>
  );
}
