import { render } from "preact";
import "./frame/tokens.css";
import "./frame/base.css";
import "./frame/frame.css";
import { startRefreshing } from "./frame/answers.ts";
import { Frame } from "./frame/frame.tsx";
import { followKeys } from "./frame/keys.ts";
import { followLinks, go, href } from "./frame/place.ts";
import { followReader } from "./frame/reader.ts";
import { readSession } from "./frame/session.ts";
import "./frame/media.css";

followReader();
followLinks();
followKeys((code) => go(href("station", [code])));
startRefreshing();
void readSession();
render(<Frame />, document.body);
