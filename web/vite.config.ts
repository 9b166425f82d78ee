import { defineConfig } from "vite";

/** The page is built into the Python package: users of seismomag need no Node. */
export default defineConfig({
  base: "/",
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
