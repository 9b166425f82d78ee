/** Stations on the map: glyph, code, and for what is not ok a framed reason or age. */
import { useMemo } from "preact/hooks";
import { Glyph } from "../frame/glyph.tsx";
import { number } from "../frame/numbers.ts";
import { href } from "../frame/place.ts";
import { useNow } from "../frame/clock.ts";
import { age, instant, shortDateTime } from "../frame/times.ts";
import { remPx } from "../frame/width.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { NetworkAnswer, StationRow } from "../shapes.ts";
import { type Box, type Chip, isInside, overlap, placeLabels, type Placed } from "./label_places.ts";
import type { LensPlace } from "./lens.tsx";
import type { Chart } from "./map_data.ts";
import type { Ring } from "./rings.ts";
import { rollOrder } from "./roll_order.ts";
import { whyOf } from "./roll_call.tsx";

/** Below this width only stations that are not ok carry their code [px]. */
const NARROW = 600;
/** A longer reason stands in the roll call only [letters]. */
const LONGEST = 18;

function detailOf(station: StationRow, now: number, words: Speaker): string {
  if (station.state === "ok") return "";
  const reason = words.of(station.reason);
  if (reason && reason !== words.t(station.state)) {
    return reason.length <= LONGEST ? reason : words.t(station.state);
  }
  if (station.state === "unknown" || !station.newest_sample_at) return words.t(station.state);
  return age(now - instant(station.newest_sample_at), words.language);
}

function chipOf(station: StationRow, at: { x: number; y: number }, detail: string, rem: number): Chip {
  const isBad = station.state !== "ok";
  const letters = station.station_code.length * 0.54 + (detail ? 0.25 + detail.length * 0.41 : 0);
  return {
    station,
    ...at,
    text: detail,
    width: (letters + (isBad ? 0.55 : 0)) * rem * (isBad ? 1 : 0.92),
    height: (isBad ? 1.05 : 0.75) * rem,
    glyph: (isBad ? 1.05 : 0.7) * rem,
  };
}

function Label({ placed }: { placed: Placed }) {
  if (!placed.label) return null;
  const { dx, dy } = placed.label;
  const { state, station_code } = placed.station;
  return (
    <span
      class={`chip-label ${state === "ok" ? "" : state}`}
      style={{ left: `calc(50% + ${dx.toFixed(1)}px)`, top: `calc(50% + ${dy.toFixed(1)}px)` }}
    >
      {station_code}
      {placed.text && <i> {placed.text}</i>}
    </span>
  );
}

/** A link to a station; the roll call holds the same links in the tab order. */
function Pin({ placed, map, words }: { placed: Placed; map: Box; words: Speaker }) {
  const { station } = placed;
  const isOk = station.state === "ok";
  const shown = [station.station_code, placed.text].filter(Boolean).join(" ");
  const name = `${shown}, ${station.name}: ${isOk ? words.t("ok") : whyOf(station, words)}`;
  return (
    <a
      class={`pin ${isOk ? "" : "bad"}`}
      href={href("station", [station.station_code])}
      tabIndex={-1}
      title={name}
      aria-label={name}
      style={{ left: `${(100 * placed.x) / map.width}%`, top: `${(100 * placed.y) / map.height}%` }}
    >
      <Glyph state={station.state} rem={isOk ? 0.7 : 1.05} />
      <Label placed={placed} />
    </a>
  );
}

interface Props {
  readonly answer: NetworkAnswer;
  readonly chart: Chart;
  readonly width: number;
  readonly rings: readonly Ring[];
  readonly lens: LensPlace | null;
}

/** The strongest event with its time: beside its ring, where neither lens nor edge is. */
function largestBox(ring: Ring, scale: number, rem: number, taken: readonly Box[], map: Box): Box {
  const size = { width: 10.4 * rem, height: rem };
  const right = (ring.x + ring.r * 1.15) * scale;
  const left = (ring.x - ring.r * 1.15) * scale - size.width;
  const above = (ring.y - ring.r * 1.6) * scale - 0.5 * rem;
  const below = (ring.y + ring.r * 1.6) * scale - 0.5 * rem;
  const places: Box[] = [
    { left: right, top: above, ...size },
    { left, top: above, ...size },
    { left: right, top: below, ...size },
    { left, top: below, ...size },
  ];
  return places.find((box) => isInside(box, map) && !taken.some((other) => overlap(box, other))) ?? places[0]!;
}

const ringBox = ({ x, y, r }: Ring, scale: number): Box => ({
  left: (x - r) * scale,
  top: (y - r) * scale,
  width: 2 * r * scale,
  height: 2 * r * scale,
});

/** Labels from this magnitude on [M]. */
const STRONG = 6.5;

/** Glyphs, labels, and the time of the strongest event. */
export function Chips({ answer, chart, width, rings, lens }: Props) {
  const words = useWords();
  const now = useNow(60_000);
  const scale = width / chart.width;
  const map: Box = { left: 0, top: 0, width, height: chart.height * scale };
  const rem = remPx();
  const isNarrow = width < NARROW;
  const [largest] = rings;
  const strong = largest && (largest.event.magnitude ?? 0) >= STRONG && !isNarrow ? largest : null;
  const lensBox = lens
    ? [{ left: lens.x * scale, top: lens.y * scale, width: lens.width * scale, height: lens.height * scale }]
    : [];
  const glyphs = answer.stations.map((station) => ({
    left: chart.x(station.longitude_deg) * scale - 0.5 * rem,
    top: chart.y(station.latitude_deg) * scale - 0.5 * rem,
    width: rem,
    height: rem,
  }));
  const strongBox = strong && largestBox(strong, scale, rem, [...lensBox, ...glyphs], map);
  const placed = useMemo(() => {
    const chips = rollOrder(answer.stations, "worst").map((station) => {
      const at = { x: chart.x(station.longitude_deg) * scale, y: chart.y(station.latitude_deg) * scale };
      return chipOf(station, at, isNarrow ? "" : detailOf(station, now, words), rem);
    });
    const kept: Box[] = [
      ...rings.filter((ring) => (ring.event.magnitude ?? 0) >= STRONG).map((ring) => ringBox(ring, scale)),
      ...(strongBox ? [strongBox] : []),
      ...lensBox,
    ];
    const edge = 6 * scale;
    const inside = { left: edge, top: edge, width: width - 2 * edge, height: map.height - 2 * edge };
    const all = placeLabels(chips, inside, kept);
    return isNarrow ? all.map((one) => (one.station.state === "ok" ? { ...one, label: null } : one)) : all;
  }, [answer, chart, width, words.language, Math.floor(now / 60_000), lens]);
  return (
    <>
      {placed.toReversed().map((one) => (
        <Pin key={one.station.station_code} placed={one} map={map} words={words} />
      ))}
      {strong && strongBox && (
        <span class={`evlab${strongBox.left < strong.x * scale ? " before" : ""}`} style={{ width: `${strongBox.width}px`, left: `${(100 * strongBox.left) / map.width}%`, top: `${(100 * strongBox.top) / map.height}%` }}>
          M {number(strong.event.magnitude ?? 0, 1, words.language)}{" "}
          <i>{shortDateTime(instant(strong.event.origin_time), words.language)}</i>
        </span>
      )}
    </>
  );
}
