/** The ledger's chain: newest records as linked blocks, and what the last verification found. */
import type { ChainState, LedgerRecord } from "../shapes.ts";
import { Ago } from "./age.tsx";
import { count } from "./numbers.ts";
import { href } from "./place.ts";
import { type Speaker, useWords } from "./words.ts";

export const shortHash = (hash: string): string => (hash ? `${hash.slice(0, 4)}…${hash.slice(-2)}` : "—");

/** What a record is: ok, no data, issued late. */
export function kindWords(kind: string, words: Speaker): string {
  if (kind === "no_data") return words.t("c_nd");
  if (kind === "late") return words.t("c_late");
  return kind === "ok" ? words.t("c_ok") : kind;
}

/** One clause on the state of the chain. */
export function chainWords(chain: ChainState, words: Speaker): string {
  const n = count(chain.n_records);
  if (chain.is_whole === null) return words.t("chain_never", { n });
  if (chain.is_whole) return words.t("chain_whole", { n });
  return words.t("chain_broken", {
    n,
    seq: chain.first_bad_seq === null ? "?" : count(chain.first_bad_seq),
    finding: words.of(chain.finding),
  });
}

/** Count, state, age of the verification, age of the anchor. */
export function ChainSentence({ chain }: { chain: ChainState }) {
  const words = useWords();
  return (
    <p class="chain-sentence">
      <b class={chain.is_whole === false ? "faulty" : ""}>{chainWords(chain, words)}</b>{" "}
      {chain.verified_at && (
        <span>
          {words.t("verified")} <Ago at={chain.verified_at} query="/ledger" />;{" "}
        </span>
      )}
      {chain.anchored_at ? (
        <span>
          {words.t("anchored", { kind: chain.anchor_kind })} <Ago at={chain.anchored_at} query="/ledger" />.
        </span>
      ) : (
        <span>{words.t("no_anchor")}</span>
      )}
    </p>
  );
}

/** Whether a record holds on to the one before it: by its hash, and by the last verification. */
export function isLinked(record: LedgerRecord, before: LedgerRecord, chain: ChainState): boolean {
  if (record.seq !== before.seq + 1) return true;
  return record.prev === before.hash && chain.first_bad_seq !== record.seq;
}

function Block({ record, isGap }: { record: LedgerRecord; isGap: boolean }) {
  const words = useWords();
  return (
    <li class={`blk is-${record.kind}${isGap ? " gap" : ""}`}>
      <a href={href("ledger", [], { r: String(record.seq) })}>
        <b>{count(record.seq)}</b>
        <span>
          {record.valid_from.slice(5, 10)} {record.station_code}
        </span>
        <span class="mono">{shortHash(record.hash)}</span>
        <span>{kindWords(record.kind, words)}</span>
      </a>
    </li>
  );
}

interface Props {
  readonly chain: ChainState;
  /** Newest first. */
  readonly records: readonly LedgerRecord[];
  readonly nBlocks: number;
}

/** Blocks, oldest to the left; what is due and missing stands at the end. */
export function ChainBlocks({ chain, records, nBlocks }: Props) {
  const words = useWords();
  const shown = records.slice(0, nBlocks).toReversed();
  return (
    <ol class="chain scrolls" tabIndex={0} aria-label={words.t("chain_blocks")}>
      {shown.map((record, at) => {
        const before = shown[at - 1];
        return <Block key={record.seq} record={record} isGap={before !== undefined && !isLinked(record, before, chain)} />;
      })}
      {chain.due_missing.length > 0 && (
        <li class="blk due">
          <b>{count((records[0]?.seq ?? 0) + 1)}</b>
          <span>{chain.due_missing[0]?.replace(/ \d{4}-/, " ")}</span>
          <span class="mono">—</span>
          <span>{words.t("c_due")}</span>
        </li>
      )}
    </ol>
  );
}
