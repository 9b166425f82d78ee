import { Wait } from "../frame/read.tsx";
import { number, percent } from "../frame/numbers.ts";
import { instant, shortDateTime } from "../frame/times.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { Problem, StationDayAnswer } from "../shapes.ts";
import { useDrawnTheme } from "../stack/canvas.ts";
import { clock } from "../stack/day_axis.ts";
import { Heatmap } from "../stack/heatmap.tsx";
import { Lane, type LaneTick } from "../stack/lane.tsx";
import { maskedShare, type Scalogram, strongest } from "../stack/scalogram.ts";
import { damagedStore } from "./problems.ts";
import { dayInWords } from "./sentences.ts";
import type { ScalogramReading } from "./scalograms.ts";

const TICKS_HZ = [0.1, 0.0316, 0.01];

const ticksOf = ({ frequency }: Scalogram): LaneTick[] =>
  TICKS_HZ.filter((hz) => hz >= frequency.low * 0.99 && hz <= frequency.high * 1.01).map((hz) => ({
    at: 1 - frequency.toUnit(hz),
    text: String(Math.round(hz * 1e3)),
  }));

function amplitudeFinding(scalogram: Scalogram, component: number, day: string, w: Speaker): string {
  const name = scalogram.components[component] ?? "";
  const found = strongest(scalogram, component);
  const words = { component: name, day: dayInWords(day, w.language) };
  if (!found) return w.t("st_amp_masked", words);
  return w.t("st_amp_label", {
    ...words,
    time: clock(found.minute),
    frequency: number(found.frequency_hz * 1e3, 0, w.language),
    masked: percent(maskedShare(scalogram, component), 1, w.language),
  });
}

/** While the bytes are on their way nothing is hatched: nothing is known to be missing. */
function Coming({ names }: { names: readonly string[] }) {
  const w = useWords();
  return (
    <>
      {names.map((name, index) => (
        <Lane key={name} name={name} kind={name.length > 1 ? "scalogram phase reading" : "scalogram reading"}>
          {index === 0 && <Wait what={w.t("scalogram")} />}
        </Lane>
      ))}
    </>
  );
}

/** One sentence where the picture would be: why there is none. */
function Unreadable({
  names,
  problem,
  reason,
}: {
  names: readonly string[];
  problem: Problem | null;
  reason: string;
}) {
  const w = useWords();
  const words = problem ? damagedStore(problem, w) : reason;
  return (
    <>
      {names.map((name, index) => (
        <Lane key={name} name={name} kind={name.length > 1 ? "scalogram phase absent" : "scalogram absent"}>
          {index === 0 && words && <span class="absent-reason">{words}</span>}
        </Lane>
      ))}
    </>
  );
}

export interface ScalogramLanesProps {
  readonly day: StationDayAnswer;
  readonly amplitude: ScalogramReading;
  readonly inPhase: ScalogramReading;
}

function reasonOf(day: StationDayAnswer, w: Speaker): string {
  if (day.has_scalogram) return "";
  const reason = w.of(day.scalogram_reason) || w.t("st_reason_unknown");
  const why = w.t("st_no_value", { reason });
  // Fields are there: what is missing is the picture alone, and it was looked for just now.
  return day.has_data ? `${why}; ${w.t("st_seen", { time: shortDateTime(instant(day.as_of), w.language) })}` : why;
}

function NoPicture({
  names,
  day,
  reading,
}: {
  names: readonly string[];
  day: StationDayAnswer;
  reading: ScalogramReading;
}) {
  const w = useWords();
  if (day.has_scalogram && !reading.problem) return <Coming names={names} />;
  return (
    <Unreadable
      names={names}
      problem={day.has_scalogram ? reading.problem : null}
      reason={reasonOf(day, w)}
    />
  );
}

function AmplitudeLanes({ day, reading }: { day: StationDayAnswer; reading: ScalogramReading }) {
  const w = useWords();
  const picture = day.has_scalogram ? reading.scalogram : null;
  const names = day.components.length ? day.components : ["H", "D", "Z"];
  if (!picture) return <NoPicture names={names} day={day} reading={reading} />;
  return (
    <>
      {picture.components.map((name, component) => (
        <Lane key={name} name={name} kind="scalogram" ticks={ticksOf(picture)}>
          <Heatmap
            scalogram={picture}
            component={component}
            map="amplitude"
            label={amplitudeFinding(picture, component, day.day, w)}
          />
          <i class="frequency-line" />
        </Lane>
      ))}
    </>
  );
}

function PhaseLane({ day, reading }: { day: StationDayAnswer; reading: ScalogramReading }) {
  const w = useWords();
  const theme = useDrawnTheme();
  const picture = day.has_scalogram ? reading.scalogram : null;
  if (!picture) return <NoPicture names={["H·Z"]} day={day} reading={reading} />;
  return (
    <Lane name="H·Z" kind="scalogram phase" ticks={ticksOf(picture)}>
      <Heatmap
        scalogram={picture}
        component={0}
        map={theme === "dark" ? "diverging_dark" : "diverging_light"}
        label={w.t("st_phase_label", { day: dayInWords(day.day, w.language) })}
      />
      <i class="frequency-line" />
    </Lane>
  );
}

/** Amplitude of each component, and the in-phase part of the H–Z cross-spectrum. */
export function ScalogramLanes({ day, amplitude, inPhase }: ScalogramLanesProps) {
  const w = useWords();
  return (
    <>
      <p class="stack-title">
        {w.t("amp")}; {w.t("fr")}
      </p>
      <AmplitudeLanes day={day} reading={amplitude} />
      <p class="stack-title">
        {w.t("inphase")}; {w.t("m8")}
      </p>
      <PhaseLane day={day} reading={inPhase} />
    </>
  );
}
