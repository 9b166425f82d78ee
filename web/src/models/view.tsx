import type { View } from "../frame/view.ts";

function Body() {
  return <h1>models</h1>;
}

export const models: View = {
  name: "models",
  component: Body,
  title: (_place, words) => words.t("models"),
};
