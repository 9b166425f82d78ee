/** Events as rings: size by magnitude, dash by depth, fading with age; where they crowd. */
import { DAY_MS, instant } from "../frame/times.ts";
import type { QuakeEvent } from "../shapes.ts";
import { byMagnitude } from "./days.ts";
import type { Chart } from "./map_data.ts";

export const DEEP_KM = 70;
const FADING_DAYS = 30;
const CROWD_DEG = 1.5;
/** From this count on, a crowd gets a lens of its own. */
const CROWD = 12;

export interface Ring {
  readonly event: QuakeEvent;
  readonly x: number;
  readonly y: number;
  readonly r: number;
  readonly isDeep: boolean;
  readonly opacity: number;
}

/** Radius of a magnitude [chart units]: 10^(0.32 M), so that a unit of M doubles it. */
export const radiusOf = (magnitude: number | null): number =>
  1.2 + 1.6 * 10 ** (0.32 * ((magnitude ?? 4) - 4.5));

/** Rings, smallest last so that they stay on top. */
export function ringsOf(events: readonly QuakeEvent[], chart: Chart, now: number): readonly Ring[] {
  return [...events].sort(byMagnitude).map((event) => {
    const days = (now - instant(event.origin_time)) / DAY_MS;
    const fading = 1 - 0.7 * Math.min(1, Math.max(0, days / FADING_DAYS));
    return {
      event,
      x: chart.x(event.longitude_deg),
      y: chart.y(event.latitude_deg),
      r: radiusOf(event.magnitude),
      isDeep: (event.depth_km ?? 0) >= DEEP_KM,
      opacity: fading * ((event.magnitude ?? 0) < 5.5 ? 0.7 : 1),
    };
  });
}

/** Events around a strong one, too dense for the map's scale. */
export interface Crowd {
  readonly largest: Ring;
  /** All of them, those outside the half width too. */
  readonly members: readonly Ring[];
  /** Centre and half width [chart units]. */
  readonly x: number;
  readonly y: number;
  readonly half: number;
}

/** Value below which a share of the values lies. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Share of a crowd that its lens must hold; stragglers stay on the map. */
const HELD = 0.85;

/** The densest neighbourhood of an event, if it is a crowd: aftershocks, swarms. */
export function crowdOf(rings: readonly Ring[], chart: Chart): Crowd | null {
  const reach = CROWD_DEG * chart.perDegree;
  const around = (ring: Ring) =>
    rings.filter((other) => Math.hypot(other.x - ring.x, other.y - ring.y) <= reach);
  let best: { largest: Ring; members: readonly Ring[] } | null = null;
  for (const ring of rings) {
    const members = around(ring);
    if (members.length >= CROWD && members.length > (best?.members.length ?? 0)) {
      best = { largest: members[0]!, members };
    }
  }
  if (!best) return null;
  const xs = best.members.map((ring) => ring.x);
  const ys = best.members.map((ring) => ring.y);
  const x = quantile(xs, 0.5);
  const y = quantile(ys, 0.5);
  const far = best.members.map((ring) => Math.max(Math.abs(ring.x - x), Math.abs(ring.y - y)));
  return { ...best, x, y, half: Math.max(4, quantile(far, HELD)) };
}

/** A mark under a lens weighs as much as this way to it [chart units]. */
const WAY_PER_MARK = 110;

/** Corner of the chart with the fewest marks that is not far, for a lens of a size. */
export function emptiestCorner(
  chart: Chart,
  size: { readonly width: number; readonly height: number },
  marks: readonly { readonly x: number; readonly y: number }[],
  from: { readonly x: number; readonly y: number },
): { readonly x: number; readonly y: number } {
  const margin = 10;
  const left = margin + 24;
  const bottom = chart.height - size.height - margin - 14;
  const corners = [
    { x: left, y: bottom },
    { x: chart.width - size.width - margin, y: bottom },
    { x: left, y: margin },
    { x: chart.width - size.width - margin, y: margin },
  ];
  const inside = (corner: { x: number; y: number }) =>
    marks.filter(
      (mark) =>
        mark.x > corner.x - 20 &&
        mark.x < corner.x + size.width + 20 &&
        mark.y > corner.y - 20 &&
        mark.y < corner.y + size.height + 20,
    ).length;
  const way = (corner: { x: number; y: number }) =>
    Math.hypot(corner.x + size.width / 2 - from.x, corner.y + size.height / 2 - from.y);
  const cost = (corner: { x: number; y: number }) => inside(corner) + way(corner) / WAY_PER_MARK;
  return corners.reduce((best, corner) => (cost(corner) < cost(best) ? corner : best));
}
