/** What stands in a panel while it is read, and when it cannot be. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../shapes.ts";
import { type Reading, rereadAll } from "./answers.ts";
import { now, steadyMs, useNow } from "./clock.ts";
import { English } from "./said.tsx";
import { age, dateTime, instant } from "./times.ts";
import { isLabel, type Speaker, useWords } from "./words.ts";

const QUIET_MS = 300;

/** What kind of problem it is, in the reader's language; of a new kind the server's own words. */
function problemTitle({ title, status }: Problem, words: Speaker): string | number {
  const label = `problem_${title.replaceAll(" ", "_")}`;
  return isLabel(label) ? words.t(label) : title || status;
}

/** One sentence of what is wrong; the server's words where it spoke, ours where it is silent. */
export function problemSentence(problem: Problem, since: number | null, words: Speaker): string {
  const from = problem.since ? instant(problem.since) : (since ?? now());
  if (problem.status === 0) {
    return words.t("silent_server", { age: age(now() - from, words.language), time: dateTime(from) });
  }
  if (/database.*locked/.test(`${problem.title} ${problem.detail}`)) {
    return words.t("locked_database", { age: age(now() - from, words.language) });
  }
  return words.t("panel_failed", { title: problemTitle(problem, words), time: dateTime(from) });
}

interface ProblemProps {
  readonly problem: Problem;
  readonly since: number | null;
  readonly children?: ComponentChildren;
}

/** The sentence of a problem, its detail, and a way to try again. */
export function ProblemNote({ problem, since, children }: ProblemProps) {
  const words = useWords();
  return (
    <div class="problem hatched" role="alert">
      <p>{problemSentence(problem, since, words)}</p>
      {problem.detail && (
        <p class="sub">
          <English>{problem.detail}</English>
        </p>
      )}
      {children}
      <button type="button" class="plain" onClick={rereadAll}>
        {words.t("try_again")}
      </button>
    </div>
  );
}

interface StaleProps {
  readonly problem: Problem;
  readonly since: number | null;
  /** When the numbers were last confirmed, by the steady clock. */
  readonly heardAt: number | null;
}

/** What is wrong, and how old the numbers are that still stand. */
export function staleSentence({ problem, since, heardAt }: StaleProps, words: Speaker): string {
  const old = words.t("numbers_old", { age: age(steadyMs() - (heardAt ?? steadyMs()), words.language) });
  return `${problemSentence(problem, since, words)} ${old}`;
}

/** Above panels whose numbers stay while newer ones cannot be had. */
function StaleNote(props: StaleProps) {
  const words = useWords();
  useNow(5000);
  return (
    <p class="stale-note" role="status">
      {staleSentence(props, words)}{" "}
      <button type="button" class="plain" onClick={rereadAll}>
        {words.t("try_again")}
      </button>
    </p>
  );
}

/** "Reading ...", but only after 300 ms: what comes at once needs no word. */
export function Wait({ what }: { readonly what: string }) {
  const words = useWords();
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, []);
  return <p class="wait">{isLong ? words.t("reading", { what }) : "\u00a0"}</p>;
}

interface ReadProps<T> {
  readonly reading: Reading<T>;
  readonly what: string;
  children(answer: T): ComponentChildren;
}

/** The answer's panels, or why there is none. */
export function Read<T>({ reading, what, children }: ReadProps<T>) {
  const { answer, problem, failedSince, heardAt } = reading;
  if (answer === undefined) {
    return problem ? <ProblemNote problem={problem} since={failedSince} /> : <Wait what={what} />;
  }
  return (
    <>
      {problem && problem.status !== 0 && <StaleNote problem={problem} since={failedSince} heardAt={heardAt} />}
      {children(answer)}
    </>
  );
}
