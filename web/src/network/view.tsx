import { useAnswer } from "../frame/answers.ts";
import { useKeys } from "../frame/keys.ts";
import type { Place } from "../frame/place.ts";
import { Read } from "../frame/read.tsx";
import type { View } from "../frame/view.ts";
import { useWords } from "../frame/words.ts";
import type { NetworkAnswer } from "../shapes.ts";
import { useDayCursor } from "./day_cursor.ts";
import { dayAt, daysOf } from "./days.ts";
import { NetworkMap } from "./map.tsx";
import "./roll_call.css";
import "./network.css";
import { Rail } from "./rail.tsx";
import { RollCall, turnOrder } from "./roll_call.tsx";
import { StateCounts } from "./state_counts.tsx";

/** Address of the answer that this view reads. */
export const NETWORK = "/network?days=30";

function Network({ answer, place }: { answer: NetworkAnswer; place: Place }) {
  const days = daysOf(answer);
  const cursor = useDayCursor(days, place);
  useKeys([{ keys: ["o"], written: "o", label: "key_order", run: () => turnOrder(place) }], [place]);
  const day = cursor.at === null ? null : dayAt(days, cursor.at);
  return (
    <div class="net">
      <StateCounts answer={answer} />
      <NetworkMap answer={answer} day={day} />
      <RollCall answer={answer} days={days} cursor={cursor} place={place} />
      <Rail answer={answer} days={days} cursor={cursor} />
    </div>
  );
}

function NetworkView({ place }: { place: Place }) {
  const words = useWords();
  const reading = useAnswer<NetworkAnswer>(NETWORK);
  return (
    <>
      <h1 class="vh">{words.t("network")}</h1>
      <Read reading={reading} what={words.t("reading_network")}>
        {(answer) => <Network answer={answer} place={place} />}
      </Read>
    </>
  );
}

export const network: View = {
  name: "network",
  component: NetworkView,
  title: (_place, words) => words.t("network"),
  reads: () => [NETWORK],
};
