/** Directions on the sphere and what a concentration means. */

const RADIUS_KM = 6371.0088;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

export interface Site {
  readonly latitude_deg: number;
  readonly longitude_deg: number;
}

/** Initial bearing from one place to another [deg from north over east]. */
export function bearingDeg(from: Site, to: Site): number {
  const along = radians(to.longitude_deg - from.longitude_deg);
  const [a, b] = [radians(from.latitude_deg), radians(to.latitude_deg)];
  const y = Math.sin(along) * Math.cos(b);
  const x = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(along);
  return ((Math.atan2(y, x) * 180) / Math.PI + 360) % 360;
}

/** Great-circle distance [km]. */
export function distanceKm(from: Site, to: Site): number {
  const [a, b] = [radians(from.latitude_deg), radians(to.latitude_deg)];
  const half =
    Math.sin((b - a) / 2) ** 2 +
    Math.cos(a) * Math.cos(b) * Math.sin(radians(to.longitude_deg - from.longitude_deg) / 2) ** 2;
  return 2 * RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** Von Mises density relative to its peak, at an angle from its mean. */
export const relativeDensity = (offset_deg: number, kappa: number): number =>
  Math.exp(kappa * (Math.cos(radians(offset_deg)) - 1));

const STEPS = 3600;

/**
 * Half width of the sector around the mean that holds a share of a von Mises distribution [deg].
 *
 * The density is summed numerically from the mean outwards; at concentration zero a share of
 * 0.68 needs 122 degrees, which is no direction at all.
 */
export function sectorDeg(kappa: number, share = 0.68): number {
  const step = 180 / STEPS;
  const density = Array.from({ length: STEPS }, (_, index) => relativeDensity((index + 0.5) * step, kappa));
  const whole = density.reduce((sum, value) => sum + value, 0);
  let held = 0;
  for (const [index, value] of density.entries()) {
    held += value;
    if (held >= share * whole) return (index + 1) * step;
  }
  return 180;
}

const POINTS = {
  en: ["N", "NE", "E", "SE", "S", "SW", "W", "NW"],
  id: ["U", "TL", "T", "TG", "S", "BD", "B", "BL"],
} as const;

/** Letter of the nearest of the eight points of the compass. */
export const compassPoint = (azimuth_deg: number, language: "en" | "id"): string =>
  POINTS[language][Math.round((((azimuth_deg % 360) + 360) % 360) / 45) % 8] ?? "";
