/** Messages to operators, and who has read them. */
import { useState } from "preact/hooks";
import { Ago } from "../frame/age.tsx";
import { reread, useAnswer } from "../frame/answers.ts";
import { Glyph } from "../frame/glyph.tsx";
import { Panel } from "../frame/panel.tsx";
import { ProblemNote } from "../frame/read.tsx";
import { Said } from "../frame/said.tsx";
import { mayWrite, useSession, write } from "../frame/session.ts";
import { isLabel, type Speaker, useWords } from "../frame/words.ts";
import type { AlertRow, AlertsAnswer, Problem, StationState } from "../shapes.ts";

/** Messages that wait, and those that somebody has just read. */
const SHOWN = { open: 4, read: 2 };
const ALERTS = "/alerts?limit=20";

const LOUDNESS: Readonly<Record<string, StationState>> = { watch: "late", warning: "faulty", critical: "faulty" };

/** Words of a rule; one that the page does not know says its own name. */
function ruleWord(rule: string, words: Speaker): string {
  const label = `rule_${rule}`;
  return isLabel(label) ? words.t(label) : rule.replaceAll("_", " ");
}

function Acknowledge({ alert, failed }: { alert: AlertRow; failed(problem: Problem | null): void }) {
  const words = useWords();
  const [isBusy, setBusy] = useState(false);
  const acknowledge = async () => {
    setBusy(true);
    failed(await write(`/alerts/${encodeURIComponent(alert.alert_id)}/acknowledgement`, { note: "" }));
    await reread(ALERTS);
    setBusy(false);
  };
  return (
    <button type="button" disabled={isBusy} onClick={() => void acknowledge()}>
      {words.t("acknowledge")}
    </button>
  );
}

function Row({ alert, failed }: { alert: AlertRow; failed(problem: Problem | null): void }) {
  const words = useWords();
  const { session } = useSession();
  const isOpen = alert.acknowledged_at === null;
  return (
    <li>
      <Glyph state={isOpen ? LOUDNESS[alert.level] ?? "faulty" : "ok"} rem={0.8} />
      <span>
        <b class={isOpen ? (LOUDNESS[alert.level] ?? "faulty") : "sub"}>
          {alert.station_code} {ruleWord(alert.rule, words)}, <Ago at={alert.raised_at} query="/alerts" />
        </b>
        <span class="detail">
          <Said words={alert.detail} />
        </span>
        {isOpen ? (
          mayWrite(session, "operator") && <Acknowledge alert={alert} failed={failed} />
        ) : (
          <span class="do">
            {words.t("read_by", { name: alert.acknowledged_by })} <Ago at={alert.acknowledged_at} query="/alerts" />
          </span>
        )}
      </span>
    </li>
  );
}

/** Newest reading first. */
const byReading = (a: AlertRow, b: AlertRow): number =>
  (b.acknowledged_at ?? "").localeCompare(a.acknowledged_at ?? "");

/** The newest messages; operators acknowledge them here. */
export function Alerts() {
  const words = useWords();
  const { answer } = useAnswer<AlertsAnswer>(ALERTS);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (!answer || answer.alerts.length === 0) return null;
  const open = answer.alerts.filter((alert) => alert.acknowledged_at === null);
  const read = answer.alerts.filter((alert) => alert.acknowledged_at !== null);
  const shown = [...open.slice(0, SHOWN.open), ...read.sort(byReading).slice(0, SHOWN.read)];
  return (
    <Panel title={words.t("alerts_title")} sub={words.t("alerts_open", { n: open.length })} csv="/alerts?limit=100&format=csv">
      {problem && <ProblemNote problem={problem} since={null} />}
      <ul class="br">
        {shown.map((alert) => (
          <Row key={alert.alert_id} alert={alert} failed={setProblem} />
        ))}
      </ul>
    </Panel>
  );
}
