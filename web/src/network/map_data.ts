/** Coast and plate boundaries: files of the page itself, read once. */
import { geoEquirectangular, geoPath, type GeoProjection } from "d3-geo";
import { feature } from "topojson-client";
import type { Topology, GeometryCollection } from "topojson-specification";
import { useEffect, useState } from "preact/hooks";
import landUrl from "world-atlas/land-50m.json?url";
import platesUrl from "./plates.json?url";

/** West, south, east, north [deg]. */
export type Region = readonly [number, number, number, number];

export const MAP_WIDTH = 1040;

/** A chart of a region: where a place lies on it [chart units]. */
export interface Chart {
  readonly region: Region;
  readonly width: number;
  readonly height: number;
  readonly perDegree: number;
  x(longitude: number): number;
  y(latitude: number): number;
  readonly projection: GeoProjection;
}

const eastward = (from: number, to: number): number => (((to - from) % 360) + 360) % 360;

/** Height of a chart against its width at most: the day rail stands beneath without scrolling. */
const TALLEST = 0.425;

/** A region, widened to both sides until it is not too tall. */
export function widened([west, south, east, north]: Region): Region {
  const width = eastward(west, east) || 360;
  const missing = Math.min(360, (north - south) / TALLEST) - width;
  return missing > 0 ? [west - missing / 2, south, east + missing / 2, north] : [west, south, east, north];
}

/** Equirectangular chart of a region; a region may cross the date line. */
export function chartOf(asked: Region): Chart {
  const region = widened(asked);
  const [west, south, east, north] = region;
  const perDegree = MAP_WIDTH / (eastward(west, east) || 360);
  const height = (north - south) * perDegree;
  const middle = west + (eastward(west, east) || 360) / 2;
  const projection = geoEquirectangular()
    .rotate([-middle, 0])
    .center([0, (south + north) / 2])
    .scale((perDegree * 180) / Math.PI)
    .translate([MAP_WIDTH / 2, height / 2])
    .clipExtent([
      [-2, -2],
      [MAP_WIDTH + 2, height + 2],
    ]);
  return {
    region,
    width: MAP_WIDTH,
    height,
    perDegree,
    x: (longitude) => ((((longitude - middle + 540) % 360) - 180) * perDegree) + MAP_WIDTH / 2,
    y: (latitude) => (north - latitude) * perDegree,
    projection,
  };
}

type Ring = number[][];

/** Whether a ring comes near a region; far rings need no clipping. */
function isNear(ring: Ring, [west, south, east, north]: Region): boolean {
  const lats = ring.map((point) => point[1] ?? 0);
  if (Math.max(...lats) < south || Math.min(...lats) > north) return false;
  const width = eastward(west, east);
  return ring.some((point) => eastward(west - 1, point[0] ?? 0) <= width + 2);
}

type LandTopology = Topology<{ land: GeometryCollection }>;

function coastPath(topology: LandTopology, chart: Chart): string {
  const land = feature(topology, topology.objects.land);
  const polygons = land.features
    .flatMap(({ geometry }) => (geometry.type === "MultiPolygon" ? geometry.coordinates : []))
    .filter((polygon) => isNear(polygon[0] ?? [], chart.region));
  const path = geoPath(chart.projection).digits(1);
  return path({ type: "MultiPolygon", coordinates: polygons }) ?? "";
}

async function read<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return (await answer.json()) as T;
}

/** Lines of the map, ready to draw. */
export interface MapLines {
  readonly coast: string;
  readonly plates: string;
}

const kept = new Map<string, Promise<MapLines>>();

async function draw(chart: Chart): Promise<MapLines> {
  const [topology, plates] = await Promise.all([
    read<LandTopology>(landUrl),
    read<GeoJSON.Feature>(platesUrl),
  ]);
  const path = geoPath(chart.projection).digits(1);
  return { coast: coastPath(topology, chart), plates: path(plates) ?? "" };
}

/** The lines of a chart; null while they are read, `failed` if they cannot be. */
export function useMapLines(chart: Chart): MapLines | "failed" | null {
  const [lines, setLines] = useState<MapLines | "failed" | null>(null);
  const key = chart.region.join();
  useEffect(() => {
    let isWanted = true;
    const pending = kept.get(key) ?? draw(chart);
    kept.set(key, pending);
    pending.then(
      (drawn) => isWanted && setLines(drawn),
      () => {
        kept.delete(key);
        if (isWanted) setLines("failed");
      },
    );
    return () => {
      isWanted = false;
    };
  }, [key]);
  return lines;
}
