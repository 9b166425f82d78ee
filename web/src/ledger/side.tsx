/** What was checked, what is missing, what was frozen before day one. */
import { Age } from "../frame/age.tsx";
import { isLinked, shortHash } from "../frame/chain.tsx";
import { count, significant } from "../frame/numbers.ts";
import { Panel } from "../frame/panel.tsx";
import { dateTime, instant } from "../frame/times.ts";
import { Said } from "../frame/said.tsx";
import { useWords } from "../frame/words.ts";
import type { ChainState, LedgerAnswer } from "../shapes.ts";

/** Links between the records of the page that were looked at here, and that hold. */
export function linksOf(answer: LedgerAnswer): { held: number; all: number } {
  const { records, chain } = answer;
  let [held, all] = [0, 0];
  records.forEach((record, at) => {
    const previous = records[at + 1];
    if (!previous || record.seq !== previous.seq + 1) return;
    all += 1;
    if (isLinked(record, previous, chain)) held += 1;
  });
  return { held, all };
}

/** Verification, links of the page, anchor, head. */
export function Checks({ answer }: { answer: LedgerAnswer }) {
  const words = useWords();
  const { chain } = answer;
  const { held, all } = linksOf(answer);
  return (
    <Panel title={words.t("checks")}>
      <table>
        <tbody>
          <tr>
            <th scope="row">{words.t("verified")}</th>
            <td class="n">
              <Age at={chain.verified_at} state={chain.verified_at ? "ok" : "unknown"} query="/ledger" />
            </td>
          </tr>
          <tr>
            <th scope="row">{words.t("links_here")}</th>
            <td class={`n${held < all ? " loud faulty" : ""}`}>{words.t("links_held", { held, all })}</td>
          </tr>
          <tr>
            <th scope="row">{chain.anchor_kind ? words.t("anchor", { kind: chain.anchor_kind }) : words.t("anchor_none")}</th>
            <td class="n">
              <Age at={chain.anchored_at} state={chain.anchored_at ? "ok" : "unknown"} query="/ledger" />
            </td>
          </tr>
          <tr>
            <th scope="row">{words.t("head")}</th>
            <td class="n mono">{shortHash(chain.head)}</td>
          </tr>
        </tbody>
      </table>
    </Panel>
  );
}

const SHOWN = 12;

/** Station-days whose record is due and not there. */
export function Gaps({ chain }: { chain: ChainState }) {
  const words = useWords();
  const missing = chain.due_missing;
  return (
    <Panel title={words.t("gaps")} sub={missing.length ? count(missing.length) : ""}>
      {missing.length === 0 ? (
        <p class="sub">{words.t("no_gaps")}</p>
      ) : (
        <p class="gaps faulty">
          {missing.slice(0, SHOWN).join(" · ")}
          {missing.length > SHOWN && ` · +${missing.length - SHOWN}`}
        </p>
      )}
    </Panel>
  );
}

/** What was registered, or why nothing was. */
export function RegistrationTable({ registration }: { registration: LedgerAnswer["registration"] }) {
  const words = useWords();
  if ("reason" in registration) {
    return (
      <Panel title={words.t("registration")}>
        <p class="sub">
          <Said words={registration.reason} label="no_registration" />
        </p>
      </Panel>
    );
  }
  const rows = [
    [words.t("registered_at"), dateTime(instant(registration.registered_at))],
    [words.t("first_day"), registration.first_day],
    [words.t("stop_day"), registration.stop_day],
    [words.t("primary_test"), registration.primary_test],
    [words.t("catalogue"), registration.catalogue_source],
    [words.t("threshold"), significant(registration.threshold, 3, words.language)],
    [words.t("model"), shortHash(registration.model_sha256)],
  ] as const;
  return (
    <Panel title={words.t("registration")} sub={words.t("frozen_before")}>
      <table>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="n wraps">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
