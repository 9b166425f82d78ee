import { useAnswer } from "../frame/answers.ts";
import "../frame/chain.css";
import { chainWords, ChainBlocks } from "../frame/chain.tsx";
import { Glyph } from "../frame/glyph.tsx";
import { useKeys } from "../frame/keys.ts";
import { Panel } from "../frame/panel.tsx";
import { go, href, type Place } from "../frame/place.ts";
import { Read } from "../frame/read.tsx";
import type { View } from "../frame/view.ts";
import { useWords } from "../frame/words.ts";
import type { ChainState, LedgerAnswer } from "../shapes.ts";
import "./ledger.css";
import { Records } from "./records.tsx";
import { Checks, Gaps, RegistrationTable } from "./side.tsx";

const N_BLOCKS = 10;
const PAGE = 50;

/** Sequence number that the page of records ends before; null is the newest page. */
function beforeOf(place: Place): number | null {
  const asked = Number(place.query.get("before"));
  return Number.isInteger(asked) && asked > 0 ? asked : null;
}

function pageOf(before: number | null): string {
  return `/ledger?${before === null ? "" : `before=${before}&`}limit=${PAGE}`;
}

/** The line at five metres: how many records, and whether the chain is whole. */
function Headline({ chain }: { chain: ChainState }) {
  const words = useWords();
  const state = chain.is_whole === false ? "faulty" : chain.is_whole ? "ok" : "unknown";
  return (
    <div class={`ledger-line ${chain.is_whole === false ? "broken" : ""}`}>
      <Glyph state={state} rem={1.9} />
      <h1>{chainWords(chain, words)}</h1>
    </div>
  );
}

interface PagerProps {
  readonly answer: LedgerAnswer;
  readonly before: number | null;
}

/** Addresses of the pages beside this one; null at the ends. */
function neighbours({ answer, before }: PagerProps): { newer: string | null; older: string | null } {
  const older = answer.next_before === null ? null : href("ledger", [], { before: String(answer.next_before) });
  if (before === null) return { newer: null, older };
  const newest = before + PAGE > answer.chain.n_records;
  return { newer: href("ledger", [], { before: newest ? null : String(before + PAGE) }), older };
}

function Pager(props: PagerProps) {
  const words = useWords();
  const { newer, older } = neighbours(props);
  const step = (by: string | null) => () => {
    if (by !== null) go(by);
  };
  useKeys(
    [
      { keys: ["]"], written: "]", label: "newer", run: step(newer) },
      { keys: ["["], written: "[", label: "older", run: step(older) },
    ],
    [newer, older],
  );
  return (
    <nav class="pager" aria-label={words.t("pages")}>
      {newer ? <a href={newer}>← {words.t("newer")}</a> : <span class="dim">{words.t("is_newest")}</span>}
      {older ? <a href={older}>{words.t("older")} →</a> : <span class="dim">{words.t("is_oldest")}</span>}
    </nav>
  );
}

function Ledger({ answer, place }: { answer: LedgerAnswer; place: Place }) {
  const words = useWords();
  const before = beforeOf(place);
  const open = Number(place.query.get("r")) || null;
  return (
    <>
      <Headline chain={answer.chain} />
      <div class="led">
        <div class="led-main">
          <Panel title={words.t("chain")} sub={words.t(before === null ? "chain_newest" : "chain_page")}>
            <ChainBlocks
              chain={answer.chain}
              records={answer.records}
              nBlocks={N_BLOCKS - Math.sign(answer.chain.due_missing.length)}
            />
            <p class="dim note">{words.t("late_note")}</p>
          </Panel>
          <Panel
            title={words.t("records")}
            sub={words.t("as_issued")}
            source={answer.source}
            newestAt={answer.newest_datum_at}
            csv={`${pageOf(before)}&format=csv`}
            json={pageOf(before)}
          >
            <Records records={answer.records} chain={answer.chain} open={open} before={before} />
            <Pager answer={answer} before={before} />
          </Panel>
        </div>
        <aside class="led-side" aria-label={words.t("led_side")}>
          <Checks answer={answer} />
          <Gaps chain={answer.chain} />
          <RegistrationTable registration={answer.registration} />
        </aside>
      </div>
    </>
  );
}

function LedgerView({ place }: { place: Place }) {
  const words = useWords();
  const reading = useAnswer<LedgerAnswer>(pageOf(beforeOf(place)));
  return (
    <Read reading={reading} what={words.t("ledger")}>
      {(answer) => <Ledger answer={answer} place={place} />}
    </Read>
  );
}

export const ledger: View = {
  name: "ledger",
  component: LedgerView,
  title: (_place, words) => words.t("ledger"),
  reads: (place) => [pageOf(beforeOf(place))],
};
