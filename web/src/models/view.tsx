import { useState } from "preact/hooks";
import { FixedSentence } from "../audit/verdict_card.tsx";
import { useAnswer } from "../frame/answers.ts";
import { count, number } from "../frame/numbers.ts";
import { ModeTag, Panel } from "../frame/panel.tsx";
import { Read } from "../frame/read.tsx";
import { English, Said } from "../frame/said.tsx";
import { dateTime, instant } from "../frame/times.ts";
import type { View } from "../frame/view.ts";
import { isLabel, useWords } from "../frame/words.ts";
import type { ModelRow, ModelsAnswer, StatusAnswer } from "../shapes.ts";
import { shortHash } from "../station/sentences.ts";
import { Curves, groupsOf } from "./curves.tsx";
import { metricName, outcomeName } from "./names.ts";
import { DecisionForm } from "./decision_form.tsx";
import { Drift } from "./drift.tsx";
import "../diagrams/diagram.css";
import "./models.css";

const PATH = "/models";
const DASH = "–";

function useRoleName(): (role: string) => string {
  const w = useWords();
  return (role) => {
    const key = `mo_role_${role}`;
    return isLabel(key) ? w.t(key) : role;
  };
}

function ModelFacts({ model }: { model: ModelRow }) {
  const w = useWords();
  const heads = model.trained_heads.map((head) => metricName(head, w)).join(", ");
  const rows: [string, string][] = [
    ["SHA-256", shortHash(model.model_sha256)],
    [w.t("mo_trunk"), [model.trunk, model.planes].filter(Boolean).join(", ") || DASH],
    [w.t("mo_parameters"), model.n_parameters === null ? DASH : count(model.n_parameters)],
    [w.t("mo_heads"), heads || DASH],
    [w.t("frozen"), model.threshold === null ? DASH : number(model.threshold, 3, w.language)],
    [w.t("mo_forecasts"), count(model.n_forecasts)],
    [w.t("mo_mean"), model.mean_probability === null ? DASH : number(model.mean_probability, 3, w.language)],
  ];
  return (
    <table class="model-facts">
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="n">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A model: its role, its verdict in words before any number, then what it is. */
function ModelCard({ model }: { model: ModelRow }) {
  const w = useWords();
  const roleName = useRoleName();
  return (
    <section class={`model ${model.role}`} aria-label={`${roleName(model.role)}: ${model.name}`}>
      <p class="sub">
        {roleName(model.role)}
        {model.since && `, ${w.t("mo_since", { time: dateTime(instant(model.since)) })}`}
      </p>
      <h3>{model.name}</h3>
      <p class="model-verdict">{model.verdict ? <English>{model.verdict}</English> : w.t("au_never")}</p>
      {model.description.en && (
        <p class="sub">
          <Said words={model.description} />
        </p>
      )}
      <ModelFacts model={model} />
    </section>
  );
}

function Head({ answer }: { answer: ModelsAnswer }) {
  const w = useWords();
  const champion = answer.models.find(({ role }) => role === "champion");
  const challengers = answer.models.filter(({ role }) => role === "challenger");
  const verdict = useAnswer<StatusAnswer>("/status").answer?.verdict;
  return (
    <div class="models-head">
      <div>
        <h1>
          {champion ? champion.name : w.t("mo_none")} <ModeTag />
        </h1>
        <p class="why">
          {champion
            ? w.t("mo_line", { verdict: champion.verdict || w.t("au_never"), n: challengers.length })
            : w.t("mo_none_why")}
        </p>
      </div>
      {verdict && <FixedSentence sentence={verdict.sentence} note={w.t("locked")} />}
    </div>
  );
}

function CurvePanel({ answer }: { answer: ModelsAnswer }) {
  const w = useWords();
  const trained = answer.models.filter(({ curves, role }) => curves.length > 0 && role !== "retired");
  return (
    <Panel
      title={w.t("mo_curves")}
      id="curves"
      source={answer.source}
      newestAt={answer.newest_datum_at ?? null}
      csv={`${PATH}?format=csv&part=curves`}
      json={PATH}
    >
      {trained.length === 0 && <p class="sub">{w.t("mo_no_curves")}</p>}
      {trained.map((model) => (
        <div key={model.model_sha256} class="model-curves">
          <h3>{model.name}</h3>
          <div class="curve-grid">
            {[...groupsOf(model.curves)].map(([title, curves]) => (
              <Curves key={title} title={title} curves={curves} />
            ))}
          </div>
        </div>
      ))}
    </Panel>
  );
}

function Decisions({ answer }: { answer: ModelsAnswer }) {
  const w = useWords();
  const roleName = useRoleName();
  return (
    <Panel title={w.t("mo_decisions")} id="decisions" csv={`${PATH}?format=csv&part=decisions`} json={PATH}>
      {answer.decisions.length === 0 ? (
        <p class="sub">{w.t("mo_no_decisions")}</p>
      ) : (
        <table class="numbers decisions">
          <thead>
            <tr>
              {(["mo_when", "mo_by", "mo_what", "model", "mo_reason", "mo_verdict"] as const).map((label) => (
                <th key={label} scope="col">
                  {w.t(label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answer.decisions.map((decision) => (
              <tr key={decision.number}>
                <th scope="row">{dateTime(instant(decision.at))}</th>
                <td>{decision.by}</td>
                <td>{roleName(decision.role)}</td>
                <td class="mono">{shortHash(decision.model_sha256)}</td>
                <td>{decision.reason}</td>
                <td>{decision.verdict || DASH}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <DecisionForm models={answer.models} />
    </Panel>
  );
}

const RANDOM_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** A name as it is; of a random one what tells it from its neighbours. */
const runName = (id: string): string => (RANDOM_ID.test(id) ? id.slice(0, 8) : id);

function RunLine({ run }: { run: ModelsAnswer["runs"][number] }) {
  const w = useWords();
  return (
    <tr>
      <th scope="row" title={run.run_id}>
        {runName(run.run_id)}
      </th>
      <td>{run.started_at ? dateTime(instant(run.started_at)) : DASH}</td>
      <td>{outcomeName(run.outcome, w)}</td>
      <td>
        <Said words={run.sentence} />
      </td>
    </tr>
  );
}

/** Runs that are shown before somebody asks for all. */
const RUNS_SHOWN = 8;

function Runs({ answer }: { answer: ModelsAnswer }) {
  const w = useWords();
  const [isWhole, setWhole] = useState(false);
  const runs = isWhole ? answer.runs : answer.runs.slice(0, RUNS_SHOWN);
  return (
    <Panel title={w.t("mo_runs")} id="runs" csv={`${PATH}?format=csv&part=runs`} json={PATH}>
      {answer.runs.length === 0 ? (
        <p class="sub">{w.t("mo_no_runs")}</p>
      ) : (
        <table class="numbers">
          <thead>
            <tr>
              {(["mo_run", "mo_started", "mo_outcome", "mo_said"] as const).map((label) => (
                <th key={label} scope="col">
                  {w.t(label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <RunLine key={run.run_id} run={run} />
            ))}
          </tbody>
        </table>
      )}
      {answer.runs.length > runs.length && (
        <button type="button" class="plain" onClick={() => setWhole(true)}>
          {w.t("mo_all_runs", { n: answer.runs.length })}
        </button>
      )}
    </Panel>
  );
}

const ORDER = ["champion", "challenger", "retired"];

function Models({ answer }: { answer: ModelsAnswer }) {
  const w = useWords();
  const models = [...answer.models].sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role));
  const champion = models[0];
  return (
    <div class="models">
      <Head answer={answer} />
      <Panel
        title={w.t("mo_in_service")}
        id="in-service"
        source={answer.source}
        newestAt={answer.newest_datum_at ?? null}
        csv={`${PATH}?format=csv&part=models`}
        json={PATH}
      >
        {models.length === 0 && <p class="sub">{w.t("mo_none_why")}</p>}
        <div class="model-cards">
          {models.map((model) => (
            <ModelCard key={model.model_sha256 + model.role} model={model} />
          ))}
        </div>
      </Panel>
      <Panel title={w.t("mo_drift")} id="drift" sub={champion?.name ?? ""} json={PATH}>
        {champion ? <Drift model={champion} /> : <p class="sub">{w.t("mo_no_drift")}</p>}
      </Panel>
      <CurvePanel answer={answer} />
      <Decisions answer={answer} />
      <Runs answer={answer} />
    </div>
  );
}

function ModelsView() {
  const w = useWords();
  const reading = useAnswer<ModelsAnswer>(PATH);
  return (
    <Read reading={reading} what={w.t("models")}>
      {(answer) => <Models answer={answer} />}
    </Read>
  );
}

export const models: View = {
  name: "models",
  component: ModelsView,
  title: (_place, words) => words.t("models"),
};
