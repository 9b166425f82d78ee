import { useState } from "preact/hooks";
import { reread } from "../frame/answers.ts";
import { English } from "../frame/said.tsx";
import { mayWrite, useSession, write } from "../frame/session.ts";
import { SignInForm } from "../frame/sign_in.tsx";
import { type Label, useWords } from "../frame/words.ts";
import type { ModelsAnswer, Problem } from "../shapes.ts";
import { shortHash } from "../station/sentences.ts";

const ACTIONS = ["challenge", "promotion", "roll-back"] as const;
type Action = (typeof ACTIONS)[number];

const LABELS: Readonly<Record<Action, Label>> = {
  challenge: "mo_challenge",
  promotion: "mo_promote",
  "roll-back": "mo_roll_back",
};

const LEAST_REASON = 10;
const MOST_REASON = 500;

function Result({ problem, isDone }: { problem: Problem | null; isDone: boolean }) {
  const w = useWords();
  if (problem) {
    return (
      <p class="loud faulty" role="alert">
        {problem.detail || problem.title ? <English>{problem.detail || problem.title}</English> : w.t("no_server")}
      </p>
    );
  }
  return isDone ? <p role="status">{w.t("mo_done")}</p> : null;
}

function Fields({ models }: { models: ModelsAnswer["models"] }) {
  const w = useWords();
  return (
    <>
      <label>
        {w.t("mo_action")}
        <select name="action" required>
          {ACTIONS.map((action) => (
            <option key={action} value={action}>
              {w.t(LABELS[action])}
            </option>
          ))}
        </select>
      </label>
      <label>
        {w.t("model")}
        <select name="model" required>
          {models.map(({ model_sha256: sha256, name, role }) => (
            <option key={sha256} value={sha256}>
              {name} ({role}, {shortHash(sha256)})
            </option>
          ))}
        </select>
      </label>
      <label>
        {w.t("mo_audit_id")}
        <input name="audit" maxLength={64} autocomplete="off" />
      </label>
      <label class="wide">
        {w.t("mo_reason")}
        <textarea name="reason" minLength={LEAST_REASON} maxLength={MOST_REASON} rows={3} required />
      </label>
    </>
  );
}

function Form({ models }: { models: ModelsAnswer["models"] }) {
  const w = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isDone, setDone] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const text = (name: string): string => String(fields.get(name) ?? "").trim();
    const body = { model_sha256: text("model"), audit_id: text("audit") || null, reason: text("reason") };
    const found = await write(`/models/${text("action")}`, body);
    setProblem(found);
    setDone(found === null);
    if (found) return;
    form.reset();
    void reread("/models");
  };
  return (
    <form class="decision" onSubmit={submit}>
      <Fields models={models} />
      <p class="sub">{w.t("mo_rule")}</p>
      <button type="submit">{w.t("mo_decide")}</button>
      <Result problem={problem} isDone={isDone} />
    </form>
  );
}

/** Deciding needs an administrator, a reason and, for a promotion, a passed audit. */
export function DecisionForm({ models }: { models: ModelsAnswer["models"] }) {
  const w = useWords();
  const { session } = useSession();
  if (mayWrite(session, "admin") && session.csrf) return <Form models={models} />;
  if (session.role !== null && session.csrf)
    return <p class="sub">{w.t("mo_admin_only", { role: session.role })}</p>;
  return (
    <details class="decision-gate">
      <summary>{w.t("mo_sign_in")}</summary>
      <SignInForm />
    </details>
  );
}
