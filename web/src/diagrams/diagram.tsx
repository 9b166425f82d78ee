import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { remPx, useWidth } from "../frame/width.ts";
import type { Scale } from "../stack/scales.ts";
import { type Reading, readingOf, ReadingWords } from "./reading.tsx";

/** Places of a diagram [px], from the values of its axes. */
export interface Place {
  x(value: number): number;
  y(value: number): number;
  /** A length in the design's pixels: grows on the wall. */
  px(length: number): number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface DiagramTick {
  readonly value: number;
  readonly text: string;
}

export interface DiagramProps {
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly DiagramTick[];
  readonly yTicks: readonly DiagramTick[];
  readonly xWords: string;
  readonly yWords: string;
  /** Says what is to be seen. */
  readonly label: string;
  /** Height over width. */
  readonly aspect?: number;
  /** Height that is not exceeded [px of the design]. */
  readonly maxHeight?: number;
  /** What a cursor reads, by pointer and by arrow keys. */
  readonly reading?: Reading;
  children(place: Place): ComponentChildren;
}

const MARGIN = { top: 6, right: 8, bottom: 32, left: 46 } as const;

/** `M x,y L ...` through points. */
export function linePath(xs: readonly number[], ys: readonly number[], place: Place): string {
  return `M${xs.map((x, index) => `${place.x(x).toFixed(1)},${place.y(ys[index] ?? 0).toFixed(1)}`).join("L")}`;
}

/** Closed path between two curves over the same abscissa. */
export function bandPath(
  xs: readonly number[],
  low: readonly number[],
  high: readonly number[],
  place: Place,
): string {
  const back = linePath([...xs].reverse(), [...low].reverse(), place).slice(1);
  return `${linePath(xs, high, place)}L${back}z`;
}

function Axes({ place, props, height }: { place: Place; props: DiagramProps; height: number }) {
  const middle = (place.top + place.bottom) / 2;
  const px = place.px;
  return (
    <>
      {props.xTicks.map(({ value, text }) => (
        <g key={text}>
          <path class="tick" d={`M${place.x(value)},${place.bottom}v${-px(4)}`} />
          <text x={place.x(value)} y={place.bottom + px(14)} text-anchor="middle">
            {text}
          </text>
        </g>
      ))}
      {props.yTicks.map(({ value, text }) => (
        <g key={text}>
          <path class="tick" d={`M${place.left},${place.y(value)}h${px(4)}`} />
          <text x={place.left - px(6)} y={place.y(value) + px(4)} text-anchor="end">
            {text}
          </text>
        </g>
      ))}
      <text x={(place.left + place.right) / 2} y={height - px(3)} text-anchor="middle">
        {props.xWords}
      </text>
      <text x={px(10)} y={middle} text-anchor="middle" transform={`rotate(-90 ${px(10)} ${middle})`}>
        {props.yWords}
      </text>
    </>
  );
}

/** Places of a drawing of a width [px]. */
function placeOf(width: number, height: number, scale: number, { x, y }: DiagramProps): Place {
  const [left, right] = [MARGIN.left * scale, width - MARGIN.right * scale];
  const [top, bottom] = [MARGIN.top * scale, height - MARGIN.bottom * scale];
  return {
    x: (value) => left + x.toUnit(value) * (right - left),
    y: (value) => bottom - y.toUnit(value) * (bottom - top),
    px: (length) => length * scale,
    left,
    right,
    top,
    bottom,
  };
}

/** Two axes with ticks inside, and what is drawn between them. */
export function Diagram(props: DiagramProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const [index, set] = useState<number | null>(null);
  const scale = remPx() / 16;
  const height = Math.min(width * (props.aspect ?? 0.72), (props.maxHeight ?? 268) * scale);
  const place = placeOf(width, height, scale, props);
  const { left, right, top, bottom } = place;
  const reading = props.reading?.at.length ? props.reading : null;
  const stop = reading && index !== null ? reading.at[index] : undefined;
  const cursor = reading ? readingOf(reading, props.label, place, { index, set }) : {};
  return (
    <div ref={ref} class="diagram" {...cursor}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={props.label}>
          <rect class="ground" x={left} y={top} width={right - left} height={bottom - top} />
          {props.children(place)}
          <Axes place={place} props={props} height={height} />
          {stop !== undefined && <path class="reading-line" d={`M${place.x(stop)},${bottom}V${top}`} />}
        </svg>
      )}
      {reading && index !== null && stop !== undefined && (
        <ReadingWords x={place.x(stop)} width={width} words={reading.words(index)} />
      )}
    </div>
  );
}
