import type { View } from "../frame/view.ts";

function Body() {
  return <h1>station</h1>;
}

export const station: View = {
  name: "station",
  component: Body,
  title: (_place, words) => words.t("station"),
};
