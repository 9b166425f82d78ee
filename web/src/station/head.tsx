import type { ComponentChildren } from "preact";
import { Age } from "../frame/age.tsx";
import { useNow } from "../frame/clock.ts";
import { Glyph } from "../frame/glyph.tsx";
import { percent } from "../frame/numbers.ts";
import { ModeTag } from "../frame/panel.tsx";
import { DAY_MS, instant } from "../frame/times.ts";
import { isLabel, useWords } from "../frame/words.ts";
import type { StationDayAnswer } from "../shapes.ts";
import { offsetName, zoneName } from "../stack/day_axis.ts";
import { DayNavigator } from "./day_navigator.tsx";
import { clockWithSeconds, kpInThirds, placeOnEarth, seconds } from "./sentences.ts";

function Fact({
  value,
  words,
  tone = "",
}: {
  value: ComponentChildren;
  words: ComponentChildren;
  tone?: string;
}) {
  return (
    <div class="fact">
      <b class={tone}>{value}</b>
      <small>{words}</small>
    </div>
  );
}

function MissingFact({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  if (day.missing_s === null) return null;
  const spans = day.flags.filter(({ is_missing }) => is_missing);
  const only = spans.length === 1 ? spans[0] : undefined;
  const where = only
    ? `${clockWithSeconds(only.start)}–${clockWithSeconds(only.end)}`
    : spans.length > 1
      ? w.t("st_spans", { n: spans.length })
      : "";
  return <Fact value={seconds(day.missing_s, w.language)} words={`${w.t("missing")} ${where}`} />;
}

function KpFact({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  if (day.kp_max === null) return null;
  const words = day.is_storm ? w.t("storm_day") : w.t("st_kp_most");
  return <Fact value={`Kp ${kpInThirds(day.kp_max)}`} words={words} tone={day.is_storm ? "late" : ""} />;
}

/** End of the day once it is over, else the newest sample: what the age is counted from. */
function AgeFact({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  const now = useNow();
  const end = instant(day.day) + DAY_MS;
  const at = end <= now ? new Date(end).toISOString() : (day.newest_datum_at ?? null);
  if (!day.has_data || at === null) return null;
  return <Fact value={<Age at={at} query={day.source} />} words={w.t("olds")} />;
}

/** Who, where, how complete, how stormy, how old; and the way to other days. */
export function Head({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  const offset = offsetName(Math.round(day.utc_offset_h * 60));
  const zone = zoneName(day.time_zone, instant(day.day));
  return (
    <div class="station-head">
      <div>
        <h1>
          {day.station_code} <span>{day.name}</span> <ModeTag />
        </h1>
        <p class="meta">
          {placeOnEarth(day.latitude_deg, day.longitude_deg, w.language)},{" "}
          {zone === offset ? zone : `${zone} (${offset})`}
          {day.state !== "ok" && (
            <span class={`loud ${day.state}`}>
              {" "}
              <Glyph state={day.state} /> {isLabel(day.state) ? w.t(day.state) : day.state}
            </span>
          )}
        </p>
      </div>
      {day.coverage !== null && <Fact value={percent(day.coverage, 2, w.language)} words={w.t("coverage")} />}
      <MissingFact day={day} />
      <KpFact day={day} />
      <AgeFact day={day} />
      <DayNavigator day={day} />
    </div>
  );
}
