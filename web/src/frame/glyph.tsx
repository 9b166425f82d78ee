/** The five state glyphs: shape says what kind, colour says how urgent. */
import type { StationState } from "../shapes.ts";

interface Props {
  readonly state: StationState;
  /** Width and height [rem]. */
  readonly rem?: number;
}

const SHAPES: Record<StationState, () => preact.JSX.Element> = {
  ok: () => <circle cx="8" cy="8" r="6" class="solid" />,
  late: () => (
    <>
      <circle cx="8" cy="8" r="6.2" class="open w2" />
      <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" class="solid" />
    </>
  ),
  silent: () => <rect x="2.3" y="2.3" width="11.4" height="11.4" class="open w26" />,
  faulty: () => (
    <>
      <path d="M8 .8 15.6 14.6H.4z" class="solid" />
      <path d="M8 5.4v4.6M8 11.4v1.7" class="bar" />
    </>
  ),
  unknown: () => (
    <>
      <circle cx="8" cy="8" r="6.4" class="open dashed" />
      <path d="M5.9 6.3a2.1 2.1 0 1 1 3 1.9c-.6.3-.9.6-.9 1.4M8 11v1.4" class="line" />
    </>
  ),
};

/** Draw a glyph; the word stands beside it, so it is hidden from readers of the screen. */
export function Glyph({ state, rem = 0.75 }: Props) {
  const size = `${rem}rem`;
  return (
    <svg class={`g ${state}`} style={{ width: size, height: size }} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[state]()}
    </svg>
  );
}

/** Glyph of a severity: red triangle, ochre half circle, blue circle. */
export const severityState = (severity: "alarm" | "late" | "quiet"): StationState =>
  severity === "alarm" ? "faulty" : severity === "late" ? "late" : "ok";
