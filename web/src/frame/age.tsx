/** Age badges: they count up between answers, so that a dead server makes them grow. */
import type { StationState } from "../shapes.ts";
import { useNow } from "./clock.ts";
import { age, dateTime, instant, isoDay, MINUTE_MS } from "./times.ts";
import { useWords } from "./words.ts";

interface Props {
  /** ISO time that the age is counted from; null is "never". */
  readonly at: string | null | undefined;
  /** Colours the badge; anything but ok is bold. */
  readonly state?: StationState;
  /** Name of the query, for the title. */
  readonly query?: string;
  /** What stands for an age that is not known. */
  readonly none?: string;
}

/** Beside a simulated clock: what was done by the wall clock has a day and no age. */
const isAhead = (time: number, now: number): boolean => time - now > MINUTE_MS;

/** Age of an instant in its two largest units. */
export function Age({ at, state = "ok", query = "", none }: Props) {
  const words = useWords();
  const time = at ? instant(at) : null;
  const now = useNow(time !== null && Date.now() - time < MINUTE_MS ? 1000 : 15_000);
  const loud = state === "ok" ? "" : ` loud ${state}`;
  if (time === null) return <span class={`age${loud}`}>{none ?? words.t("noage")}</span>;
  const title = `${dateTime(time)}${query ? ` · ${query}` : ""}`;
  return (
    <time class={`age${loud}`} dateTime={new Date(time).toISOString()} title={title}>
      {isAhead(time, now) ? isoDay(time) : age(now - time, words.language)}
    </time>
  );
}

/** "6 min ago", in the reader's language. */
export function Ago({ at, query }: Pick<Props, "at" | "query">) {
  const words = useWords();
  const now = useNow(MINUTE_MS);
  if (!at) return <span>{words.t("noage")}</span>;
  if (isAhead(instant(at), now)) return <Age at={at} {...(query ? { query } : {})} />;
  const [before = "", behind = ""] = words.t("age_ago", { age: "\u0000" }).split("\u0000");
  return (
    <>
      {before}
      <Age at={at} {...(query ? { query } : {})} />
      {behind}
    </>
  );
}
