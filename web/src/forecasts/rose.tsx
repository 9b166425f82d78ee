import { number, percent } from "../frame/numbers.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { QuakeEvent, Score } from "../shapes.ts";
import { bearingDeg, compassPoint, distanceKm, relativeDensity, sectorDeg, type Site } from "./direction.ts";

const SIZE = 200;
const CENTRE = SIZE / 2;
const RIM = 78;
const SHARE = 0.68;
/** A wider sector than this points nowhere. */
const NO_DIRECTION_DEG = 90;

const at = (azimuth_deg: number, radius: number): string => {
  const angle = ((azimuth_deg - 90) * Math.PI) / 180;
  return `${(CENTRE + radius * Math.cos(angle)).toFixed(1)},${(CENTRE + radius * Math.sin(angle)).toFixed(1)}`;
};

function densityPath(azimuth_deg: number, kappa: number): string {
  const points = Array.from({ length: 121 }, (_, index) => {
    const offset = -180 + index * 3;
    return at(azimuth_deg + offset, RIM * relativeDensity(offset, kappa));
  });
  return `M${points.join("L")}z`;
}

function sectorPath(azimuth_deg: number, half_deg: number): string {
  const large = half_deg > 90 ? 1 : 0;
  return `M${CENTRE},${CENTRE}L${at(azimuth_deg - half_deg, RIM)}A${RIM},${RIM} 0 ${large} 1 ${at(azimuth_deg + half_deg, RIM)}z`;
}

function Compass({ w }: { w: Speaker }) {
  return (
    <>
      <circle class="rim" cx={CENTRE} cy={CENTRE} r={RIM} />
      {[0, 45, 90, 135, 180, 225, 270, 315].map((azimuth) => {
        const [x, y] = at(azimuth, RIM + 12).split(",");
        return (
          <g key={azimuth}>
            <path class="rim" d={`M${at(azimuth, RIM - 5)}L${at(azimuth, RIM)}`} />
            {azimuth % 90 === 0 && (
              <text x={x} y={Number(y) + 4} text-anchor="middle">
                {compassPoint(azimuth, w.language)}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}

function Targets({ events, site }: { events: readonly QuakeEvent[]; site: Site }) {
  const w = useWords();
  return (
    <>
      {events.map((event) => {
        const [x, y] = at(bearingDeg(site, event), RIM).split(",");
        const words = `M ${number(event.magnitude ?? 0, 1, w.language)}, ${number(distanceKm(site, event), 0, w.language)} km`;
        return (
          <circle
            key={event.event_id}
            class="target"
            cx={x}
            cy={y}
            r={Math.min(9, Math.max(3, 0.045 * 10 ** (0.32 * (event.magnitude ?? 5))))}
          >
            <title>{words}</title>
          </circle>
        );
      })}
    </>
  );
}

/** Direction in words: the azimuth with its sector, or that there is none. */
export function directionWords(score: Score, w: Speaker): string {
  const { azimuth_deg: azimuth, azimuth_kappa: kappa } = score;
  if (azimuth === null) return w.t("fo_no_azimuth");
  if (kappa === null) {
    return w.t("fo_azimuth_alone", {
      azimuth: number(azimuth, 0, w.language),
      point: compassPoint(azimuth, w.language),
    });
  }
  const half = sectorDeg(kappa, SHARE);
  const words = {
    azimuth: number(azimuth, 0, w.language),
    point: compassPoint(azimuth, w.language),
    half: number(half, 0, w.language),
    share: percent(SHARE, 0, w.language),
  };
  return w.t(half > NO_DIRECTION_DEG ? "fo_azimuth_vague" : "fo_azimuth", words);
}

export interface RoseProps {
  readonly score: Score;
  readonly site: Site | null;
  readonly targets: readonly QuakeEvent[];
}

/** Compass with the forecast direction, the sector that its concentration means, and what came. */
export function Rose({ score, site, targets }: RoseProps) {
  const w = useWords();
  const { azimuth_deg: azimuth, azimuth_kappa: kappa } = score;
  return (
    <svg class="rose" viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={directionWords(score, w)}>
      {azimuth !== null && kappa !== null && (
        <path class="sector" d={sectorPath(azimuth, sectorDeg(kappa, SHARE))} />
      )}
      <Compass w={w} />
      {azimuth !== null && kappa !== null && <path class="density" d={densityPath(azimuth, kappa)} />}
      {azimuth !== null && (
        <path
          class={`needle ${kappa === null ? "alone" : ""}`}
          d={`M${CENTRE},${CENTRE}L${at(azimuth, RIM)}`}
        />
      )}
      {site && <Targets events={targets} site={site} />}
      <circle class="station-dot" cx={CENTRE} cy={CENTRE} r={4} />
    </svg>
  );
}
