/** What is broken: one line what and how long, one line what to do. */
import { Age } from "../frame/age.tsx";
import { Glyph, severityState } from "../frame/glyph.tsx";
import { Panel } from "../frame/panel.tsx";
import { Said } from "../frame/said.tsx";
import { useWords } from "../frame/words.ts";
import type { Trouble } from "../shapes.ts";

function Item({ trouble }: { trouble: Trouble }) {
  const words = useWords();
  const state = severityState(trouble.severity);
  return (
    <li>
      <Glyph state={state} rem={0.875} />
      <span>
        <b class={state}>
          {words.of(trouble.title).replace(/\.$/, "")}
          {trouble.since && (
            <>
              {", "}
              <Age at={trouble.since} query="/operation" />
            </>
          )}
        </b>
        <span class="do">
          <Said words={trouble.advice} />
        </span>
      </span>
    </li>
  );
}

/** The list, worst first. */
export function Broken({ troubles }: { troubles: readonly Trouble[] }) {
  const words = useWords();
  return (
    <Panel title={words.t("broken")}>
      {troubles.length === 0 ? (
        <p class="sub">{words.t("nothing_broken")}</p>
      ) : (
        <ul class="br">
          {troubles.map((trouble, at) => (
            <Item key={`${at}${trouble.title.en}`} trouble={trouble} />
          ))}
        </ul>
      )}
    </Panel>
  );
}
