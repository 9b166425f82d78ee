import { useMemo } from "preact/hooks";
import { number } from "../frame/numbers.ts";
import { instant } from "../frame/times.ts";
import { useWords } from "../frame/words.ts";
import type { StationDayAnswer } from "../shapes.ts";
import { Curve } from "../stack/curve.tsx";
import { MINUTES_PER_DAY, nightSpans, zoneName, type Span } from "../stack/day_axis.ts";
import { Lane, type LaneTick } from "../stack/lane.tsx";
import { extent, isUpperBusy, linearTicks, panelRange, tickText } from "../stack/scales.ts";
import { dayInWords } from "./sentences.ts";

type FieldCurve = StationDayAnswer["field"][number];

export const GRID_MINUTES = [180, 360, 540, 720, 900, 1080, 1260];
export const DAY_DOMAIN = [0, MINUTES_PER_DAY] as const;
const MINUTE_CENTRES = Array.from({ length: MINUTES_PER_DAY }, (_, minute) => minute + 0.5);
const MAX_INTERVALS = 4.2;
/** Ticks nearer to an edge than this would meet those of the next panel. */
const EDGE = 0.07;
/** Minutes of the day that a note in a corner lies over. */
const NOTE_MINUTES = 200;

/** Place of ticks on a panel, from the top. */
export function laneTicks(
  values: readonly number[],
  range: readonly [number, number],
  write: (v: number) => string,
): LaneTick[] {
  const [low, high] = range;
  return values
    .map((value) => ({ at: (high - value) / (high - low), text: write(value) }))
    .filter(({ at }) => at > EDGE && at < 1 - EDGE);
}

interface FieldLaneProps {
  readonly curve: FieldCurve;
  readonly day: StationDayAnswer;
  readonly night: readonly Span[];
  readonly isFirst: boolean;
}

type Range = readonly [number, number];

function NightNote({
  day,
  night,
  curve,
  range,
}: {
  day: StationDayAnswer;
  night: readonly Span[];
  curve: FieldCurve;
  range: Range;
}) {
  const w = useWords();
  const longest = [...night].sort((a, b) => b[1] - b[0] - (a[1] - a[0]))[0];
  if (!longest) return null;
  const isBusy = isUpperBusy(curve.deviation_nt, longest[0], longest[0] + NOTE_MINUTES, range);
  return (
    <span
      class={`lane-note night ${isBusy ? "low" : ""}`}
      style={{ left: `${(longest[0] / MINUTES_PER_DAY) * 100}%` }}
    >
      {w.t("localnight")} 18–06 {zoneName(day.time_zone, instant(day.day))}
    </span>
  );
}

function MeanNote({ curve, range }: { curve: FieldCurve; range: Range }) {
  const w = useWords();
  if (curve.mean_nt == null) return null;
  const from = MINUTES_PER_DAY - NOTE_MINUTES;
  const isBusy = isUpperBusy(curve.deviation_nt, from, MINUTES_PER_DAY, range);
  return (
    <span class={`lane-note right ${isBusy ? "low" : ""}`}>
      {w.t("mean")} {number(curve.mean_nt, 2, w.language)} nT
    </span>
  );
}

function FieldLane({ curve, day, night, isFirst }: FieldLaneProps) {
  const w = useWords();
  const range = useMemo(() => panelRange(curve.deviation_nt), [curve]);
  const ticks = useMemo(() => linearTicks(range[0], range[1], MAX_INTERVALS), [range]);
  const write = (value: number) => tickText(value, ticks, w.language);
  const found = extent(curve.deviation_nt);
  const label = found
    ? w.t("st_field_label", {
        component: curve.component,
        day: dayInWords(day.day, w.language),
        low: number(found[0], 1, w.language),
        high: number(found[1], 1, w.language),
      })
    : w.t("st_field_none", { component: curve.component, day: dayInWords(day.day, w.language) });
  return (
    <Lane name={curve.component} kind="field" ticks={laneTicks(ticks, range, write)}>
      <Curve
        x={MINUTE_CENTRES}
        y={curve.deviation_nt}
        range={range}
        domain={DAY_DOMAIN}
        gridX={GRID_MINUTES}
        gridY={ticks}
        shaded={night}
        label={label}
      />
      {isFirst && <NightNote day={day} night={night} curve={curve} range={range} />}
      <MeanNote curve={curve} range={range} />
    </Lane>
  );
}

/** H, D and Z as deviations from the day's mean, over the local night. */
export function FieldLanes({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  const night = useMemo(() => nightSpans(day.day, day.time_zone), [day.day, day.time_zone]);
  return (
    <>
      <p class="stack-title">{w.t("field")}</p>
      {day.field.map((curve, index) => (
        <FieldLane key={curve.component} curve={curve} day={day} night={night} isFirst={index === 0} />
      ))}
    </>
  );
}
