import { useEffect } from "preact/hooks";
import { Ago } from "../frame/age.tsx";
import { useAnswer } from "../frame/answers.ts";
import { go, href, type Place } from "../frame/place.ts";
import { ProblemNote, Read, Wait } from "../frame/read.tsx";
import { dateTime, instant } from "../frame/times.ts";
import type { View } from "../frame/view.ts";
import { useWords } from "../frame/words.ts";
import type { AuditAnswer, AuditList, StatusAnswer } from "../shapes.ts";
import { AlarmCalendar } from "./alarm_calendar.tsx";
import { AuditPanel } from "./audit_panel.tsx";
import { MolchanPicture, NullsPicture, ReliabilityPicture } from "./pictures.tsx";
import { LeaksAndGaps, NullTable, RuleTable, StormTable } from "./tables.tsx";
import { FixedSentence, VerdictCard } from "./verdict_card.tsx";
import "../diagrams/diagram.css";
import "./audit.css";

/** Which audit is shown, of which list, how old; and the way to the others. */
function Chooser({ audit, list }: { audit: AuditAnswer; list: AuditList | undefined }) {
  const w = useWords();
  const others = list?.audits ?? [];
  const path = `/audits/${encodeURIComponent(audit.audit_id)}`;
  return (
    <div class="audit-of">
      <span>
        {audit.forecasts}
        {audit.forecasts && " · "}
        {w.t("au_audited", { time: dateTime(instant(audit.audited_at)) })},{" "}
        <Ago at={audit.audited_at} query={audit.source} />
      </span>
      {others.length > 1 && (
        <label>
          {w.t("au_choose")}{" "}
          <select onChange={(event) => go(href("audit", [event.currentTarget.value]))}>
            {others.map(({ audit_id: id, audited_at: at }) => (
              <option key={id} value={id} selected={id === audit.audit_id}>
                {id}, {dateTime(instant(at))}
              </option>
            ))}
          </select>
        </label>
      )}
      <span class="tables">
        <a href={`/api/v1${path}?format=csv&part=quantities`} download aria-label={`CSV: ${audit.audit_id}`}>
          CSV
        </a>
        <a href={`/api/v1${path}`} aria-label={`JSON: ${audit.audit_id}`}>
          JSON
        </a>
      </span>
    </div>
  );
}

function Pictures({ audit }: { audit: AuditAnswer }) {
  const w = useWords();
  const none = <p class="not-computed hatched">{w.t("au_not_computed")}</p>;
  const n = audit.nulls?.n_shifts ?? 0;
  return (
    <div class="three">
      <AuditPanel audit={audit} title={w.t("molchan")} id="molchan" part="molchan">
        {audit.molchan ? <MolchanPicture molchan={audit.molchan} /> : none}
        <p class="tip">{w.t("au_molchan_tip")}</p>
      </AuditPanel>
      <AuditPanel
        audit={audit}
        title={audit.nulls ? w.t("nulls", { n }) : w.t("au_nulls_none")}
        id="nulls"
        part="histogram"
      >
        {audit.nulls ? <NullsPicture nulls={audit.nulls} /> : none}
        <p class="tip">{w.t("nultip")}</p>
      </AuditPanel>
      <AuditPanel audit={audit} title={w.t("reli")} id="reliability" part="reliability">
        {audit.reliability ? <ReliabilityPicture reliability={audit.reliability} /> : none}
        <p class="tip">{w.t("reltip")}</p>
      </AuditPanel>
    </div>
  );
}

function Audit({ audit, list, hash }: { audit: AuditAnswer; list: AuditList | undefined; hash: string }) {
  const w = useWords();
  useEffect(() => {
    if (hash.length > 1) document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [hash, audit.audit_id]);
  return (
    <div class="audit">
      <VerdictCard audit={audit} />
      <Pictures audit={audit} />
      <div class="two">
        <AuditPanel audit={audit} title={w.t("cal")} id="calendar" part="calendar">
          {audit.calendar.length ? (
            <AlarmCalendar days={audit.calendar} />
          ) : (
            <p class="not-computed hatched">{w.t("au_not_computed")}</p>
          )}
        </AuditPanel>
        <StormTable audit={audit} />
        <RuleTable audit={audit} />
      </div>
      <div class="more">
        <NullTable audit={audit} />
        <div>
          <LeaksAndGaps audit={audit} />
        </div>
      </div>
      <Chooser audit={audit} list={list} />
    </div>
  );
}

/** No audit has been made: the sentence that stands until there is one. */
function NeverAudited() {
  const w = useWords();
  const verdict = useAnswer<StatusAnswer>("/status").answer?.verdict;
  return (
    <section class="verdict">
      <div>
        <h1>{w.t("au_never")}</h1>
        <p class="why">{w.t("au_never_why")}</p>
        {verdict && <FixedSentence sentence={verdict.sentence} note={w.t("au_never_note")} />}
      </div>
    </section>
  );
}

function AuditView({ place }: { place: Place }) {
  const w = useWords();
  const list = useAnswer<AuditList>("/audits");
  const asked = place.parts[0];
  const id = asked && asked !== "latest" ? asked : list.answer?.audits[0]?.audit_id;
  const reading = useAnswer<AuditAnswer>(id ? `/audits/${encodeURIComponent(id)}` : null);
  if (!id) {
    if (list.answer) return <NeverAudited />;
    return list.problem ? (
      <ProblemNote problem={list.problem} since={list.failedSince} />
    ) : (
      <Wait what={w.t("audit")} />
    );
  }
  if (!reading.answer && reading.problem?.status === 404) {
    return (
      <div class="unknown-station">
        <h1>{w.t("au_unknown", { id })}</h1>
        <p>
          <a href={href("audit")}>{w.t("au_to_latest")}</a>
        </p>
      </div>
    );
  }
  return (
    <Read reading={reading} what={w.t("audit")}>
      {(audit) => <Audit audit={audit} list={list.answer} hash={place.hash} />}
    </Read>
  );
}

export const audit: View = {
  name: "audit",
  component: AuditView,
  title: (place, words) => [words.t("audit"), place.parts[0]].filter(Boolean).join(" "),
};
