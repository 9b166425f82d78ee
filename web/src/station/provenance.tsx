import { Ago } from "../frame/age.tsx";
import { API } from "../frame/answers.ts";
import { count } from "../frame/numbers.ts";
import { English, Said } from "../frame/said.tsx";
import { useWords } from "../frame/words.ts";
import type { StationDayAnswer } from "../shapes.ts";
import { shortHash } from "./sentences.ts";

const PARTS = ["minutes", "flags", "kp", "dst"] as const;

/** The same numbers as tables, and the scalogram as bytes. */
function Links({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  const path = `${API}/stations/${day.station_code}/days/${day.day}`;
  const name = `${day.station_code} ${day.day}`;
  return (
    <p class="tables">
      {PARTS.map((part) => (
        <a key={part} href={`${path}?format=csv&part=${part}`} download aria-label={`CSV ${part}: ${name}`}>
          CSV {part}
        </a>
      ))}
      <a href={path} aria-label={`JSON: ${name}`}>
        JSON
      </a>
      {day.has_scalogram && (
        <a href={`${path}/scalogram?kind=amplitude`} download={`${day.station_code}_${day.day}_amplitude.u8`}>
          {w.t("st_bytes")}
        </a>
      )}
    </p>
  );
}

/** File, reader, count of samples and checksum of the day, and the same numbers as tables. */
export function Provenance({ day }: { day: StationDayAnswer }) {
  const w = useWords();
  const from = day.provenance;
  return (
    <section class="provenance" aria-label={w.t("prov")}>
      <h2>{w.t("prov")}</h2>
      {from ? (
        <>
          <p>
            {from.file_name}, {w.t("rdr")} <b>{from.reader}</b>
          </p>
          <p>
            {w.t("st_valid", {
              valid: count(from.n_valid_s),
              expected: count(from.n_expected_s),
              hz: from.sampling_hz,
            })}
            {from.n_revisions > 1 && `; ${w.t("st_revision", { n: from.revision, of: from.n_revisions })}`}
          </p>
          <p>
            <Said words={from.edges} />
          </p>
          <p>
            SHA-256 <span title={from.sha256}>{shortHash(from.sha256)}</span>
          </p>
          {from.received_at && (
            <p>
              {w.t("st_received")} <Ago at={from.received_at} />
            </p>
          )}
        </>
      ) : (
        <p>
          <Said words={day.reason} label="st_no_value" />
        </p>
      )}
      <p class="whence">
        <English>{day.source}</English>
      </p>
      <Links day={day} />
    </section>
  );
}
