import { useMemo, useRef } from "preact/hooks";
import { instant } from "../frame/times.ts";
import { useWords } from "../frame/words.ts";
import type { StationDayAnswer } from "../shapes.ts";
import { remPx } from "../frame/width.ts";
import { useSize } from "../stack/canvas.ts";
import { clock, localClock, MINUTES_PER_DAY, zoneName } from "../stack/day_axis.ts";
import { type Cursor, HIGH_HZ, LOW_HZ, type Movable } from "./cursor.ts";
import { FieldLanes } from "./field_lanes.tsx";
import { FlagLane } from "./flag_lane.tsx";
import { DstLane, KpLane } from "./index_lanes.tsx";
import { RatioLane } from "./ratio_lane.tsx";
import { ScalogramLanes } from "./scalogram_lanes.tsx";
import type { ScalogramReading } from "./scalograms.ts";

const NARROW_REM = 31;
/** Taps this near to each other are on the same minute for a finger. */
const TAP_PX = 6;

function Axis({ day, step }: { day: StationDayAnswer; step: number }) {
  const minutes = Array.from({ length: MINUTES_PER_DAY / step + 1 }, (_, index) => index * step);
  const place = (minute: number): string =>
    minute === 0 ? "first" : minute === MINUTES_PER_DAY ? "last" : "";
  return (
    <div class="lane axis">
      <div class="lane-gutter">
        UTC
        <br />
        <span class="dim">{zoneName(day.time_zone, instant(day.day))}</span>
      </div>
      <div class="lane-drawing">
        {minutes.map((minute) => (
          <span
            key={minute}
            class={`axis-tick ${place(minute)}`}
            style={{ left: `${(minute / MINUTES_PER_DAY) * 100}%` }}
          >
            {clock(minute)}
            <u>{localClock(day.day, minute, day.time_zone)}</u>
          </span>
        ))}
      </div>
    </div>
  );
}

/** Minute under a pointer, from the box that all panels share; null in the gutter. */
function minuteAt(event: PointerEvent, stack: HTMLElement): { minute: number; perPixel: number } | null {
  const box = stack.querySelector(".axis .lane-drawing")?.getBoundingClientRect();
  if (!box || box.width === 0) return null;
  const minute = Math.floor(((event.clientX - box.left) / box.width) * MINUTES_PER_DAY);
  return minute >= 0 && minute < MINUTES_PER_DAY ? { minute, perPixel: MINUTES_PER_DAY / box.width } : null;
}

/** Frequency under a pointer that is over a scalogram. */
function frequencyAt(event: PointerEvent): number | null {
  const lane = event.target instanceof Element ? event.target.closest(".scalogram .lane-drawing") : null;
  if (!lane) return null;
  const box = lane.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, 1 - (event.clientY - box.top) / box.height));
  return LOW_HZ * (HIGH_HZ / LOW_HZ) ** share;
}

function usePointer({ cursor, move }: Movable) {
  const touched = useRef<{ x: number; y: number } | null>(null);
  const put = (event: PointerEvent) => {
    const stack = event.currentTarget;
    const at = stack instanceof HTMLElement ? minuteAt(event, stack) : null;
    if (!at) return null;
    const frequency_hz = frequencyAt(event);
    move(frequency_hz === null ? { minute: at.minute } : { minute: at.minute, frequency_hz });
    return at;
  };
  return {
    onPointerMove: (event: PointerEvent) => {
      if (event.pointerType === "mouse") put(event);
    },
    onPointerDown: (event: PointerEvent) => {
      touched.current = { x: event.clientX, y: event.clientY };
    },
    onPointerUp: (event: PointerEvent) => {
      const from = touched.current;
      const isTap = from && Math.hypot(event.clientX - from.x, event.clientY - from.y) < TAP_PX;
      if (event.pointerType === "mouse" || !isTap) return;
      const before = cursor.minute;
      const at = put(event);
      if (at && before !== null && Math.abs(before - at.minute) < TAP_PX * at.perPixel)
        move({ minute: null });
    },
  };
}

export interface StackProps {
  readonly day: StationDayAnswer;
  readonly amplitude: ScalogramReading;
  readonly inPhase: ScalogramReading;
  readonly movable: Movable;
}

/** Where the lines of the cursor stand, for the style sheet. */
function placeOf({ minute, frequency_hz }: Cursor): Record<string, string> {
  const height = Math.log(frequency_hz / LOW_HZ) / Math.log(HIGH_HZ / LOW_HZ);
  return {
    "--minute": String(((minute ?? 0) + 0.5) / MINUTES_PER_DAY),
    "--row": `${(1 - height) * 100}%`,
  };
}

/** All panels of a day over one time axis; one line means one instant. */
export function StackOfDay({ day, amplitude, inPhase, movable }: StackProps) {
  const w = useWords();
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const step = width > 0 && width < NARROW_REM * remPx() ? 360 : 180;
  // The cursor moves without drawing the panels again.
  const panels = useMemo(
    () => (
      <>
        <Axis day={day} step={step} />
        <KpLane day={day} />
        <DstLane day={day} />
        <FieldLanes day={day} />
        <FlagLane day={day} />
        <ScalogramLanes day={day} amplitude={amplitude} inPhase={inPhase} />
        <p class="stack-title">{w.t("zh")}</p>
        <RatioLane day={day} />
      </>
    ),
    [day, amplitude, inPhase, step, w.language],
  );
  const { minute } = movable.cursor;
  return (
    <div
      class="stack"
      ref={box}
      role="group"
      tabIndex={0}
      aria-label={w.t("st_stack_label")}
      style={placeOf(movable.cursor)}
      {...usePointer(movable)}
    >
      {panels}
      {minute !== null && <div class="cur" aria-hidden="true" />}
    </div>
  );
}
