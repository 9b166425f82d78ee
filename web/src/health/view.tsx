import type { View } from "../frame/view.ts";
import { useWords } from "../frame/words.ts";

function HealthView() {
  const words = useWords();
  return <h1>{words.t("health")}</h1>;
}

export const health: View = {
  name: "health",
  component: HealthView,
  title: (_place, words) => words.t("health"),
};
