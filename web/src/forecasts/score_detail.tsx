import type { ComponentChildren } from "preact";
import { FixedSentence } from "../audit/verdict_card.tsx";
import { Ago } from "../frame/age.tsx";
import { number, percent } from "../frame/numbers.ts";
import { href } from "../frame/place.ts";
import { Said } from "../frame/said.tsx";
import { instant, shortDateTime } from "../frame/times.ts";
import { useWords } from "../frame/words.ts";
import type { ForecastMonth, QuakeEvent, Score } from "../shapes.ts";
import { shortHash } from "../station/sentences.ts";
import { targetsWithin } from "./days.ts";
import type { Site } from "./direction.ts";
import { directionWords, Rose } from "./rose.tsx";
import { Worth } from "./worth.tsx";

function Row({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="n">{children}</td>
    </tr>
  );
}

function magnitudeWords(
  month: ForecastMonth,
  index: number | null,
  none: string,
  language: "en" | "id",
): string {
  if (index === null) return none;
  const low = month.magnitude_edges[index];
  const high = month.magnitude_edges[index + 1];
  if (low === undefined) return none;
  const write = (value: number) => number(value, 1, language);
  return high === undefined ? `M ≥ ${write(low)}` : `M ${write(low)}–${write(high)}`;
}

function IssueRows({ score }: { score: Score }) {
  const w = useWords();
  const time = (iso: string) => shortDateTime(instant(iso), w.language);
  return (
    <>
      <Row name={w.t("fo_issued_at")}>
        {time(score.issued_at)}, <Ago at={score.issued_at} />
      </Row>
      <Row name={w.t("coverage")}>
        {score.coverage === null ? "–" : percent(score.coverage, 0, w.language)}
      </Row>
      <Row name={w.t("fo_kp")}>
        {score.kp_at_issue === null ? "–" : number(score.kp_at_issue, 1, w.language)}
      </Row>
      <Row name={w.t("model")}>
        <a href={href("models")} title={score.model_sha256}>
          {shortHash(score.model_sha256)}
        </a>
      </Row>
      {score.ledger_seq !== null && (
        <Row name={w.t("ledger")}>
          <a href={href("ledger", [], { before: String(score.ledger_seq + 1) })}>{score.ledger_seq}</a>
        </Row>
      )}
    </>
  );
}

function Facts({
  month,
  score,
  targets,
}: {
  month: ForecastMonth;
  score: Score;
  targets: readonly QuakeEvent[];
}) {
  const w = useWords();
  const time = (iso: string) => shortDateTime(instant(iso), w.language);
  const isOpen = instant(score.valid_to) > instant(month.as_of);
  const largest = Math.max(0, ...targets.map(({ magnitude }) => magnitude ?? 0));
  return (
    <table class="score-facts">
      <tbody>
        <Row name={w.t("fo_alarm_state")}>
          {score.is_alarm === null
            ? w.t("fo_no_state")
            : score.is_alarm
              ? w.t("fo_alarm")
              : w.t("fo_no_alarm")}
        </Row>
        <Row name={w.t("fo_class")}>
          {magnitudeWords(month, score.magnitude_class, w.t("fo_not_trained"), w.language)}
        </Row>
        <Row name={w.t("fo_window")}>
          {time(score.valid_from)} – {time(score.valid_to)}
        </Row>
        <Row name={w.t("fo_came")}>
          {targets.length === 0
            ? w.t(isOpen ? "fo_no_target_yet" : "fo_no_target")
            : `${targets.length}, M ≤ ${number(largest, 1, w.language)}`}
        </Row>
        <IssueRows score={score} />
      </tbody>
    </table>
  );
}

export interface DetailProps {
  readonly month: ForecastMonth;
  readonly score: Score | undefined;
  readonly code: string;
  readonly day: string;
  readonly isFuture: boolean;
  readonly site: Site | null;
}

function Why({ score, day, isFuture }: { score: Score | undefined; day: string; isFuture: boolean }) {
  const w = useWords();
  if (!score) return <p class="score-why">{isFuture ? w.t("fo_future") : w.t("fo_absent_long", { day })}</p>;
  return (
    <>
      {score.probability === null && (
        <p class="score-why">
          <Said words={score.reason} label="fo_none" values={{ day }} />
        </p>
      )}
      {score.is_late && <p class="score-why late">{w.t("fo_late")}</p>}
    </>
  );
}

/** One score with everything that says what it is worth. */
export function ScoreDetail({ month, score, code, day, isFuture, site }: DetailProps) {
  const w = useWords();
  const targets = score ? targetsWithin(month, score) : [];
  return (
    <div class="score-detail">
      <p class="score-of">
        <a href={href("station", [code, day])}>
          {code} <span>{day}</span>
        </a>
      </p>
      <Why score={score} day={day} isFuture={isFuture} />
      {score && score.probability !== null && (
        <>
          <Worth month={month} score={score} />
          <div class="score-direction">
            <Rose score={score} site={site} targets={targets} />
            <p>{directionWords(score, w)}</p>
          </div>
        </>
      )}
      <FixedSentence sentence={month.verdict.sentence} note={w.t("locked")} />
      {score && <Facts month={month} score={score} targets={targets} />}
    </div>
  );
}
