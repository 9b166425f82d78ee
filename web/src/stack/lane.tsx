import type { ComponentChildren } from "preact";

export interface LaneTick {
  /** Place from the top, 0 to 1. */
  readonly at: number;
  readonly text: string;
}

export interface LaneProps {
  readonly name: string;
  readonly kind: string;
  readonly ticks?: readonly LaneTick[];
  readonly children: ComponentChildren;
}

/** A panel of the time stack: name and ticks in the gutter that all panels share, then the drawing. */
export function Lane({ name, kind, ticks = [], children }: LaneProps) {
  return (
    <div class={`lane ${kind}`}>
      <div class="lane-gutter" aria-hidden="true">
        <b>{name}</b>
        {ticks.map(({ at, text }) => (
          <span key={text} class="lane-tick" style={{ top: `${Math.min(94, Math.max(6, at * 100))}%` }}>
            {text}
          </span>
        ))}
      </div>
      <div class="lane-drawing">{children}</div>
    </div>
  );
}
