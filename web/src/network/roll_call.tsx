/** Every configured station, worst first: silence has a row of its own. */
import { useMemo } from "preact/hooks";
import { Age } from "../frame/age.tsx";
import { CoverageKey, CoverageStrip, coverageWords } from "../frame/coverage.tsx";
import { Glyph } from "../frame/glyph.tsx";
import { Panel } from "../frame/panel.tsx";
import { href, type Place, setQuery } from "../frame/place.ts";
import { DAY_MS, shortDay } from "../frame/times.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { NetworkAnswer, StationRow } from "../shapes.ts";
import type { DayCursor } from "./day_cursor.ts";
import type { Days } from "./days.ts";
import { type RollOrder, rollOrder } from "./roll_order.ts";

/** Why a station is not ok: the reason where there is one, else the word of the state. */
export const whyOf = (station: StationRow, words: Speaker): string =>
  words.of(station.reason) || words.t(station.state);

/** The whole reason is the title too: a narrow page cuts it. */
function WhyNot({ station, words }: { station: StationRow; words: Speaker }) {
  const why = whyOf(station, words);
  return (
    <>
      <span class="comma">, </span>
      <span class={`why ${station.state}`} title={why}>
        {why}
      </span>
    </>
  );
}

function Row({ station, words }: { station: StationRow; words: Speaker }) {
  const isOk = station.state === "ok";
  const label = `${words.t("coverage")}: ${coverageWords(station.coverage, words)}`;
  return (
    <li>
      <a class={`row${isOk ? "" : " bad"}`} href={href("station", [station.station_code])}>
        <Glyph state={station.state} rem={0.8} />
        <b>{station.station_code}</b>
        <span class="nm">
          {station.name}
          {isOk ? <span class="vh">, {words.t("ok")}</span> : <WhyNot station={station} words={words} />}
        </span>
        <span class="ag">
          <Age
            at={station.newest_sample_at}
            state={station.state}
            query="/network"
            none={station.state === "unknown" ? "?" : words.t("noage")}
          />
        </span>
        <CoverageStrip cells={station.coverage} label={label} />
      </a>
    </li>
  );
}

function Head({ days, words }: { days: Days; words: Speaker }) {
  return (
    <div class="row h" aria-hidden="true">
      <span class="ag">{words.t("age_word")}</span>
      <span class="span">
        <span>{shortDay(days.start, words.language)}</span>
        <span class="cv">{words.t("coverage").toLowerCase()}</span>
        <span>{shortDay(days.start + (days.n - 1) * DAY_MS, words.language)}</span>
      </span>
    </div>
  );
}

function Cursor({ days, cursor }: { days: Days; cursor: DayCursor }) {
  const dayUnder = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return Math.min(days.n - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * days.n)));
  };
  return (
    <div
      class="over"
      aria-hidden="true"
      onPointerMove={(event) => cursor.point(dayUnder(event))}
      onPointerLeave={() => cursor.point(null)}
      onClick={(event) => cursor.set(dayUnder(event))}
    >
      {cursor.at !== null && (
        <i class="day-here" style={{ left: `${(100 * cursor.at) / days.n}%`, width: `${100 / days.n}%` }} />
      )}
    </div>
  );
}

interface Props {
  readonly answer: NetworkAnswer;
  readonly days: Days;
  readonly cursor: DayCursor;
  readonly place: Place;
}

export const orderOf = (place: Place): RollOrder => (place.query.get("order") === "code" ? "code" : "worst");

/** Change between worst first and by code. */
export const turnOrder = (place: Place): void =>
  setQuery({ order: orderOf(place) === "code" ? null : "code" });

/** The roll call. */
export function RollCall({ answer, days, cursor, place }: Props) {
  const words = useWords();
  const order = orderOf(place);
  const rows = useMemo(
    () => rollOrder(answer.stations, order).map((one) => <Row key={one.station_code} station={one} words={words} />),
    [answer, order, words.language, place.query.toString()],
  );
  const turn = (
    <button type="button" class="plain" onClick={() => turnOrder(place)} title={words.t("key_order")}>
      {words.t(order === "code" ? "by_code" : "worst")}
    </button>
  );
  return (
    <Panel class="roll" title={words.t("rollcall")} sub={turn} source={answer.source} csv={`/network?days=${answer.n_days}&format=csv`} json={`/network?days=${answer.n_days}`}>
      <Head days={days} words={words} />
      <div class="rows">
        <ul>{rows}</ul>
        <Cursor days={days} cursor={cursor} />
      </div>
      <CoverageKey words={words} />
    </Panel>
  );
}
