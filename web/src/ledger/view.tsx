import type { View } from "../frame/view.ts";
import { useWords } from "../frame/words.ts";

function LedgerView() {
  const words = useWords();
  return <h1>{words.t("ledger")}</h1>;
}

export const ledger: View = {
  name: "ledger",
  component: LedgerView,
  title: (_place, words) => words.t("ledger"),
};
