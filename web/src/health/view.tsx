import { useAnswer } from "../frame/answers.ts";
import "../frame/chain.css";
import { ChainBlocks, ChainSentence } from "../frame/chain.tsx";
import { Glyph } from "../frame/glyph.tsx";
import { ModeTag, Panel } from "../frame/panel.tsx";
import { Read } from "../frame/read.tsx";
import { Said } from "../frame/said.tsx";
import type { View } from "../frame/view.ts";
import { useWords } from "../frame/words.ts";
import type { LedgerAnswer, OperationAnswer } from "../shapes.ts";
import { Alerts } from "./alerts.tsx";
import { Broken } from "./broken.tsx";
import { LastCycle } from "./cycle.tsx";
import "./health.css";
import { MachineTable, VersionTable } from "./machine.tsx";
import { Matrix } from "./matrix.tsx";

const N_BLOCKS = 5;

/** The line of the view at five metres, with its colour and its glyph. */
function Band({ answer }: { answer: OperationAnswer }) {
  const words = useWords();
  const worst = answer.troubles[0]?.severity;
  const state = worst === "alarm" ? "faulty" : worst === "late" ? "late" : "ok";
  return (
    <section class={`band ${worst ?? "quiet"}`} role="status">
      <h1>
        <Glyph state={state} rem={2.2} />
        <span>{words.of(answer.headline)}</span>
        <ModeTag />
      </h1>
      <p>
        <Said words={answer.detail} />
      </p>
    </section>
  );
}

function Chain() {
  const words = useWords();
  const reading = useAnswer<LedgerAnswer>("/ledger?limit=50");
  return (
    <Panel title={words.t("chain")} csv="/ledger?limit=50&format=csv">
      <Read reading={reading} what={words.t("ledger")}>
        {(answer) => (
          <>
            <ChainSentence chain={answer.chain} />
            <ChainBlocks chain={answer.chain} records={answer.records} nBlocks={N_BLOCKS - Math.sign(answer.chain.due_missing.length)} />
            <p class="dim note">{words.t("late_note")}</p>
          </>
        )}
      </Read>
    </Panel>
  );
}

function Health({ answer }: { answer: OperationAnswer }) {
  return (
    <>
      <Band answer={answer} />
      <div class="he">
        <div class="he-main">
          <Matrix answer={answer} />
          <div class="he-low">
            <Broken troubles={answer.troubles} />
            <div>
              <Chain />
              <Alerts />
            </div>
          </div>
        </div>
        <aside class="he-side" aria-label={useWords().t("machine")}>
          <LastCycle answer={answer} />
          <MachineTable machine={answer.machine} />
          <VersionTable versions={answer.versions} />
        </aside>
      </div>
    </>
  );
}

function HealthView() {
  const words = useWords();
  const reading = useAnswer<OperationAnswer>("/operation");
  return (
    <Read reading={reading} what={words.t("health")}>
      {(answer) => <Health answer={answer} />}
    </Read>
  );
}

export const health: View = {
  name: "health",
  component: HealthView,
  title: (_place, words) => words.t("health"),
  reads: () => ["/operation"],
  hasOwnRibbon: true,
};
