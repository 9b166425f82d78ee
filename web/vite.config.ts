import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { licencesFile } from "./licences";

const LABELS = fileURLToPath(new URL("./src/labels", import.meta.url));
const VIRTUAL = "virtual:labels";

/** All labels of all views in one file; a label that two views name is an error. */
function mergedLabels(): string {
  const merged = new Map<string, unknown>();
  for (const name of readdirSync(LABELS).sort()) {
    const labels: unknown = JSON.parse(readFileSync(`${LABELS}/${name}`, "utf8"));
    for (const [key, words] of Object.entries(labels as object)) {
      if (merged.has(key)) throw new Error(`labels/${name}: ${key} is a label of another file too`);
      merged.set(key, words);
    }
  }
  return JSON.stringify(Object.fromEntries(merged));
}

/** Words are data and no program: they travel as one file beside the map. */
function labelsFile(): Plugin {
  let isBuild = false;
  return {
    name: "labels-file",
    configResolved(config) {
      isBuild = config.command === "build";
    },
    resolveId: (id) => (id === VIRTUAL ? `\0${VIRTUAL}` : null),
    load(id) {
      if (id !== `\0${VIRTUAL}`) return null;
      if (!isBuild) return 'export default "/labels.json"';
      const ref = this.emitFile({ type: "asset", name: "labels.json", source: mergedLabels() });
      return `export default new URL(import.meta.ROLLUP_FILE_URL_${ref}, location.href).pathname`;
    },
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle }) {
        const words = Object.keys(bundle ?? {}).find((name) => /labels-.*\.json$/.test(name));
        if (!words) return [];
        const attrs = { rel: "preload", as: "fetch", crossorigin: true, href: `/${words}` };
        return [{ tag: "link", attrs, injectTo: "head" }];
      },
    },
    configureServer(server) {
      server.middlewares.use("/labels.json", (_request, answer) => {
        answer.setHeader("Content-Type", "application/json");
        answer.end(mergedLabels());
      });
    },
  };
}

/** The page is built into the Python package: users of seismomag need no Node. */
export default defineConfig({
  base: "/",
  plugins: [labelsFile(), licencesFile()],
  build: {
    outDir: "../src/seismomag/operate/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8640" } },
});
