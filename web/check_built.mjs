// Builds the page again and fails if the files in the package are not what the sources give.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const built = join(here, "../src/seismomag/operate/web");
const again = mkdtempSync(join(tmpdir(), "page-"));

const digests = (folder) =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "__init__.py")
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [
        relative(folder, file),
        createHash("sha256").update(readFileSync(file)).digest("hex"),
      ]),
  );

try {
  const vite = join(here, "node_modules/vite/bin/vite.js");
  execFileSync(process.execPath, [vite, "build", "--outDir", again, "--emptyOutDir", "--logLevel", "error"], {
    cwd: here,
    stdio: "inherit",
  });
  const [committed, rebuilt] = [digests(built), digests(again)];
  const names = [...new Set([...committed.keys(), ...rebuilt.keys()])].sort();
  const different = names.filter((name) => committed.get(name) !== rebuilt.get(name));
  if (different.length > 0) {
    console.error(`the built page is not what web/ gives: ${different.join(", ")}`);
    console.error("run `npm --prefix web run build` and commit src/seismomag/operate/web");
    process.exitCode = 1;
  } else {
    console.log(`the built page is what web/ gives: ${names.length} files`);
  }
} finally {
  rmSync(again, { recursive: true, force: true });
}
