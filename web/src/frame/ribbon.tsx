/** One line under the header: what is broken, or that all is well; and when nobody answers. */
import type { Problem, StatusAnswer, Trouble } from "../shapes.ts";
import { Ago } from "./age.tsx";
import { useAnswer } from "./answers.ts";
import { now, steadyMs, useNow } from "./clock.ts";
import { Glyph, severityState } from "./glyph.tsx";
import { ModeTag } from "./panel.tsx";
import { href } from "./place.ts";
import { problemSentence, staleSentence } from "./read.tsx";
import { Said } from "./said.tsx";
import { age, dateTime } from "./times.ts";
import { useWords } from "./words.ts";

/** Refreshes missed in a row before the ribbon says so. */
export const SILENT_AFTER = 5;

function Silent({ heardAt }: { heardAt: number | null }) {
  const words = useWords();
  useNow(1000);
  const silentMs = heardAt === null ? 0 : steadyMs() - heardAt;
  const text =
    heardAt === null
      ? words.t("never_answered")
      : words.t("no_answer", { age: age(silentMs, words.language), time: dateTime(now() - silentMs) });
  return (
    <div class="ribbon alarm" role="status">
      <Glyph state="faulty" rem={0.95} />
      <b>{text}</b>
    </div>
  );
}

/** The server is there, but cannot answer: it says why. */
function Unable({ problem, since, heardAt }: { problem: Problem; since: number | null; heardAt: number | null }) {
  const words = useWords();
  useNow(5000);
  return (
    <div class="ribbon alarm" role="status">
      <Glyph state="faulty" rem={0.95} />
      <b>
        {heardAt === null
          ? problemSentence(problem, since, words)
          : staleSentence({ problem, since, heardAt }, words)}
      </b>
    </div>
  );
}

function Broken({ troubles }: { troubles: readonly Trouble[] }) {
  const words = useWords();
  const worst = troubles[0]!;
  return (
    <div class={`ribbon ${worst.severity}`} role="status">
      <Glyph state={severityState(worst.severity)} rem={0.95} />
      <b>{words.of(worst.title)}</b> <span>
        <Said words={worst.advice} />
      </span>
      <ModeTag />
      <span class="r">
        {troubles.length > 1 && (
          <a href={href("health")}>{words.t("more_troubles", { n: troubles.length - 1 })}</a>
        )}
        {worst.since && <span><Ago at={worst.since} query="/status" /></span>}
      </span>
    </div>
  );
}

/** The ribbon; `isShort` leaves only the silence of the server (health shows the rest itself). */
export function Ribbon({ isShort = false }: { isShort?: boolean }) {
  const { answer, nMissed, heardAt, problem, failedSince } = useAnswer<StatusAnswer>("/status");
  const words = useWords();
  if (problem?.status === 401) return <div class="ribbon" role="status" />;
  if (problem && problem.status !== 0) return <Unable problem={problem} since={failedSince} heardAt={heardAt} />;
  if (nMissed >= SILENT_AFTER || (nMissed > 0 && !answer)) return <Silent heardAt={heardAt} />;
  if (isShort) return null;
  if (!answer) return <div class="ribbon" role="status">{"\u00a0"}</div>;
  if (answer.troubles.length > 0) return <Broken troubles={answer.troubles} />;
  return (
    <div class="ribbon" role="status">
      <Glyph state="ok" rem={0.8} />
      <span>{words.of(answer.all_well)}</span>
      <ModeTag />
    </div>
  );
}
