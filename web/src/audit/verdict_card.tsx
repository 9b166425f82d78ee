import { count, number } from "../frame/numbers.ts";
import { Said } from "../frame/said.tsx";
import { type Speaker, useWords } from "../frame/words.ts";
import { ModeTag } from "../frame/panel.tsx";
import { pText } from "./p_value.ts";
import type { AuditAnswer, Words } from "../shapes.ts";

type Quantity = AuditAnswer["quantities"][number];
type Number = number | string | null | undefined;

const RATE_OF_HITS = /event_hit_rate$/;
const DASH = "–";

function written(value: Number, name: string, w: Speaker): string {
  if (value === null || value === undefined) return DASH;
  if (typeof value === "string") return w.language === "id" ? value.replace(/(\d)\.(\d)/g, "$1,$2") : value;
  if (name === "p" || name === "p_value") return pText(value, w.language);
  return Number.isInteger(value) && Math.abs(value) > 1
    ? count(value)
    : number(value, Math.abs(value) > 1 ? 1 : 2, w.language);
}

/** A rate of hits as the hits it is made of, where it is: `7 / 37`. */
function asHits({ name, value, n_events: of }: Quantity): [string, number] | null {
  if (!RATE_OF_HITS.test(name) || typeof value !== "number" || !of) return null;
  const hits = value * of;
  return Math.abs(hits - Math.round(hits)) < 0.01 ? [`${count(hits)} / ${count(of)}`, of] : null;
}

const unitOf = (unit: string): string => (unit === "deg" ? "°" : unit ? ` ${unit}` : "");

/** What was found: the value, and its interval where there is one. */
export function foundText(quantity: Quantity, w: Speaker): string {
  const { value, low, high, name, unit } = quantity;
  const hits = asHits(quantity);
  const interval =
    low != null && high != null ? ` [${written(low, name, w)}, ${written(high, name, w)}]` : "";
  const unitText = unitOf(unit);
  return `${hits ? hits[0] : written(value, name, w)}${hits ? "" : interval}${value == null ? "" : unitText}`;
}

/** What chance gives, or what would be needed. */
export function neededText(quantity: Quantity, w: Speaker): string {
  const { reference, name, unit } = quantity;
  const hits = asHits(quantity);
  if (hits && typeof reference === "number") return number(reference * hits[1], 1, w.language);
  const text = written(reference, name, w) + (typeof reference === "number" ? unitOf(unit) : "");
  // A limit is an exact number: 0.01, not 0.010.
  return name === "p" && typeof reference === "number" ? `≤ ${written(String(reference), name, w)}` : text;
}

function Facts({ quantities }: { quantities: readonly Quantity[] }) {
  const w = useWords();
  return (
    <table class="facts">
      <thead>
        <tr>
          <td />
          <th scope="col" class="n">
            {w.t("found")}
          </th>
          <th scope="col" class="n">
            {w.t("needed")}
          </th>
        </tr>
      </thead>
      <tbody>
        {quantities.map((quantity) => (
          <tr key={quantity.name}>
            <th scope="row">{w.of(quantity.label)}</th>
            <td class="n">{foundText(quantity, w)}</td>
            <td class="n needed">{neededText(quantity, w)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The fixed sentence in its frame; nobody can edit it. */
export function FixedSentence({ sentence, note }: { sentence: Words; note: string }) {
  const w = useWords();
  return (
    <div class="fixed-sentence">
      <svg viewBox="0 0 16 18" aria-hidden="true">
        <path class="bow" d="M4 8V5a4 4 0 0 1 8 0v3" />
        <rect class="body" x="1.5" y="8" width="13" height="9" />
      </svg>
      <span>
        {w.of(sentence)}
        <small>{note}</small>
      </span>
    </div>
  );
}

/** The verdict in words, its reason, the fixed sentence, and what was found against chance. */
export function VerdictCard({ audit }: { audit: AuditAnswer }) {
  const w = useWords();
  return (
    <section class="verdict" aria-label={w.of(audit.verdict.headline)}>
      <div>
        <h1>
          {w.of(audit.verdict.headline)} <ModeTag />
        </h1>
        <p class="why">
          <Said words={audit.explanation} />
        </p>
        <FixedSentence sentence={audit.verdict.sentence} note={w.t("locked")} />
      </div>
      {audit.quantities.length > 0 && <Facts quantities={audit.quantities} />}
    </section>
  );
}
