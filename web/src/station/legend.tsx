import { useLayoutEffect, useRef } from "preact/hooks";
import { significant, number } from "../frame/numbers.ts";
import { useWords } from "../frame/words.ts";
import { useDrawnTheme } from "../stack/canvas.ts";
import { type ColourMap, MASKED, pixelTable } from "../stack/lut.ts";
import type { Scalogram } from "../stack/scalogram.ts";

function Bar({ map }: { map: ColourMap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const pixels = new Uint8ClampedArray(pixelTable(map).slice(0, MASKED).buffer);
    canvas.current?.getContext("2d")?.putImageData(new ImageData(pixels, MASKED, 1), 0, 0);
  }, [map]);
  return <canvas ref={canvas} class="scale-bar" width={MASKED} height={1} aria-hidden="true" />;
}

const MARKS = [0, 0.25, 0.5, 0.75, 1];

/** The fixed scales; their ends say that what lies beyond is clipped. */
export function Legend({ amplitude }: { amplitude: Scalogram | null }) {
  const w = useWords();
  const theme = useDrawnTheme();
  const marks = amplitude
    ? MARKS.map((mark) => amplitude.low * (amplitude.high / amplitude.low) ** mark)
    : [];
  const write = (value: number, index: number) =>
    `${index === 0 ? "≤ " : index === marks.length - 1 ? "≥ " : ""}${significant(value, 1, w.language)}`;
  return (
    <section class="legend" aria-label={w.t("legend")}>
      {amplitude && (
        <>
          <h2>{w.t("amp")}</h2>
          <Bar map="amplitude" />
          <div class="scale-marks">
            {marks.map((value, index) => (
              <span key={value}>{write(value, index)}</span>
            ))}
          </div>
          <h3>{w.t("inphase")}</h3>
          <Bar map={theme === "dark" ? "diverging_dark" : "diverging_light"} />
          <div class="scale-marks">
            <span>{number(-1, 0, w.language)}</span>
            <span>0</span>
            <span>+1</span>
          </div>
        </>
      )}
      <p class="small">
        <i class="swatch masked" /> {w.t("masked")}
      </p>
    </section>
  );
}
