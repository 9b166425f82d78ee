/** A panel: title, tag of the mode, source and age of its newest datum, the same as a table. */
import type { ComponentChildren } from "preact";
import type { StatusAnswer } from "../shapes.ts";
import { Age } from "./age.tsx";
import { API, useAnswer } from "./answers.ts";
import { useWords } from "./words.ts";

/** Dashed tag of what is not an operation: mode `test`, or the demo's invented data. */
export function ModeTag() {
  const mode = useAnswer<StatusAnswer>("/status").answer?.mode;
  const words = useWords();
  if (mode !== "test" && mode !== "demo") return null;
  return (
    <span class="tag" title={words.t(mode === "demo" ? "demo_tip" : "test_tip")}>
      {mode}
    </span>
  );
}

interface Props {
  readonly title: string;
  /** Words beside the title. */
  readonly sub?: ComponentChildren;
  /** Name of the query and of the list behind it. */
  readonly source?: string;
  /** Time of the newest datum; given with `source`. */
  readonly newestAt?: string | null | undefined;
  /** Address below `/api/v1` of the same numbers as a table. */
  readonly csv?: string;
  readonly json?: string;
  readonly right?: ComponentChildren;
  readonly id?: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

function Whence({ source, newestAt }: { source: string; newestAt: string | null | undefined }) {
  const words = useWords();
  return (
    <span class="whence" title={source}>
      {source.split(":")[0]}
      {newestAt !== undefined && (
        <>
          , {words.t("newest")} <Age at={newestAt} query={source} />
        </>
      )}
    </span>
  );
}

/** Links to the same numbers: nothing is to be had by hovering only. */
function Tables({ csv, json, title }: { csv?: string | undefined; json?: string | undefined; title: string }) {
  return (
    <span class="tables">
      {csv && (
        <a href={API + csv} aria-label={`CSV: ${title}`} download>
          CSV
        </a>
      )}
      {json && (
        <a href={API + json} aria-label={`JSON: ${title}`}>
          JSON
        </a>
      )}
    </span>
  );
}

/** A section with its caption. */
export function Panel(props: Props) {
  const { title, sub, source, newestAt, csv, json, right, id, children } = props;
  return (
    <section class={`panel ${props.class ?? ""}`} id={id} aria-label={title}>
      <div class="cap">
        <h2>{title}</h2>
        {sub && <span class="sub">{sub}</span>}
        <ModeTag />
        <span class="r">
          {right}
          {source && <Whence source={source} newestAt={newestAt} />}
          {(csv || json) && <Tables csv={csv} json={json} title={title} />}
        </span>
      </div>
      {children}
    </section>
  );
}
