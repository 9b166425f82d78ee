/** Names of the shapes of the API's answers; the types are generated from its OpenAPI document. */
import type { components } from "./api_types.ts";

type Shapes = components["schemas"];

export type Words = Shapes["Words"];
export type Verdict = Shapes["Verdict"];
export type Trouble = Shapes["Trouble"];
export type StationState = Shapes["StationState"];
export type DayCell = Shapes["DayCell"];
export type QuakeEvent = Shapes["Event"];
export type KpInterval = Shapes["KpInterval"];
export type DstHour = Shapes["DstHour"];
export type Problem = Shapes["Problem"];
export type Session = Shapes["Session"];
export type StateCount = Shapes["StateCount"];
export type StationRow = Shapes["StationRow"];
export type StatusAnswer = Shapes["StatusAnswer"];
export type NetworkAnswer = Shapes["NetworkAnswer"];
export type OperationAnswer = Shapes["OperationAnswer"];
export type StageRow = Shapes["StageRow"];
export type StageCell = Shapes["StageCell"];
export type CycleBar = Shapes["CycleBar"];
export type Machine = Shapes["Machine"];
export type LedgerAnswer = Shapes["LedgerAnswer"];
export type LedgerRecord = Shapes["LedgerRecord"];
export type ChainState = Shapes["ChainState"];
export type AlertsAnswer = Shapes["AlertsAnswer"];
export type AlertRow = Shapes["AlertRow"];
export type StationDayAnswer = Shapes["StationDayAnswer"];
export type FlagSpan = Shapes["FlagSpan"];
export type CoverageAnswer = Shapes["CoverageAnswer"];
export type ForecastMonth = Shapes["ForecastMonth"];
export type Score = Shapes["Score"];
export type AuditAnswer = Shapes["AuditAnswer"];
export type AuditList = Shapes["AuditList"];
export type ModelsAnswer = Shapes["ModelsAnswer"];
export type ModelRow = Shapes["ModelRow"];
export type WritesAnswer = Shapes["WritesAnswer"];

/** What every answer carries beside its numbers. */
export interface Answer {
  readonly as_of: string;
  readonly newest_datum_at?: string | null;
  readonly source: string;
}
