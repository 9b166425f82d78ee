/** What a view is: a tab, a first part of the path, a component. */
import type { FunctionComponent } from "preact";
import type { Place } from "./place.ts";
import type { Speaker } from "./words.ts";

export type ViewName =
  | "network"
  | "station"
  | "forecasts"
  | "ledger"
  | "audit"
  | "models"
  | "health";

export interface View {
  /** First part of the path; also the label of the tab. */
  readonly name: ViewName;
  readonly component: FunctionComponent<{ readonly place: Place }>;
  /** Title of the document, before " — seismomag". */
  title(place: Place, words: Speaker): string;
  /** Answers that the view needs first: they are asked for before it is drawn. */
  reads?(place: Place): readonly string[];
  /** Health says what is broken itself, in a tall band. */
  readonly hasOwnRibbon?: boolean;
}
