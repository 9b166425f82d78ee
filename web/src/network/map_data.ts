/** Coast and plate boundaries: files of the page itself, read once. */
import { geoClipRectangle, type GeoStream, geoStream, geoTransform } from "d3-geo";
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
  return {
    region,
    width: MAP_WIDTH,
    height,
    perDegree,
    x: (longitude) => ((((longitude - middle + 540) % 360) - 180) * perDegree) + MAP_WIDTH / 2,
    y: (latitude) => (north - latitude) * perDegree,
  };
}

/** Lines go this far beyond the frame, so that their ends are not seen [chart units]. */
const BEYOND = 2;

/** Shapes as the path of an SVG, clipped to a chart; a line goes on over the date line. */
export function pathOn(chart: Chart, shapes: GeoJSON.GeoJsonObject): string {
  let path = "";
  let isFirst = true;
  let isRing = false;
  const sink: GeoStream = {
    polygonStart: () => void (isRing = true),
    polygonEnd: () => void (isRing = false),
    lineStart: () => void (isFirst = true),
    lineEnd: () => void (path += isRing ? "Z" : ""),
    point(x, y) {
      path += `${isFirst ? "M" : "L"}${x.toFixed(1)},${y.toFixed(1)}`;
      isFirst = false;
    },
  };
  const clip = geoClipRectangle(-BEYOND, -BEYOND, chart.width + BEYOND, chart.height + BEYOND);
  const around = 360 * chart.perDegree;
  let before: number | null = null;
  const onto = geoTransform({
    lineStart() {
      before = null;
      this.stream.lineStart();
    },
    point(longitude, latitude) {
      let x = chart.x(longitude);
      if (before !== null) x -= around * Math.round((x - before) / around);
      before = x;
      this.stream.point(x, chart.y(latitude));
    },
  });
  geoStream(shapes as GeoJSON.GeoJSON, onto.stream(clip(sink)));
  return path;
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
  const world = feature(topology, topology.objects.land);
  const polygons = world.features
    .flatMap(({ geometry }) => (geometry.type === "MultiPolygon" ? geometry.coordinates : []))
    .filter((polygon) => isNear(polygon[0] ?? [], chart.region));
  const land: GeoJSON.MultiPolygon = { type: "MultiPolygon", coordinates: polygons };
  return pathOn(chart, land);
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

const PATIENCE_MS = 300;

/** After the next painting, or soon where nothing is painted: the map does not hold up the rest. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS);
    requestAnimationFrame(() => setTimeout(resolve));
  });
}

async function draw(chart: Chart): Promise<MapLines> {
  await painted();
  const [topology, plates] = await Promise.all([
    read<LandTopology>(landUrl),
    read<GeoJSON.Feature>(platesUrl),
  ]);
  return { coast: coastPath(topology, chart), plates: pathOn(chart, plates) };
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
