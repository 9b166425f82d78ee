/** The map: coast, plate boundaries, earthquakes to scale, stations by their state. */
import { useMemo } from "preact/hooks";
import { useNow } from "../frame/clock.ts";
import { number } from "../frame/numbers.ts";
import { Panel } from "../frame/panel.tsx";
import { instant, shortDay } from "../frame/times.ts";
import { useWidth } from "../frame/width.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { NetworkAnswer } from "../shapes.ts";
import { ChartFrame } from "./chart_frame.tsx";
import { Chips } from "./chips.tsx";
import { byMagnitude } from "./days.ts";
import { Lens, lensOf, type LensPlace } from "./lens.tsx";
import { type Chart, chartOf, type Region, useMapLines } from "./map_data.ts";
import { RingMark } from "./ring_mark.tsx";
import { radiusOf, type Ring, ringsOf } from "./rings.ts";

interface Props {
  readonly answer: NetworkAnswer;
  /** ISO day under the cursor. */
  readonly day: string | null;
}

function finding(answer: NetworkAnswer, words: Speaker): string {
  const [largest] = [...answer.events].sort(byMagnitude);
  const m = largest?.magnitude;
  return words.t("map_label", {
    n: answer.stations.length,
    bad: answer.stations.filter((station) => station.state !== "ok").length,
    events: answer.events.length,
    days: answer.n_days,
    largest:
      largest && typeof m === "number"
        ? words.t("map_largest", {
            m: number(m, 1, words.language),
            day: shortDay(instant(largest.origin_time), words.language),
          })
        : "",
  });
}

const KEY_MAGNITUDES = [4.5, 5.5, 6.5, 7.5];

function KeyRing({ scale, magnitude, deep = false }: { scale: number; magnitude: number; deep?: boolean }) {
  const r = radiusOf(magnitude) * scale;
  const size = 2 * r + 3;
  return (
    <svg width={size.toFixed(1)} height={size.toFixed(1)} aria-hidden="true">
      <circle class={`ev${deep ? " deep" : ""}`} cx={size / 2} cy={size / 2} r={r.toFixed(1)} />
    </svg>
  );
}

/** The key; its rings have the scale of the map. */
function MapKey({ scale, words }: { scale: number; words: Speaker }) {
  return (
    <div class="key map-key">
      <span>
        <svg width="26" height="8" aria-hidden="true">
          <path class="pl" d="M0 4h26" />
        </svg>
        {words.t("plate")}
      </span>
      {KEY_MAGNITUDES.map((magnitude) => (
        <span key={magnitude}>
          <KeyRing scale={scale} magnitude={magnitude} />M {number(magnitude, 1, words.language)}
        </span>
      ))}
      <span>
        <KeyRing scale={scale} magnitude={6.2} />
        {words.t("shallow")}
      </span>
      <span>
        <KeyRing scale={scale} magnitude={6.2} deep />
        {words.t("deep")}
      </span>
      <span class="dim">{words.t("map_credit")}</span>
    </div>
  );
}

function Ground({ chart }: { chart: Chart }) {
  const lines = useMapLines(chart);
  if (lines === null || lines === "failed") return null;
  return (
    <g>
      <path class="land" d={lines.coast} />
      <path class="pl" d={lines.plates} />
    </g>
  );
}

/** What a lens shows apart is thin on the map; the strongest keeps its weight. */
function faded(ring: Ring, lens: LensPlace | null): Ring {
  const isShown = lens !== null && ring !== lens.crowd.largest && lens.crowd.members.includes(ring);
  return isShown ? { ...ring, opacity: ring.opacity * 0.4 } : ring;
}

/** The map of the network. */
export function NetworkMap({ answer, day }: Props) {
  const words = useWords();
  const { language } = words;
  const now = useNow(600_000);
  const [box, width] = useWidth<HTMLDivElement>();
  const chart = useMemo(() => chartOf(answer.region_deg as unknown as Region), [answer.region_deg.join()]);
  const rings = useMemo(() => ringsOf(answer.events, chart, now), [answer.events, chart, Math.floor(now / 600_000)]);
  const lens = useMemo(() => lensOf(rings, answer.stations, chart, width), [rings, answer.stations, chart, width < 600]);
  const scale = width / chart.width;
  const ground = useMemo(() => <Ground chart={chart} />, [chart]);
  const frame = useMemo(() => <ChartFrame chart={chart} scale={scale} language={language} />, [chart, scale, language]);
  return (
    <Panel
      class="mapsec"
      title={words.t("mapcap")}
      source={answer.events_source}
      newestAt={answer.newest_event_at}
      csv={`/network?days=${answer.n_days}&format=csv`}
    >
      <div class="map">
        <div class="inner" ref={box}>
          <svg class="m" viewBox={`0 0 ${chart.width} ${chart.height}`} role="img" aria-label={finding(answer, words)}>
            {ground}
            {frame}
            {rings.map((ring) => (
              <RingMark key={ring.event.event_id} ring={faded(ring, lens)} day={day} words={words} />
            ))}
            {lens && <Lens lens={lens} day={day} words={words} />}
          </svg>
          {width > 0 && <Chips answer={answer} chart={chart} width={width} rings={rings} lens={lens} />}
        </div>
      </div>
      <MapKey scale={scale || 1} words={words} />
    </Panel>
  );
}
