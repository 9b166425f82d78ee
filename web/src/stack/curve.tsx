import { useLayoutEffect, useRef } from "preact/hooks";
import { remPx } from "../frame/width.ts";
import { type Colours, type Size, useColours, useSize } from "./canvas.ts";
import type { Span } from "./day_axis.ts";

export interface CurveProps {
  /** Abscissa, increasing. */
  readonly x: readonly number[];
  /** Values; null where there is none: the line is broken there. */
  readonly y: readonly (number | null)[];
  readonly range: readonly [low: number, high: number];
  readonly domain: readonly [low: number, high: number];
  readonly gridX: readonly number[];
  readonly gridY: readonly number[];
  readonly shaded?: readonly Span[];
  /** Says what is to be seen. */
  readonly label: string;
}

type Place = (value: number) => number;

function strokeLine(
  context: CanvasRenderingContext2D,
  from: readonly [number, number],
  to: readonly [number, number],
): void {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

function paintGround(
  context: CanvasRenderingContext2D,
  size: Size,
  colours: Colours,
  props: CurveProps,
  toX: Place,
  toY: Place,
): void {
  context.fillStyle = colours.night;
  for (const [start, end] of props.shaded ?? []) {
    context.fillRect(toX(start), 0, toX(end) - toX(start), size.height);
  }
  context.lineWidth = 1;
  context.strokeStyle = colours.rule;
  for (const value of props.gridX) strokeLine(context, [toX(value), 0], [toX(value), size.height]);
  for (const value of props.gridY) {
    context.strokeStyle = value === 0 ? colours.edge : colours.rule;
    strokeLine(context, [0, toY(value)], [size.width, toY(value)]);
  }
}

function paintLine(context: CanvasRenderingContext2D, { x, y }: CurveProps, toX: Place, toY: Place): void {
  context.beginPath();
  let isOn = false;
  y.forEach((value, index) => {
    const at = x[index];
    if (value === null || at === undefined) isOn = false;
    else if (isOn) context.lineTo(toX(at), toY(value));
    else {
      context.moveTo(toX(at), toY(value));
      // A value between two gaps is a dot, not nothing.
      context.lineTo(toX(at) + 0.01, toY(value));
      isOn = true;
    }
  });
  context.stroke();
}

function paint(canvas: HTMLCanvasElement, size: Size, colours: Colours, props: CurveProps): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const density = devicePixelRatio || 1;
  canvas.width = Math.round(size.width * density);
  canvas.height = Math.round(size.height * density);
  context.scale(density, density);
  const toX: Place = (value) =>
    ((value - props.domain[0]) / (props.domain[1] - props.domain[0])) * size.width;
  const toY: Place = (value) => ((props.range[1] - value) / (props.range[1] - props.range[0])) * size.height;
  paintGround(context, size, colours, props, toX, toY);
  context.strokeStyle = colours.data;
  context.lineWidth = (1.5 * remPx()) / 16;
  context.lineJoin = "round";
  context.lineCap = "round";
  paintLine(context, props, toX, toY);
}

/** A measured curve over its grid, and over the night where there is one. */
export function Curve(props: CurveProps) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(host);
  const colours = useColours();
  useLayoutEffect(() => {
    if (canvas.current && size.width > 0 && size.height > 0) paint(canvas.current, size, colours, props);
    // What the drawing depends on; words and cursor are not of it.
  }, [size, colours, props.x, props.y, props.range[0], props.range[1]]);
  return (
    <div ref={host} class="curve" role="img" aria-label={props.label}>
      <canvas ref={canvas} />
    </div>
  );
}
