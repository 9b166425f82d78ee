/** The machine and the versions; what was not measured says so. */
import { Age } from "../frame/age.tsx";
import { bytes, count, number, percent } from "../frame/numbers.ts";
import { Panel } from "../frame/panel.tsx";
import { type Speaker, useWords } from "../frame/words.ts";
import type { Machine, OperationAnswer } from "../shapes.ts";
import { clockWords } from "./clock.ts";

function diskWords(machine: Machine, words: Speaker): string {
  const { disk_used_bytes: used, disk_total_bytes: total, disk_warns_at, disk_full_in_days } = machine;
  if (used === null || total === null || total === 0) return words.t("not_measured");
  const lang = words.language;
  const text = words.t("disk_line", {
    share: percent(used / total, 0, lang),
    total: bytes(total, lang),
    warns: percent(disk_warns_at, 0, lang),
  });
  if (disk_full_in_days === null) return text;
  return `${text}, ${words.t("disk_full", { days: number(disk_full_in_days, 0, lang) })}`;
}

function Disk({ machine }: { machine: Machine }) {
  const words = useWords();
  const share = machine.disk_used_bytes !== null && machine.disk_total_bytes ? machine.disk_used_bytes / machine.disk_total_bytes : null;
  return (
    <>
      <div class={`disk${share === null ? " hatched" : ""}`} role="img" aria-label={diskWords(machine, words)}>
        {share !== null && <i class={share >= machine.disk_warns_at ? "full" : ""} style={{ width: `${100 * share}%` }} />}
        <u style={{ left: `${100 * machine.disk_warns_at}%` }} />
      </div>
      <p class="sub note">{diskWords(machine, words)}</p>
    </>
  );
}

/** Disk, days waiting, clock, backup. */
export function MachineTable({ machine }: { machine: Machine }) {
  const words = useWords();
  return (
    <Panel title={words.t("machine")}>
      <Disk machine={machine} />
      <table>
        <tbody>
          <tr>
            <th scope="row">{words.t("queue")}</th>
            <td class={`n${machine.n_days_waiting > 0 ? " loud" : ""}`}>{count(machine.n_days_waiting)}</td>
          </tr>
          <tr>
            <th scope="row">{words.t("clock")}</th>
            <td class="n">
              <span class={machine.is_clock_synchronised === false ? "loud late" : ""}>{clockWords(machine, words)}</span>
            </td>
          </tr>
          <tr>
            <th scope="row">{words.t("backup")}</th>
            <td class="n">
              <Age at={machine.last_backup_at} state={machine.last_backup_at ? "ok" : "late"} query="/operation" />
            </td>
          </tr>
        </tbody>
      </table>
    </Panel>
  );
}

/** What runs here. */
export function VersionTable({ versions }: { versions: OperationAnswer["versions"] }) {
  const words = useWords();
  const rows = [
    ["seismomag", versions.seismomag],
    [words.t("model"), versions.model || words.t("none")],
    [words.t("dbrev"), versions.database_revision],
    ["Python", versions.python],
  ] as const;
  return (
    <Panel title={words.t("versions")}>
      <table>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="n wraps">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
