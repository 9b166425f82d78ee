import { render } from "preact";
import "./frame/tokens.css";
import "./frame/base.css";
import "./frame/frame.css";
import "./frame/dialogs.css";
import { reread, startRefreshing } from "./frame/answers.ts";
import { Frame } from "./frame/frame.tsx";
import { followKeys } from "./frame/keys.ts";
import { followLinks, go, href, placeNow } from "./frame/place.ts";
import { followReader } from "./frame/reader.ts";
import { readLabels } from "./frame/words.ts";
import { VIEWS } from "./frame/views.ts";
import { readSession } from "./frame/session.ts";
import "./frame/media.css";

followReader();
followLinks();
followKeys((code) => go(href("station", [code])));
startRefreshing();
// What will be drawn is asked for while the words are on their way.
const view = VIEWS.find((one) => one.name === placeNow().view);
for (const path of ["/status", ...(view?.reads?.(placeNow()) ?? [])]) void reread(path);
void readSession();
readLabels().then(
  () => render(<Frame />, document.body),
  () => {
    document.body.textContent =
      "No answer from the server; load the page again. / Tidak ada jawaban dari server; muat ulang halaman.";
  },
);
