/** The records of a page, newest first; each opens to its whole hashes. */
import { Fragment } from "preact";
import { isLinked, kindWords, shortHash } from "../frame/chain.tsx";
import { Glyph } from "../frame/glyph.tsx";
import { count, significant } from "../frame/numbers.ts";
import { href } from "../frame/place.ts";
import { Said } from "../frame/said.tsx";
import { dateTime, instant, isoDay } from "../frame/times.ts";
import { type Speaker, useWords } from "../frame/words.ts";
import type { ChainState, LedgerRecord, StationState } from "../shapes.ts";

function stateOf(kind: string): StationState {
  if (kind === "late") return "late";
  return kind === "ok" ? "ok" : "silent";
}

function Hashes({ record, words }: { record: LedgerRecord; words: Speaker }) {
  const rows = [
    [words.t("hash"), record.hash],
    [words.t("prev_hash"), record.prev],
    [words.t("model"), record.model_sha256],
    [words.t("input_hash"), record.input_sha256],
  ] as const;
  return (
    <tr class="opened">
      <td colSpan={9}>
        <dl>
          {rows.map(([name, hash]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="mono">{hash || "—"}</dd>
            </div>
          ))}
          <div>
            <dt>{words.t("issued_at")}</dt>
            <dd>{dateTime(instant(record.issued_at))}</dd>
          </div>
          {record.reason.en && (
            <div>
              <dt>{words.t("reason_head")}</dt>
              <dd>
                <Said words={record.reason} />
              </dd>
            </div>
          )}
          <div>
            <dt>{words.t("window")}</dt>
            <dd>
              {dateTime(instant(record.valid_from))} – {dateTime(instant(record.valid_to))}
            </dd>
          </div>
        </dl>
      </td>
    </tr>
  );
}

interface RowProps {
  readonly record: LedgerRecord;
  readonly isOpen: boolean;
  readonly isBad: boolean;
  readonly before: number | null;
  readonly words: Speaker;
}

function alarmWord(isAlarm: boolean | null, words: Speaker): string {
  if (isAlarm === null) return "—";
  return isAlarm ? words.t("alarm_yes") : words.t("alarm_no");
}

function Row({ record, isOpen, isBad, before, words }: RowProps) {
  const page = before === null ? null : String(before);
  const address = href("ledger", [], { before: page, r: isOpen ? null : String(record.seq) });
  const score = record.probability === null ? "—" : significant(record.probability, 3, words.language);
  return (
    <tr class={`is-${record.kind}${isBad ? " bad" : ""}`}>
      <th scope="row" class="n">
        <a href={address} aria-expanded={isOpen} role="button">
          {count(record.seq)}
        </a>
      </th>
      <td>{isoDay(instant(record.valid_from))}</td>
      <td>
        {record.station_code === "" ? null : (
          <a href={href("station", [record.station_code, isoDay(instant(record.valid_from))])}>
            <b>{record.station_code}</b>
          </a>
        )}
      </td>
      <td class="kind">
        <Glyph state={stateOf(record.kind)} rem={0.7} /> {kindWords(record.kind, words)}
      </td>
      <td class="n">{score}</td>
      <td>{alarmWord(record.is_alarm, words)}</td>
      <td class="reason">
        <Said words={record.reason} />
      </td>
      <td class="issued">{dateTime(instant(record.issued_at))}</td>
      <td class="mono hash">{shortHash(record.hash)}</td>
    </tr>
  );
}

interface Props {
  readonly records: readonly LedgerRecord[];
  readonly chain: ChainState;
  readonly open: number | null;
  readonly before: number | null;
}

function Head({ words }: { words: Speaker }) {
  return (
    <thead>
      <tr>
        <th scope="col" class="n">
          {words.t("seq")}
        </th>
        <th scope="col">{words.t("valid_day")}</th>
        <th scope="col">{words.t("station").toLowerCase()}</th>
        <th scope="col">{words.t("kind")}</th>
        <th scope="col" class="n">
          {words.t("score")}
        </th>
        <th scope="col">{words.t("alarm_head")}</th>
        <th scope="col" class="reason">
          {words.t("reason_head")}
        </th>
        <th scope="col" class="issued">
          {words.t("issued_at")}
        </th>
        <th scope="col" class="hash">
          {words.t("hash")}
        </th>
      </tr>
    </thead>
  );
}

/** The table of records. */
export function Records({ records, chain, open, before }: Props) {
  const words = useWords();
  if (records.length === 0) return <p class="sub">{words.t("no_records")}</p>;
  return (
    <div class="scrolls records" tabIndex={0} role="group" aria-label={words.t("records")}>
      <table>
        <Head words={words} />
        <tbody>
          {records.map((record, at) => {
            const previous = records[at + 1];
            const isBad = record.seq === chain.first_bad_seq || (previous !== undefined && !isLinked(record, previous, chain));
            const isOpen = record.seq === open;
            return (
              <Fragment key={record.seq}>
                <Row record={record} isOpen={isOpen} isBad={isBad} before={before} words={words} />
                {isOpen && <Hashes record={record} words={words} />}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
