import type { View } from "../frame/view.ts";

function Body() {
  return <h1>forecasts</h1>;
}

export const forecasts: View = {
  name: "forecasts",
  component: Body,
  title: (_place, words) => words.t("forecasts"),
};
