import { number } from "../frame/numbers.ts";
import { useWords } from "../frame/words.ts";
import type { ModelRow } from "../shapes.ts";

/** From here on an input is called moved, where the answer names no other limit. */
const MOVED = 0.2;
const FULL = 0.5;

function DriftRow({ row }: { row: ModelRow["drift"][number] }) {
  const w = useWords();
  const value = typeof row.value === "number" ? row.value : null;
  const limit = typeof row.reference === "number" ? row.reference : MOVED;
  const hasMoved = value !== null && value >= limit;
  return (
    <tr class={hasMoved ? "moved" : ""}>
      <th scope="row">{w.of(row.label)}</th>
      <td>
        <span class="drift-bar" aria-hidden="true">
          <i style={{ width: `${Math.min(1, (value ?? 0) / FULL) * 100}%` }} />
          <u style={{ left: `${Math.min(1, limit / FULL) * 100}%` }} />
        </span>
      </td>
      <td class="n">
        {value === null ? (row.value ?? "–") : number(value, 2, w.language)}
        {hasMoved && ` ${w.t("mo_moved")}`}
      </td>
      <td class="n">{number(limit, 2, w.language)}</td>
    </tr>
  );
}

/** Population stability of each band of the input against the training. */
export function Drift({ model }: { model: ModelRow }) {
  const w = useWords();
  if (model.drift.length === 0) return <p class="sub">{w.t("mo_no_drift")}</p>;
  return (
    <table class="numbers drift">
      <thead>
        <tr>
          <th scope="col">{w.t("mo_band")}</th>
          <th scope="col">{w.t("mo_psi")}</th>
          <th scope="col" class="n">
            {w.t("found")}
          </th>
          <th scope="col" class="n">
            {w.t("mo_limit")}
          </th>
        </tr>
      </thead>
      <tbody>
        {model.drift.map((row) => (
          <DriftRow key={row.name} row={row} />
        ))}
      </tbody>
    </table>
  );
}
