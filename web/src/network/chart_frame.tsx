/** The frame of a nautical chart: alternating bars every five degrees, and the graticule. */
import { THIN } from "../frame/numbers.ts";
import type { Language } from "../frame/reader.ts";
import { degreeLabel, longitudeLabel, SIDES } from "./degrees.ts";
import type { Chart } from "./map_data.ts";

const BAR = 4.4;
const TEXT_PX = 11;

/** Step of the graticule [deg]: about eight to twelve bars across. */
export function graticuleStep(spanDeg: number): number {
  return [1, 2, 5, 10, 20, 30].find((step) => spanDeg / step <= 12) ?? 45;
}

function multiples(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step) * step;
  const found: number[] = [];
  for (let at = first; at <= high; at += step) found.push(at);
  return found;
}

function Bars({ chart, step }: { chart: Chart; step: number }) {
  const [west, south, , north] = chart.region;
  const { width, height, perDegree } = chart;
  const middle = BAR / 2;
  let dark = "";
  for (const at of multiples(west - step, west + width / perDegree, step)) {
    if ((at / step) % 2 === 0) continue;
    const from = Math.max(0, (at - west) * perDegree);
    const to = Math.min(width, (at + step - west) * perDegree);
    if (to > from) dark += `M${from},${middle}H${to}M${from},${height - middle}H${to}`;
  }
  for (const at of multiples(south - step, north, step)) {
    if ((at / step) % 2 === 0) continue;
    const from = Math.min(height, (north - at) * perDegree);
    const to = Math.max(0, (north - at - step) * perDegree);
    if (from > to) dark += `M${middle},${from}V${to}M${width - middle},${from}V${to}`;
  }
  return (
    <>
      <path
        class="frame-light"
        d={`M${middle},${middle}H${width - middle}V${height - middle}H${middle}z`}
      />
      <path class="frame-dark" d={dark} />
      <rect class="frame-line" x={BAR} y={BAR} width={width - 2 * BAR} height={height - 2 * BAR} />
    </>
  );
}

interface Props {
  readonly chart: Chart;
  readonly scale: number;
  readonly language: Language;
}

/** Frame, graticule and its numbers. */
export function ChartFrame({ chart, scale, language }: Props) {
  const sides = SIDES[language];
  const [west, south, , north] = chart.region;
  const span = chart.width / chart.perDegree;
  const step = graticuleStep(span);
  const meridians = multiples(west + 0.4, west + span - 0.4, step);
  const parallels = multiples(south + 0.4, north - 0.4, step);
  const size = TEXT_PX / Math.min(1, scale || 1);
  const sparse = size > 2 * TEXT_PX ? 2 : 1;
  const isWritten = (at: number) => (at / step) % sparse === 0;
  const lines =
    meridians.map((at) => `M${(at - west) * chart.perDegree},0V${chart.height}`).join("") +
    parallels.map((at) => `M0,${chart.y(at)}H${chart.width}`).join("");
  return (
    <g class="chart-frame">
      <path class="grat" d={lines} />
      <Bars chart={chart} step={step} />
      {meridians.filter(isWritten).map((at) => (
        <text key={`e${at}`} x={(at - west) * chart.perDegree + 3} y={chart.height - 9} font-size={size}>
          {longitudeLabel(at, sides.longitude)}
          {THIN}
        </text>
      ))}
      {parallels.filter(isWritten).map((at) => (
        <text key={`n${at}`} x="9" y={chart.y(at) - 3} font-size={size}>
          {degreeLabel(at, sides.latitude)}
        </text>
      ))}
    </g>
  );
}
