import { count, number } from "../frame/numbers.ts";
import { English } from "../frame/said.tsx";
import { type Speaker, useWords } from "../frame/words.ts";
import type { AuditAnswer } from "../shapes.ts";
import { AuditPanel } from "./audit_panel.tsx";
import { checkOf } from "./checks.ts";
import { nullName, ruleName, statisticName, stratumName } from "./names.ts";
import { pText } from "./p_value.ts";

const DASH = "–";

const p = (value: number | null, w: Speaker): string => (value === null ? DASH : pText(value, w.language));
const hits = (value: number | null, w: Speaker): string =>
  value === null ? DASH : Number.isInteger(value) ? count(value) : number(value, 1, w.language);

const STRATA = ["quiet", "active", "storm"];
/** Quiet first; what is not known last. */
const rank = (kind: string): number => (STRATA.includes(kind) ? STRATA.indexOf(kind) : STRATA.length);

function StormLine({ row }: { row: AuditAnswer["storms"][number] }) {
  const w = useWords();
  return (
    <tr>
      <th scope="row">
        {rank(row.kind) === STRATA.length && <i class="swatch masked" />} {stratumName(row.kind, w)}
      </th>
      <td class="n">{count(row.n_days)}</td>
      <td class="n">{count(row.n_events)}</td>
      <td class="n">{count(row.n_alarms)}</td>
      <td class="n">{count(row.n_hits)}</td>
      <td class="n">{row.false_alarm_rate === null ? DASH : number(row.false_alarm_rate, 2, w.language)}</td>
    </tr>
  );
}

/** Station-days or days by geomagnetic activity. */
export function StormTable({ audit }: { audit: AuditAnswer }) {
  const w = useWords();
  return (
    <AuditPanel audit={audit} title={w.t("storms")} id="storms" part="storms">
      {audit.storms.length === 0 ? (
        <p class="sub">{w.t("au_not_computed")}</p>
      ) : (
        <table class="numbers">
          <thead>
            <tr>
              <td />
              {(["days", "events", "alarms", "hits", "far"] as const).map((label) => (
                <th key={label} scope="col" class="n">
                  {w.t(label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...audit.storms]
              .sort((a, b) => rank(a.kind) - rank(b.kind))
              .map((row) => (
                <StormLine key={row.kind} row={row} />
              ))}
          </tbody>
        </table>
      )}
    </AuditPanel>
  );
}

/** The forecasts beside simple rules at the same alarm fraction. */
export function RuleTable({ audit }: { audit: AuditAnswer }) {
  const w = useWords();
  const tau = audit.molchan?.frozen?.x;
  return (
    <AuditPanel audit={audit} title={w.t("base")} id="rules" part="baselines">
      {audit.baselines.length === 0 ? (
        <p class="sub">{w.t("au_not_computed")}</p>
      ) : (
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">{tau === undefined ? "" : `τ = ${number(tau, 2, w.language)}`}</th>
              <th scope="col" class="n">
                {w.t("hits")}
              </th>
              <th scope="col" class="n">
                p
              </th>
            </tr>
          </thead>
          <tbody>
            {audit.baselines.map((row) => (
              <tr key={row.name} class={row.is_this ? "this" : ""}>
                <th scope="row">{row.is_this ? w.t("this") : ruleName(row.name, w)}</th>
                <td class="n">{hits(row.hits, w)}</td>
                <td class="n">{p(row.p_value, w)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </AuditPanel>
  );
}

/** Every null that was run, with its own words. */
export function NullTable({ audit }: { audit: AuditAnswer }) {
  const w = useWords();
  return (
    <AuditPanel audit={audit} title={w.t("au_all_nulls")} id="all-nulls" part="nulls">
      {audit.all_nulls.length === 0 ? (
        <p class="sub">{w.t("au_not_computed")}</p>
      ) : (
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">{w.t("au_null")}</th>
              <th scope="col">{w.t("au_statistic")}</th>
              <th scope="col" class="n">
                {w.t("au_draws")}
              </th>
              <th scope="col" class="n">
                p
              </th>
              <th scope="col">{w.t("au_note")}</th>
            </tr>
          </thead>
          <tbody>
            {audit.all_nulls.map((row, index) => (
              <tr key={index} class={index === 0 ? "this" : ""}>
                <th scope="row">{nullName(row.null, w)}</th>
                <td>{statisticName(row.statistic, w)}</td>
                <td class="n">{row.n_draws === null ? DASH : count(row.n_draws)}</td>
                <td class="n whole">{p(row.p_value, w)}</td>
                <td class="sub">
                  <English>{row.note}</English>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </AuditPanel>
  );
}

interface SentencesProps {
  readonly audit: AuditAnswer;
  readonly title: string;
  readonly id: string;
  readonly sentences: readonly string[];
  readonly none: string;
  /** Whether a sentence is coloured by its severity. */
  readonly isLoud?: boolean;
}

const TONES: Readonly<Record<string, string>> = { RED: "faulty", AMBER: "late" };

function Sentences({ audit, title, id, sentences, none, isLoud = false }: SentencesProps) {
  return (
    <AuditPanel audit={audit} title={title} id={id}>
      {sentences.length === 0 ? (
        <p class="sub">{none}</p>
      ) : (
        <ul class="sentences">
          {sentences.map((sentence) => (
            <li key={sentence} class={(isLoud && TONES[checkOf(sentence).severity]) || ""}>
              <English>{sentence}</English>
            </li>
          ))}
        </ul>
      )}
    </AuditPanel>
  );
}

/** Leaks that were found, and tests that were not run: both belong to the verdict. */
export function LeaksAndGaps({ audit }: { audit: AuditAnswer }) {
  const w = useWords();
  const found = audit.leaks.filter((sentence) => checkOf(sentence).severity !== "NOT RUN");
  const skipped = audit.leaks.filter((sentence) => checkOf(sentence).severity === "NOT RUN");
  return (
    <>
      <Sentences
        audit={audit}
        title={w.t("au_leaks")}
        id="leaks"
        sentences={found}
        none={w.t("au_no_leaks")}
        isLoud
      />
      <Sentences
        audit={audit}
        title={w.t("au_not_run")}
        id="not-run"
        sentences={[...audit.not_run, ...skipped.map((sentence) => checkOf(sentence).words)]}
        none={w.t("au_all_run")}
      />
    </>
  );
}
