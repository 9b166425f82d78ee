/** The line that is read at five metres: how many stations are in which state. */
import { Age } from "../frame/age.tsx";
import { Glyph } from "../frame/glyph.tsx";
import { useWords } from "../frame/words.ts";
import type { NetworkAnswer, StateCount } from "../shapes.ts";
import { STATES } from "./roll_order.ts";

const SHOWN_CODES = 6;

function codes(count: StateCount): string {
  const shown = count.station_codes.slice(0, SHOWN_CODES).join(", ");
  return count.n > SHOWN_CODES ? `${shown}, +${count.n - SHOWN_CODES}` : shown;
}

function State({ count, nStations }: { count: StateCount; nStations: number }) {
  const words = useWords();
  const { state, n } = count;
  return (
    <div class={n ? "" : "zero"}>
      <Glyph state={state} rem={1.9} />
      <span class={`big ${state}`}>{n}</span>
      <span class="lab">
        <b class={state}>{words.t(state)}</b>
        <small>{state === "ok" ? words.t("of_stations", { n: nStations }) : codes(count)}</small>
      </span>
    </div>
  );
}

/** Newest sample of all stations; null where no station ever sent one. */
export function newestSample(answer: NetworkAnswer): string | null {
  const times = answer.stations.map((station) => station.newest_sample_at ?? "").sort();
  return times.at(-1) || null;
}

/** Counts, worst first; a zero stays. */
export function StateCounts({ answer }: { answer: NetworkAnswer }) {
  const words = useWords();
  const of = (state: StateCount["state"]): StateCount =>
    answer.counts.find((count) => count.state === state) ?? { state, n: 0, station_codes: [] };
  return (
    <section class="count" aria-label={words.t("states_label")}>
      {STATES.map((state) => (
        <State key={state} count={of(state)} nStations={answer.stations.length} />
      ))}
      <div class="newest">
        <span class="lab">
          <small>{words.t("newest_in_network")}</small>
          <b>
            <Age at={newestSample(answer)} query="/network" />
          </b>
        </span>
      </div>
    </section>
  );
}
