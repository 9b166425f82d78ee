import { useLayoutEffect, useRef } from "preact/hooks";
import { type ColourMap, pixelTable } from "./lut.ts";
import { paintPixels, type Scalogram } from "./scalogram.ts";

export interface HeatmapProps {
  readonly scalogram: Scalogram;
  readonly component: number;
  readonly map: ColourMap;
  /** Says what is to be seen. */
  readonly label: string;
}

/**
 * One component of a scalogram, a pixel for each of its cells; the style sheet stretches it
 * without smoothing, and the hatch behind shows where it is masked.
 */
export function Heatmap({ scalogram, component, map, label }: HeatmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const begun = performance.now();
    const pixels = paintPixels(scalogram, component, pixelTable(map));
    context.putImageData(new ImageData(pixels, scalogram.nColumns, scalogram.nFrequencies), 0, 0);
    performance.measure("heatmap", { start: begun, end: performance.now() });
  }, [scalogram, component, map]);
  return (
    <canvas
      ref={canvas}
      class="heatmap"
      width={scalogram.nColumns}
      height={scalogram.nFrequencies}
      role="img"
      aria-label={label}
    />
  );
}
