import type { View } from "../frame/view.ts";
import { useWords } from "../frame/words.ts";

function NetworkView() {
  const words = useWords();
  return <h1>{words.t("network")}</h1>;
}

export const network: View = {
  name: "network",
  component: NetworkView,
  title: (_place, words) => words.t("network"),
};
