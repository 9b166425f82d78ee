import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { useAnswer } from "../frame/answers.ts";
import { useKeys } from "../frame/keys.ts";
import { count, number } from "../frame/numbers.ts";
import { ModeTag, Panel } from "../frame/panel.tsx";
import { href, type Place, setQuery } from "../frame/place.ts";
import { Read } from "../frame/read.tsx";
import { addMonths, instant, monthName } from "../frame/times.ts";
import type { View } from "../frame/view.ts";
import { useWords } from "../frame/words.ts";
import type { ForecastMonth, NetworkAnswer } from "../shapes.ts";
import { barTop, board, type Board, scoreKey, type Selection, selectionOf, stepped } from "./days.ts";
import { ScoreDetail } from "./score_detail.tsx";
import { ScoreMatrix } from "./score_matrix.tsx";
import "./forecasts.css";

function Fact({ value, words }: { value: ComponentChildren; words: string }) {
  return (
    <div class="fact">
      <b>{value}</b>
      <small>{words}</small>
    </div>
  );
}

const monthAddress = (month: string, code: string): string => href("forecasts", [month], { s: code || null });

function MonthSteps({ month, code }: { month: string; code: string }) {
  const w = useWords();
  const [before, after] = [addMonths(month, -1), addMonths(month, 1)];
  return (
    <div class="day-navigator" role="group" aria-label={w.t("fo_month")}>
      <a class="step" href={monthAddress(before, code)} aria-label={`${w.t("st_month_back")}: ${before}`}>
        ‹
      </a>
      <span class="month-shown">
        <b>{monthName(instant(`${month}-01`), w.language)}</b>
      </span>
      <a class="step" href={monthAddress(after, code)} aria-label={`${w.t("st_month_on")}: ${after}`}>
        ›
      </a>
    </div>
  );
}

/** What became of the station-days whose horizon is over; one sentence while none is. */
function Counts({ month }: { month: ForecastMonth }) {
  const w = useWords();
  const counts = [month.n_hit, month.n_missed, month.n_false_alarm, month.n_quiet];
  if (counts.every((n) => n === null)) return <Fact value="–" words={w.t("fo_no_counts")} />;
  return (
    <>
      {(["hit", "miss", "false_alarm", "quiet"] as const).map((label, index) => {
        const n = counts[index] ?? null;
        return <Fact key={label} value={n === null ? "–" : count(n)} words={w.t(label)} />;
      })}
    </>
  );
}

/** The line that is read at five metres: how many stations are in alarm on the newest day. */
function Head({ month, shown, code }: { month: ForecastMonth; shown: Board; code: string }) {
  const w = useWords();
  const issued = [...shown.scores.values()].filter(({ probability }) => probability !== null);
  const newest = issued.reduce((day, score) => (score.day > day ? score.day : day), "");
  const onNewest = issued.filter(({ day }) => day === newest);
  const n = onNewest.filter(({ is_alarm }) => is_alarm).length;
  return (
    <div class="forecast-head">
      <h1>
        <b>{newest ? n : "–"}</b>{" "}
        <span>
          {newest ? w.t("fo_in_alarm", { of: onNewest.length, day: newest }) : w.t("fo_none_in_month")}
        </span>{" "}
        <ModeTag />
      </h1>
      <Counts month={month} />
      {month.base_rate === null ? (
        <Fact value="–" words={w.t("fo_no_base_rate", { reason: w.of(month.base_rate_reason) })} />
      ) : (
        <Fact value={number(month.base_rate, 2, w.language)} words={w.t("brate")} />
      )}
      <MonthSteps month={month.first_day.slice(0, 7)} code={code} />
    </div>
  );
}

function Chooser({
  shown,
  selected,
  choose,
}: {
  shown: Board;
  selected: Selection;
  choose: (to: Selection) => void;
}) {
  const w = useWords();
  const step = (days: number, label: string, sign: string) => (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={() => choose(stepped(shown, selected, days, 0))}
    >
      {sign}
    </button>
  );
  return (
    <div class="score-chooser">
      <label>
        {w.t("station")}{" "}
        <select onChange={(event) => choose({ ...selected, code: event.currentTarget.value })}>
          {shown.codes.map((code) => (
            <option key={code} value={code} selected={code === selected.code}>
              {code}
            </option>
          ))}
        </select>
      </label>
      {step(-1, w.t("prev"), "‹")}
      <span>{selected.day}</span>
      {step(1, w.t("next"), "›")}
    </div>
  );
}

function Legend({ month }: { month: ForecastMonth }) {
  const w = useWords();
  const full = barTop(month.threshold);
  const top = full < 1 ? `≥ ${number(full, 2, w.language)}` : "1";
  return (
    <p class="tip matrix-key">
      <span>
        <i class="swatch score" /> {w.t("fo_key_score", { top })}
      </span>
      <span>
        <i class="swatch alarm" />{" "}
        {w.t("fo_key_alarm", { threshold: number(month.threshold, 2, w.language), days: month.window_days })}
      </span>
      <span>
        <i class="swatch none" /> {w.t("c_nd")}
      </span>
      <span>
        <i class="swatch late-issue" /> {w.t("c_late")}
      </span>
      <span>
        <i class="swatch absent-issue">–</i> {w.t("c_due")}
      </span>
      <span>
        <i class="swatch ring" />{" "}
        {w.t("fo_key_ring", {
          magnitude: number(month.minimum_magnitude, 1, w.language),
          days: month.horizon_days,
        })}
      </span>
    </p>
  );
}

function useSelectionKeys(shown: Board, selected: Selection, choose: (to: Selection) => void): void {
  const by = (days: number, rows: number) => () => choose(stepped(shown, selected, days, rows));
  useKeys(
    [
      { keys: ["ArrowLeft", "["], written: "← [", label: "prev", run: by(-1, 0) },
      { keys: ["ArrowRight", "]"], written: "→ ]", label: "next", run: by(1, 0) },
      { keys: ["ArrowUp", "p"], written: "↑ p", label: "st_key_previous", run: by(0, -1) },
      { keys: ["ArrowDown", "n"], written: "↓ n", label: "st_key_next", run: by(0, 1) },
    ],
    [shown, selected.code, selected.day],
  );
}

function Month({ month, place }: { month: ForecastMonth; place: Place }) {
  const w = useWords();
  const network = useAnswer<NetworkAnswer>("/network?days=30").answer;
  const codes = network?.stations.map(({ station_code: code }) => code) ?? [];
  const shown = useMemo(() => board(month, codes), [month, codes.join()]);
  const selected = selectionOf(shown, { code: place.query.get("s"), day: place.query.get("d") });
  const choose = (to: Selection) => setQuery({ s: to.code, d: to.day });
  useSelectionKeys(shown, selected, choose);
  const today = month.as_of.slice(0, 10);
  const score = shown.scores.get(scoreKey(selected.code, selected.day));
  const path = `/forecasts?month=${month.first_day.slice(0, 7)}`;
  const site = network?.stations.find(({ station_code: code }) => code === selected.code) ?? null;
  return (
    <div class="forecasts">
      <Head month={month} shown={shown} code={place.query.get("s") ?? ""} />
      <Panel
        title={w.t("fo_scores")}
        source={month.source}
        newestAt={month.newest_datum_at ?? null}
        csv={`${path}&format=csv&part=scores`}
        json={path}
      >
        <ScoreMatrix month={month} shown={shown} selected={selected} today={today} choose={choose} />
        <Legend month={month} />
      </Panel>
      <aside aria-label={w.t("fo_detail")}>
        <Chooser shown={shown} selected={selected} choose={choose} />
        <ScoreDetail
          month={month}
          score={score}
          code={selected.code}
          day={selected.day}
          isFuture={selected.day >= today}
          site={site}
        />
      </aside>
    </div>
  );
}

function ForecastsView({ place }: { place: Place }) {
  const w = useWords();
  const asked = /^\d{4}-\d{2}$/.test(place.parts[0] ?? "") ? place.parts[0] : undefined;
  const reading = useAnswer<ForecastMonth>(asked ? `/forecasts?month=${asked}` : "/forecasts");
  if (place.parts[0] && !asked) {
    return (
      <div class="unknown-station">
        <h1>{w.t("fo_no_month", { month: place.parts[0] })}</h1>
        <p>
          <a href={href("forecasts")}>{w.t("fo_newest_month")}</a>
        </p>
      </div>
    );
  }
  return (
    <Read reading={reading} what={w.t("forecasts")}>
      {(month) => <Month month={month} place={place} />}
    </Read>
  );
}

export const forecasts: View = {
  name: "forecasts",
  component: ForecastsView,
  title: (place, words) => [words.t("forecasts"), place.parts[0]].filter(Boolean).join(" "),
};
