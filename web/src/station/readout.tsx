import { useState } from "preact/hooks";
import { useKeys } from "../frame/keys.ts";
import { number, significant, THIN } from "../frame/numbers.ts";
import { instant, MINUTE_MS } from "../frame/times.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { FlagSpan, StationDayAnswer } from "../shapes.ts";
import { clock, localClock, minutesInto, zoneName } from "../stack/day_axis.ts";
import { readingAt, type Scalogram } from "../stack/scalogram.ts";
import type { Cursor } from "./cursor.ts";
import { flagWords } from "./flag_lane.tsx";

export interface ReadoutProps {
  readonly day: StationDayAnswer;
  readonly amplitude: Scalogram | null;
  readonly inPhase: Scalogram | null;
  readonly cursor: Cursor;
}

interface Row {
  readonly name: string;
  readonly value: string;
  /** Left out of the bar at the bottom of a narrow page. */
  readonly isOptional: boolean;
}

const unitOf = (text: string, unit: string): string => (unit ? `${text}${THIN}${unit}` : text);

function fieldRows(day: StationDayAnswer, minute: number, w: Speaker): Row[] {
  return day.field.map(({ component, mean_nt, deviation_nt }) => {
    const deviation = deviation_nt[minute];
    const isThere = deviation != null && mean_nt != null;
    const value = isThere
      ? unitOf(number(mean_nt + deviation, 2, w.language), "nT")
      : w.t("st_missing_or_masked");
    return { name: component, value, isOptional: false };
  });
}

function amplitudeRows(picture: Scalogram, cursor: Cursor, minute: number, w: Speaker): Row[] {
  const frequency = number(cursor.frequency_hz * 1e3, 0, w.language);
  return picture.components.map((component, index) => {
    const { value, clipped } = readingAt(picture, index, cursor.frequency_hz, minute);
    const sign = clipped === "low" ? "≤ " : clipped === "high" ? "≥ " : "";
    const written =
      value === null
        ? w.t("st_missing_or_masked")
        : unitOf(sign + significant(value, 2, w.language), picture.unit);
    return { name: `${w.t("ampat")} ${component}, ${frequency}${THIN}mHz`, value: written, isOptional: true };
  });
}

function phaseRow(picture: Scalogram, cursor: Cursor, minute: number, w: Speaker): Row {
  const { value } = readingAt(picture, 0, cursor.frequency_hz, minute);
  const written = value === null ? w.t("st_missing_or_masked") : number(value, 2, w.language);
  return { name: `H·Z ${w.t("inph")}`, value: written, isOptional: true };
}

function ratioRow(day: StationDayAnswer, minute: number, w: Speaker): Row {
  const ratio = day.zh_ratio;
  const value = ratio?.values[Math.floor(minute / ratio.minutes_per_value)];
  return {
    name: "Z/H",
    value: value == null ? w.t("st_missing_or_masked") : number(value, 2, w.language),
    isOptional: false,
  };
}

function kpRow(day: StationDayAnswer, minute: number, w: Speaker): Row {
  const at = instant(day.day) + minute * MINUTE_MS;
  const found = day.kp.find(({ start }) => at >= instant(start) && at < instant(start) + 180 * MINUTE_MS);
  return {
    name: "Kp",
    value: found ? number(found.kp, 1, w.language) : w.t("st_no_number"),
    isOptional: false,
  };
}

const isWithin = (flag: FlagSpan, day: string, minute: number): boolean =>
  minutesInto(day, flag.start) < minute + 1 && minutesInto(day, flag.end) > minute;

function flagRow(day: StationDayAnswer, minute: number, w: Speaker): Row {
  const found = day.flags.filter((flag) => isWithin(flag, day.day, minute));
  const value = found.length ? found.map((flag) => flagWords(flag, w)).join("; ") : w.t("none");
  return { name: w.t("flags"), value, isOptional: true };
}

/** Everything that is known at the cursor; what is missing says so, never a neighbour's value. */
export function readoutRows(
  { day, amplitude, inPhase, cursor }: ReadoutProps,
  minute: number,
  w: Speaker,
): Row[] {
  return [
    ...fieldRows(day, minute, w),
    ...(amplitude ? amplitudeRows(amplitude, cursor, minute, w) : []),
    ...(inPhase ? [phaseRow(inPhase, cursor, minute, w)] : []),
    ratioRow(day, minute, w),
    kpRow(day, minute, w),
    flagRow(day, minute, w),
  ];
}

function Time({ day, minute }: { day: StationDayAnswer; minute: number | null }) {
  const w = useWords();
  if (minute === null) return <p class="readout-none">{w.t("st_no_cursor")}</p>;
  return (
    <div>
      <div class="readout-time">{clock(minute)} UTC</div>
      <div class="dim">
        {localClock(day.day, minute, day.time_zone)} {zoneName(day.time_zone, instant(day.day))},{" "}
        {w.t("st_minute", { n: minute + 1 })}
      </div>
    </div>
  );
}

/** Beside the stack, and at the bottom of a narrow page: the values at the cursor. */
export function Readout(props: ReadoutProps) {
  const w = useWords();
  const { minute } = props.cursor;
  const rows = minute === null ? [] : readoutRows(props, minute, w);
  const [said, setSaid] = useState("");
  const say = () =>
    setSaid(
      minute === null
        ? w.t("st_no_cursor")
        : `${clock(minute)} UTC. ${rows.map(({ name, value }) => `${name} ${value}`).join(". ")}`,
    );
  useKeys(
    [{ keys: ["r"], written: "r", label: "st_key_read", run: say }],
    [props.cursor, props.day, w.language],
  );
  return (
    <section class="readout" aria-label={w.t("readout")}>
      <h2>{w.t("readout")}</h2>
      <Time day={props.day} minute={minute} />
      {rows.length > 0 && (
        <table class="scrolls" tabIndex={0} aria-label={w.t("readout")}>
          <tbody>
            {rows.map(({ name, value, isOptional }) => (
              <tr key={name} class={isOptional ? "optional" : ""}>
                <th scope="row">{name}</th>
                <td class="n">{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="vh" role="status">
        {said}
      </p>
    </section>
  );
}
