/** A lens on the densest crowd of events: aftershocks are read one by one, not as a blot. */
import { number } from "../frame/numbers.ts";
import type { Speaker } from "../frame/words.ts";
import type { StationRow } from "../shapes.ts";
import type { Chart } from "./map_data.ts";
import { RingMark } from "./ring_mark.tsx";
import { type Crowd, crowdOf, emptiestCorner, type Ring } from "./rings.ts";

const SIZE = { width: 146, height: 150 };
/** Height that the words at the foot of a lens take [chart units]. */
const LEGEND = 20;
/** Below this width the map has no corner to spare [px]. */
const LEAST_WIDTH = 600;

export interface LensPlace {
  readonly crowd: Crowd;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly zoom: number;
}

/** Where a lens goes and how much it magnifies; null where nothing crowds or no room is. */
export function lensOf(
  rings: readonly Ring[],
  stations: readonly StationRow[],
  chart: Chart,
  width: number,
): LensPlace | null {
  if (width < LEAST_WIDTH) return null;
  const crowd = crowdOf(rings, chart);
  if (!crowd) return null;
  const marks = [
    ...stations.map((station) => ({ x: chart.x(station.longitude_deg), y: chart.y(station.latitude_deg) })),
    ...rings,
  ];
  const corner = emptiestCorner(chart, SIZE, marks, crowd);
  const zoom = ((SIZE.height - LEGEND) / 2 - 6) / crowd.half;
  return { crowd, ...corner, ...SIZE, zoom: Math.min(12, Math.max(1.5, Math.round(2 * zoom) / 2)) };
}

interface Props {
  readonly lens: LensPlace;
  readonly day: string | null;
  readonly words: Speaker;
}

const middleOf = (lens: LensPlace) => ({
  x: lens.x + lens.width / 2,
  y: lens.y + (lens.height - LEGEND) / 2,
});

function Rays({ lens }: { lens: LensPlace }) {
  const { crowd, x, y, width } = lens;
  const half = lens.height / 2 / lens.zoom;
  const isLeft = x < crowd.x;
  const edge = isLeft ? x + width : x;
  const near = isLeft ? crowd.x - half : crowd.x + half;
  return (
    <path
      class="ray"
      d={`M${crowd.x - half},${crowd.y - half}h${2 * half}v${2 * half}h${-2 * half}zM${near},${crowd.y - half}L${edge},${y}M${near},${crowd.y + half}L${edge},${y + lens.height}`}
    />
  );
}

/** The lens; its rings keep the scale of the map, only the distances grow. */
export function Lens({ lens, day, words }: Props) {
  const { crowd, zoom } = lens;
  const middle = middleOf(lens);
  const moved = (ring: Ring): Ring => ({
    ...ring,
    x: middle.x + (ring.x - crowd.x) * zoom,
    y: middle.y + (ring.y - crowd.y) * zoom,
  });
  const inside = crowd.members
    .map(moved)
    .filter((ring) => Math.abs(ring.x - middle.x) < lens.width / 2 - 4 && ring.y > lens.y + 4 && ring.y < lens.y + lens.height - LEGEND);
  return (
    <g class="lens">
      <Rays lens={lens} />
      <rect x={lens.x} y={lens.y} width={lens.width} height={lens.height} />
      {inside.map((ring) => (
        <RingMark key={ring.event.event_id} ring={ring} day={day} words={words} />
      ))}
      <text x={lens.x + 6} y={lens.y + lens.height - 6}>
        {words.t("lens", { n: inside.length, zoom: number(zoom, zoom % 1 ? 1 : 0, words.language) })}
      </text>
    </g>
  );
}
