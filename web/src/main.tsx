import { render } from "preact";
import "./frame/tokens.css";
import "./frame/base.css";
import "./frame/frame.css";
import { startRefreshing } from "./frame/answers.ts";
import { Frame } from "./frame/frame.tsx";
import { followKeys } from "./frame/keys.ts";
import { followLinks, go, href } from "./frame/place.ts";
import { followReader } from "./frame/reader.ts";
import { readLabels } from "./frame/words.ts";
import { readSession } from "./frame/session.ts";
import "./frame/media.css";

followReader();
followLinks();
followKeys((code) => go(href("station", [code])));
startRefreshing();
void readSession();
readLabels().then(
  () => render(<Frame />, document.body),
  () => {
    document.body.textContent =
      "No answer from the server; load the page again. / Tidak ada jawaban dari server; muat ulang halaman.";
  },
);
