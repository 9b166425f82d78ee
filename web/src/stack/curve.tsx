import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type Colours, rem, useColours, useSize } from "./canvas.ts";
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

function drawGround(plot: uPlot, colours: Colours, props: CurveProps): void {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.fillStyle = colours.night;
  for (const [start, end] of props.shaded ?? []) {
    const from = plot.valToPos(start, "x", true);
    ctx.fillRect(from, bbox.top, plot.valToPos(end, "x", true) - from, bbox.height);
  }
  ctx.lineWidth = Math.max(1, Math.round(devicePixelRatio));
  const line = (x0: number, y0: number, x1: number, y1: number, colour: string) => {
    ctx.strokeStyle = colour;
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
    ctx.stroke();
  };
  for (const value of props.gridX) {
    const at = Math.round(plot.valToPos(value, "x", true)) + 0.5;
    line(at, bbox.top, at, bottom, colours.rule);
  }
  for (const value of props.gridY) {
    const at = Math.round(plot.valToPos(value, "y", true)) + 0.5;
    line(bbox.left, at, right, at, value === 0 ? colours.edge : colours.rule);
  }
  ctx.restore();
}

function makePlot(host: HTMLElement, width: number, height: number, colours: Colours, props: CurveProps): uPlot {
  return new uPlot(
    {
      width,
      height,
      padding: [0, 0, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: {
        x: { time: false, range: [...props.domain] as [number, number] },
        y: { range: [...props.range] as [number, number] },
      },
      series: [
        {},
        { stroke: colours.data, width: (1.5 * rem()) / 16, points: { show: false }, spanGaps: false },
      ],
      hooks: { drawClear: [(plot: uPlot) => drawGround(plot, colours, props)] },
    },
    [[...props.x], [...props.y]],
    host,
  );
}

/** A measured curve over its grid, and over the night where there is one. */
export function Curve(props: CurveProps) {
  const host = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(host);
  const colours = useColours();
  useEffect(() => {
    if (!host.current || width === 0 || height === 0) return undefined;
    const plot = makePlot(host.current, width, height, colours, props);
    return () => plot.destroy();
    // Language and cursor do not change the drawing; what does is listed.
  }, [width, height, colours, props.x, props.y, props.range[0], props.range[1]]);
  return <div ref={host} class="curve" role="img" aria-label={props.label} />;
}
