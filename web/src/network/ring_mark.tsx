/** One earthquake on the map: a ring that tells itself by its title. */
import { number } from "../frame/numbers.ts";
import { instant, shortDateTime } from "../frame/times.ts";
import type { Speaker } from "../frame/words.ts";
import type { QuakeEvent } from "../shapes.ts";
import { isOnDay } from "./days.ts";
import type { Ring } from "./rings.ts";

/** One event: place, magnitude, time, depth. */
export function eventTitle(event: QuakeEvent, words: Speaker): string {
  const m = event.magnitude === null ? "?" : number(event.magnitude, 1, words.language);
  const depth = event.depth_km === null ? "?" : number(event.depth_km, 0, words.language);
  return `M ${m} · ${shortDateTime(instant(event.origin_time), words.language)} · ${depth} km`;
}

/** The ring; it is loud while its day is under the cursor. */
export function RingMark({ ring, day, words }: { ring: Ring; day: string | null; words: Speaker }) {
  const hot = isOnDay(ring.event, day) ? " hot" : "";
  return (
    <circle
      class={`ev${ring.isDeep ? " deep" : ""}${hot}`}
      cx={ring.x.toFixed(1)}
      cy={ring.y.toFixed(1)}
      r={ring.r.toFixed(1)}
      opacity={hot ? 1 : ring.opacity.toFixed(2)}
      stroke-width={(ring.event.magnitude ?? 0) >= 6 ? 1.8 : 0.8}
    >
      <title>{eventTitle(ring.event, words)}</title>
    </circle>
  );
}
