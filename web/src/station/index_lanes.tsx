import type { ComponentChildren } from "preact";
import { number } from "../frame/numbers.ts";
import { Said } from "../frame/said.tsx";
import { instant } from "../frame/times.ts";
import { useWords } from "../frame/words.ts";
import type { DstHour, KpInterval, StationDayAnswer, Words } from "../shapes.ts";
import { minutesInto, MINUTES_PER_DAY } from "../stack/day_axis.ts";
import { Lane } from "../stack/lane.tsx";
import { kpInThirds } from "./sentences.ts";

const KP_MOST = 9;
export const STORM_KP = 5;
const KP_MINUTES = 180;
const DST_MINUTES = 60;
/** Place of zero in the lane, and the share of it below. */
const DST_ZERO = 0.2;
const DST_ROOM = 0.78;

const percent = (minutes: number): string => `${(minutes / MINUTES_PER_DAY) * 100}%`;

/** A hatched lane with the reason why there is no value. */
export function NoValue({ name, reason }: { name: string; reason: Words }) {
  return (
    <Lane name={name} kind="absent">
      <span class="absent-reason">
        <Said words={reason} label="st_no_value" />
      </span>
    </Lane>
  );
}

function KpBar({ interval, day }: { interval: KpInterval; day: string }) {
  const written = kpInThirds(interval.kp);
  const share = interval.kp / KP_MOST;
  const isStorm = interval.kp >= STORM_KP - 0.01;
  return (
    <div
      class={`kp-bar ${isStorm ? "storm" : ""} ${share > 0.4 ? "" : "short"}`}
      style={{ left: percent(minutesInto(day, interval.start)), width: percent(KP_MINUTES) }}
      title={`${written}, ${interval.status}`}
    >
      <i style={{ height: `${share * 100}%` }} />
      <span style={{ bottom: `${share * 100}%` }}>{written}</span>
    </div>
  );
}

/** Kp of three hours each; ochre from 5. Hours without a value keep the hatch. */
export function KpLane({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  if (day.kp.length === 0) return <NoValue name="Kp" reason={day.kp_reason} />;
  const most = Math.max(...day.kp.map(({ kp }) => kp));
  return (
    <Lane name="Kp" kind="kp">
      <Described label={w.t("st_kp_label", { most: kpInThirds(most) })}>
        {day.kp.map((interval) => (
          <KpBar key={interval.start} interval={interval} day={day.day} />
        ))}
      </Described>
    </Lane>
  );
}

function Described({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="described" role="img" aria-label={label}>
      {children}
    </div>
  );
}

function lowest(hours: readonly DstHour[]): DstHour {
  return hours.reduce((least, hour) => (hour.dst_nt < least.dst_nt ? hour : least));
}

/** Hourly Dst, hanging from zero; the least value is written. */
export function DstLane({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  if (day.dst.length === 0) return <NoValue name="Dst" reason={day.dst_reason} />;
  const least = lowest(day.dst);
  // Fixed as long as the day is quiet, so that days can be compared.
  const span = Math.max(50, ...day.dst.map(({ dst_nt }) => Math.abs(dst_nt)));
  const words = w.t("st_dst_label", {
    least: number(least.dst_nt, 0, w.language),
    time: new Date(instant(least.start)).toISOString().slice(11, 16),
  });
  return (
    <Lane name="Dst" kind="dst" ticks={[{ at: DST_ZERO, text: "0" }, { at: DST_ZERO + DST_ROOM, text: number(-span, 0, w.language) }]}>
      <Described label={words}>
        {day.dst.map(({ start, dst_nt }) => (
          <i
            key={start}
            class={`dst-bar ${dst_nt < 0 ? "below" : "above"}`}
            style={{
              left: percent(minutesInto(day.day, start)),
              width: percent(DST_MINUTES),
              height: `${(Math.abs(dst_nt) / span) * 100 * (dst_nt < 0 ? DST_ROOM : DST_ZERO)}%`,
            }}
          />
        ))}
      </Described>
      <span class="lane-note right">{words}</span>
    </Lane>
  );
}
