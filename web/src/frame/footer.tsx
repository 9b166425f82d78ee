/** The fixed sentence of the last audit, the mode, the session, the age of the page. */
import type { StatusAnswer } from "../shapes.ts";
import { REFRESH_MS, useAnswer } from "./answers.ts";
import { steadyMs, useNow } from "./clock.ts";
import { href } from "./place.ts";
import { SessionLine } from "./sign_in.tsx";
import { age, dateTime } from "./times.ts";
import { useWords } from "./words.ts";

/** Refreshes missed in a row before the age of the page turns ochre. */
const LATE_AFTER = 2;

function PageAge() {
  const { heardAt, nMissed } = useAnswer<StatusAnswer>("/status");
  const words = useWords();
  useNow(1000);
  if (heardAt === null) return <span class="r">{words.t("not_read")}</span>;
  const old = steadyMs() - heardAt;
  const due = age(Math.max(0, REFRESH_MS * (nMissed + 1) - old), words.language);
  return (
    <span class={`r${nMissed >= LATE_AFTER ? " loud late" : ""}`} data-page-age={Math.floor(old / 1000)}>
      {words.t("page_age", { age: age(old, words.language), due })}
    </span>
  );
}

/** Footer of every view. */
export function Footer() {
  const { answer } = useAnswer<StatusAnswer>("/status");
  const words = useWords();
  const verdict = answer?.verdict;
  return (
    <footer>
      {verdict && (
        <a class="fixed" href={href("audit", verdict.audit_id ? [verdict.audit_id] : [])}>
          {words.of(verdict.sentence)}
        </a>
      )}
      {answer && (
        <span title={dateTime(Date.parse(answer.as_of))}>
          {words.t("mode_line", { mode: modeWord(answer.mode, words.language) })}
          {answer.clock === "simulated" && `, ${words.t("simulated")}`}
        </span>
      )}
      <SessionLine />
      <PageAge />
      <span class="printed" aria-hidden="true">
        {location.href}
      </span>
    </footer>
  );
}

function modeWord(mode: string, language: "en" | "id"): string {
  const indonesian: Readonly<Record<string, string>> = { shadow: "bayangan", test: "uji", demo: "demo" };
  return language === "id" ? (indonesian[mode] ?? mode) : mode;
}
