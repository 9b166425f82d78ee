import { useAnswer } from "../frame/answers.ts";
import { Ago } from "../frame/age.tsx";
import { now } from "../frame/clock.ts";
import { useKeys } from "../frame/keys.ts";
import { go, href, type Place } from "../frame/place.ts";
import { ProblemNote, Read, Wait } from "../frame/read.tsx";
import { English, Said } from "../frame/said.tsx";
import { dateTime, DAY_MS, instant, isoDay } from "../frame/times.ts";
import type { View } from "../frame/view.ts";
import { useWords } from "../frame/words.ts";
import type { CoverageAnswer, NetworkAnswer, Problem, StationDayAnswer } from "../shapes.ts";
import { useCursor } from "./cursor.ts";
import { DayCalendar } from "./day_calendar.tsx";
import { dayAddress } from "./day_navigator.tsx";
import { Head } from "./head.tsx";
import { Legend } from "./legend.tsx";
import { Provenance } from "./provenance.tsx";
import { Readout } from "./readout.tsx";
import { useScalogram } from "./scalograms.ts";
import { StackOfDay } from "./stack_of_day.tsx";
import "../stack/stack.css";
import "./station.css";
import "./calendar.css";

/** Sentence for a day without data: the last sample, or the newest day where no sample is known. */
function NoDataLine({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  const { station_code: code, last_day: last, newest_datum_at: newest } = day;
  if (!newest)
    return (
      <>
        {last === null ? w.t("st_never_data", { code }) : w.t("st_no_data_day", { code, day: day.day, last })}
      </>
    );
  return (
    <>
      {w.t("st_no_data", { code, day: day.day, time: dateTime(instant(newest)) })} <Ago at={newest} />.
    </>
  );
}

function WaysToData({
  code,
  day,
  first,
  last,
}: {
  code: string;
  day: string;
  first: string | null;
  last: string | null;
}) {
  const w = useWords();
  return (
    <>
      <p class="no-data-ways">
        {first !== null && <a href={dayAddress(code, first)}>{w.t("st_to_first", { day: first })}</a>}{" "}
        {last !== null && <a href={dayAddress(code, last)}>{w.t("st_to_last", { day: last })}</a>}
      </p>
      <DayCalendar code={code} day={day} />
    </>
  );
}

/** Why there is nothing to draw. */
function NoData({ day }: { day: StationDayAnswer }) {
  return (
    <div class="no-data hatched">
      <p class="no-data-line">
        <NoDataLine day={day} />
      </p>
      {day.reason.en && (
        <p>
          <Said words={day.reason} label="st_no_value" />
        </p>
      )}
      <WaysToData code={day.station_code} day={day.day} first={day.first_day} last={day.last_day} />
    </div>
  );
}

/** A day before or behind the archive: its end that is nearest, and the way there. */
function Outside({ code, day, nearest }: { code: string; day: string; nearest: string }) {
  const w = useWords();
  const isBefore = day < nearest;
  return (
    <div class="no-data hatched">
      <h1 class="no-data-line">
        {w.t(isBefore ? "st_archive_begins" : "st_archive_ends", { code, day: nearest })}
      </h1>
      <WaysToData
        code={code}
        day={nearest}
        first={isBefore ? nearest : null}
        last={isBefore ? null : nearest}
      />
    </div>
  );
}

function Day({ day, place }: { day: StationDayAnswer; place: Place }) {
  const path = `/stations/${day.station_code}/days/${day.day}/scalogram`;
  const sha256 = day.provenance?.sha256 ?? null;
  const amplitude = useScalogram(day.has_scalogram ? `${path}?kind=amplitude` : null, sha256);
  const inPhase = useScalogram(day.has_scalogram ? `${path}?kind=in_phase` : null, sha256);
  const movable = useCursor(place);
  return (
    <div class="station">
      <Head day={day} />
      {day.has_data ? (
        <StackOfDay day={day} amplitude={amplitude} inPhase={inPhase} movable={movable} />
      ) : (
        <NoData day={day} />
      )}
      <aside>
        {day.has_data && (
          <Readout
            day={day}
            amplitude={amplitude.scalogram}
            inPhase={inPhase.scalogram}
            cursor={movable.cursor}
          />
        )}
        {day.has_data && <Legend amplitude={amplitude.scalogram} />}
        <Provenance day={day} />
      </aside>
    </div>
  );
}

const A_DAY = /^\d{4}-\d{2}-\d{2}$/;

interface UnknownProps {
  readonly code: string;
  readonly day?: string;
  readonly problem: Problem;
  readonly since: number | null;
}

function Unknown({ code, day, problem, since }: UnknownProps) {
  const w = useWords();
  if (problem.status !== 404 && problem.status !== 422)
    return <ProblemNote problem={problem} since={since} />;
  const { nearest } = problem;
  if (day && nearest && A_DAY.test(nearest)) return <Outside code={code} day={day} nearest={nearest} />;
  if (day && problem.status === 422) return <NoSuchDay code={code} day={day} />;
  if (!nearest) return <NotFound detail={problem.detail || problem.title} />;
  return (
    <div class="unknown-station">
      <h1>{w.t("st_unknown", { code })}</h1>
      <p>
        <a href={href("station", [nearest])}>{w.t("st_nearest", { code: nearest })}</a>
      </p>
      <p>
        <a href={href("network")}>{w.t("st_all_stations")}</a>
      </p>
    </div>
  );
}

/** What stands in the address is no day of any calendar. */
function NoSuchDay({ code, day }: { code: string; day: string }) {
  const w = useWords();
  return (
    <div class="unknown-station">
      <h1>{w.t("st_no_day", { day })}</h1>
      <p>
        <a href={href("station", [code])}>{w.t("st_newest_of", { code })}</a>
      </p>
    </div>
  );
}

/** The server's own words where it names nothing that is near. */
function NotFound({ detail }: { detail: string }) {
  const w = useWords();
  return (
    <div class="unknown-station">
      <h1>
        <English>{detail}</English>
      </h1>
      <p>
        <a href={href("network")}>{w.t("st_all_stations")}</a>
      </p>
    </div>
  );
}

function useStationKeys(code: string, day: string | null): void {
  const stations = useAnswer<NetworkAnswer>("/network?days=30").answer?.stations ?? [];
  const step = (by: number) => () => {
    const at = stations.findIndex((station) => station.station_code === code);
    const to = stations[(at + by + stations.length) % stations.length];
    if (to) go(day === null ? href("station", [to.station_code]) : dayAddress(to.station_code, day));
  };
  useKeys(
    [
      { keys: ["n"], written: "n", label: "st_key_next", run: step(1) },
      { keys: ["p"], written: "p", label: "st_key_previous", run: step(-1) },
    ],
    [code, day, stations],
  );
}

function DayOfStation({ code, day, place }: { code: string; day: string; place: Place }) {
  const reading = useAnswer<StationDayAnswer>(
    `/stations/${encodeURIComponent(code)}/days/${encodeURIComponent(day)}`,
  );
  if (!reading.answer && reading.problem)
    return <Unknown code={code} day={day} problem={reading.problem} since={reading.failedSince} />;
  return (
    <Read reading={reading} what={`${code} ${day}`}>
      {(answer) => <Day day={answer} place={place} />}
    </Read>
  );
}

/** Newest day of a station, where the address names none. */
function NewestDay({ code, place }: { code: string; place: Place }) {
  const reading = useAnswer<CoverageAnswer>(
    `/stations/${encodeURIComponent(code)}/coverage?year=${new Date(now()).getUTCFullYear()}`,
  );
  if (!reading.answer) {
    return reading.problem ? (
      <Unknown code={code} problem={reading.problem} since={reading.failedSince} />
    ) : (
      <Wait what={code} />
    );
  }
  const day = reading.answer.last_day ?? isoDay(now() - DAY_MS);
  return <DayOfStation code={code} day={day} place={place} />;
}

function StationView({ place }: { place: Place }) {
  const w = useWords();
  const network = useAnswer<NetworkAnswer>(place.parts[0] ? null : "/network?days=30");
  const code = place.parts[0]?.toUpperCase() ?? network.answer?.stations[0]?.station_code;
  const day = place.parts[1] ?? null;
  useStationKeys(code ?? "", day);
  if (!code) {
    return (
      <Read reading={network} what={w.t("station")}>
        {() => <p class="wait">{w.t("st_none_configured")}</p>}
      </Read>
    );
  }
  return day === null ? (
    <NewestDay code={code} place={place} />
  ) : (
    <DayOfStation code={code} day={day} place={place} />
  );
}

export const station: View = {
  name: "station",
  component: StationView,
  title: (place, words) => [place.parts[0], place.parts[1], words.t("station")].filter(Boolean).join(" "),
};
