/** Thirty days of earthquakes and Kp under one day cursor. */
import { useMemo } from "preact/hooks";
import { number } from "../frame/numbers.ts";
import { Panel } from "../frame/panel.tsx";
import { DAY_MS, instant, shortDay } from "../frame/times.ts";
import { remPx, useWidth } from "../frame/width.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { NetworkAnswer, QuakeEvent } from "../shapes.ts";
import type { DayCursor } from "./day_cursor.ts";
import { byMagnitude, dayAt, type Days, dayPosition, isOnDay } from "./days.ts";
import { eventTitle } from "./ring_mark.tsx";

const STORM_KP = 5;
/** Width of a written day [rem]: at the edge there is no room for it. */
const ROOM_REM = 2.8;

/** Measures of the rail [px]. */
interface Measures {
  readonly rem: number;
  readonly gutter: number;
  readonly width: number;
  readonly top: number;
  readonly kpTop: number;
  readonly kpHeight: number;
  readonly bottom: number;
  readonly lowest: number;
  readonly highest: number;
  x(day: number): number;
  y(magnitude: number): number;
}

function measure(answer: NetworkAnswer, days: Days, width: number): Measures {
  const rem = remPx();
  const magnitudes = answer.events.map((event) => event.magnitude ?? 0).filter((m) => m > 0);
  const lowest = Math.min(4.3, ...magnitudes.map((m) => m - 0.2));
  const highest = Math.max(6.7, ...magnitudes.map((m) => m + 0.2));
  const top = 8.4 * rem;
  const kpTop = top + 0.4 * rem;
  const kpHeight = 2.75 * rem;
  const gutter = 2.2 * rem;
  return {
    rem,
    gutter,
    width,
    top,
    kpTop,
    kpHeight,
    bottom: kpTop + kpHeight,
    lowest,
    highest,
    x: (day) => gutter + ((width - gutter) * day) / days.n,
    y: (magnitude) => top - ((magnitude - lowest) / (highest - lowest)) * (top - 0.35 * rem),
  };
}

function Mondays({ days, m, words }: { days: Days; m: Measures; words: Speaker }) {
  const marks = Array.from({ length: days.n }, (_, at) => at).filter(
    (at) => new Date(days.start + at * DAY_MS).getUTCDay() === 1,
  );
  return (
    <>
      <path class="rule" d={marks.map((at) => `M${m.x(at).toFixed(1)},0V${m.bottom}`).join("")} />
      {marks.filter((at) => m.x(at) + ROOM_REM * m.rem < m.width).map((at) => (
        <text key={at} x={m.x(at) + 3} y={m.bottom + 0.85 * m.rem}>
          {shortDay(days.start + at * DAY_MS, words.language)}
        </text>
      ))}
    </>
  );
}

function Scale({ m }: { m: Measures }) {
  const whole = [3, 4, 5, 6, 7, 8, 9].filter((at) => at > m.lowest && at < m.highest);
  return (
    <>
      <path class="rule" d={whole.map((at) => `M${m.gutter},${m.y(at).toFixed(1)}H${m.width}`).join("")} />
      {whole.map((at) => (
        <text key={at} class="end" x={m.gutter - 6} y={m.y(at) + 4}>
          M {at}
        </text>
      ))}
      <path class="edge" d={`M${m.gutter},${m.top}H${m.width}`} />
    </>
  );
}

function Lollipops({ events, days, m, words }: { events: readonly QuakeEvent[]; days: Days; m: Measures; words: Speaker }) {
  const inside = events.filter((event) => event.magnitude !== null);
  const at = (event: QuakeEvent) => m.x(dayPosition(days, instant(event.origin_time)));
  const stems = inside.map((event) => `M${at(event).toFixed(1)},${m.top}V${m.y(event.magnitude ?? 0).toFixed(1)}`);
  return (
    <>
      <path class="stems" d={stems.join("")} />
      {[...inside].sort(byMagnitude).toReversed().map((event) => (
        <circle
          key={event.event_id}
          class="ball"
          cx={at(event).toFixed(1)}
          cy={m.y(event.magnitude ?? 0).toFixed(1)}
          r={(((event.magnitude ?? 0) >= 6 ? 0.23 : 0.14) * m.rem).toFixed(1)}
        >
          <title>{eventTitle(event, words)}</title>
        </circle>
      ))}
    </>
  );
}

function KpBars({ answer, days, m, words }: { answer: NetworkAnswer; days: Days; m: Measures; words: Speaker }) {
  const width = Math.max(1, m.x(1 / 8) - m.x(0) - 0.7);
  const bars = { quiet: "", storm: "" };
  for (const { start, kp } of answer.kp) {
    const at = dayPosition(days, instant(start));
    if (at < 0 || at >= days.n) continue;
    const height = Math.max(0.8, (kp / 9) * m.kpHeight);
    const bar = `M${m.x(at).toFixed(1)},${m.bottom}v${(-height).toFixed(1)}h${width.toFixed(2)}v${height.toFixed(1)}z`;
    bars[kp >= STORM_KP ? "storm" : "quiet"] += bar;
  }
  const line = m.bottom - (STORM_KP / 9) * m.kpHeight;
  return (
    <>
      <path class="kp" d={bars.quiet} />
      <path class="kp storm" d={bars.storm} />
      <path class="kp-line" d={`M${m.gutter},${line}H${m.width}`} />
      <text class="end" x={m.gutter - 6} y={line + 4}>
        Kp 5
      </text>
      {answer.kp.length === 0 && (
        <text x={m.gutter + 6} y={m.bottom - 6}>
          {words.t("no_kp")}
        </text>
      )}
    </>
  );
}

/** The words of the day under the cursor: the same numbers without pointing. */
function DayWords({ answer, day }: { answer: NetworkAnswer; day: string | null }) {
  const words = useWords();
  if (day === null) return <span>{words.t("rail_hint")}</span>;
  const events = answer.events.filter((event) => isOnDay(event, day)).sort(byMagnitude);
  const [largest] = events;
  if (!largest) return <span>{words.t("rail_quiet", { day })}</span>;
  const m = largest.magnitude === null ? "?" : number(largest.magnitude, 1, words.language);
  return <span title={eventTitle(largest, words)}>{words.t("rail_day", { day, n: events.length, m })}</span>;
}

function finding(answer: NetworkAnswer, words: Speaker): string {
  const perDay = new Map<string, number>();
  for (const event of answer.events) {
    const day = event.origin_time.slice(0, 10);
    perDay.set(day, (perDay.get(day) ?? 0) + 1);
  }
  const [day = "", most = 0] = [...perDay].sort((a, b) => b[1] - a[1])[0] ?? [];
  const kp = answer.kp.length ? number(Math.max(...answer.kp.map((one) => one.kp)), 1, words.language) : words.t("no_kp");
  return words.t("rail_label", { n: answer.events.length, most, day, kp });
}

function titleOf(answer: NetworkAnswer, words: Speaker): string {
  const magnitudes = answer.events.map((event) => event.magnitude ?? 99);
  const least = magnitudes.length ? Math.floor(2 * Math.min(...magnitudes)) / 2 : null;
  const from = least === null ? "" : ` M ≥ ${number(least, 1, words.language)}`;
  return words.t("rail_title", { from, n: answer.n_days });
}

interface Props {
  readonly answer: NetworkAnswer;
  readonly days: Days;
  readonly cursor: DayCursor;
}

/** Lollipops of the earthquakes, bars of Kp, and the day cursor. */
export function Rail({ answer, days, cursor }: Props) {
  const words = useWords();
  const [box, width] = useWidth<HTMLDivElement>();
  const m = measure(answer, days, width);
  const drawn = useMemo(
    () => (
      <>
        <Mondays days={days} m={m} words={words} />
        <Scale m={m} />
        <Lollipops events={answer.events} days={days} m={m} words={words} />
        <KpBars answer={answer} days={days} m={m} words={words} />
      </>
    ),
    [answer, days.start, days.n, width, m.rem, words.language],
  );
  const dayUnder = (event: MouseEvent): number | null => {
    const x = event.clientX - (box.current?.getBoundingClientRect().left ?? 0) - m.gutter;
    const at = Math.floor((x / (m.width - m.gutter)) * days.n);
    return at >= 0 && at < days.n ? at : null;
  };
  return (
    <Panel class="rail" title={titleOf(answer, words)} right={<DayWords answer={answer} day={cursor.at === null ? null : dayAt(days, cursor.at)} />}>
      <div ref={box}>
        {width > 0 && (
          <svg
            width={width}
            height={m.bottom + 1.2 * m.rem}
            role="img"
            aria-label={finding(answer, words)}
            onPointerMove={(event) => cursor.point(dayUnder(event))}
            onPointerLeave={() => cursor.point(null)}
            onClick={(event) => cursor.set(dayUnder(event))}
          >
            {drawn}
            {cursor.at !== null && (
              <rect class="day-cursor" x={m.x(cursor.at)} y="1" width={m.x(1) - m.x(0)} height={m.bottom - 1} />
            )}
          </svg>
        )}
      </div>
    </Panel>
  );
}
