import type { View } from "../frame/view.ts";

function Body() {
  return <h1>audit</h1>;
}

export const audit: View = {
  name: "audit",
  component: Body,
  title: (_place, words) => words.t("audit"),
};
