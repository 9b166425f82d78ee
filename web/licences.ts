import { readdirSync, readFileSync } from "node:fs";
import type { Plugin } from "vite";

const FILE = "THIRD_PARTY_LICENSES.txt";
const RULE = "-".repeat(78);
const HEAD = `Notices of what others made and the built page carries: the programs and data of
the packages below, with their licences in full, and data that came otherwise.
`;

/** Data that no package of the page brings. */
const DATA_NOTICES = [
  `Coastlines: made with Natural Earth (naturalearthdata.com), in the public domain;
as TopoJSON by the package world-atlas.
`,
  `Plate boundaries: contains information from "World tectonic plates and boundaries"
by Hugo Ahlenius, Nordpil, and Peter Bird
(https://github.com/fraxen/tectonicplates), which is made available under the
Open Data Commons Attribution License 1.0
(https://opendatacommons.org/licenses/by/1-0/). A part of it, after
Bird, P. (2003): An updated digital model of plate boundaries, Geochemistry
Geophysics Geosystems 4(3), 1027, doi:10.1029/2001GC000252.
`,
];

/** Folder of the package that a module of the bundle came from; none for our own modules. */
function packageFolder(id: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
}

function notice(folder: string): string {
  const said = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).sort().find((name) => /^licen[cs]e/i.test(name));
  if (!file) throw new Error(`${folder}: no licence file; its notice must travel with the page`);
  const words = readFileSync(`${folder}/${file}`, "utf8").replaceAll("\r\n", "\n").trimEnd();
  return `${said.name} ${said.version} (${said.license})\n\n${words}\n`;
}

/** Writes the notices of all that the bundle really holds, the same text for the same packages. */
export function licencesFile(): Plugin {
  return {
    name: "licences-file",
    apply: "build",
    generateBundle() {
      const folders = [...this.getModuleIds()].map(packageFolder).filter((one) => one !== undefined);
      const notices = [...new Set(folders)].sort().map(notice);
      const source = [HEAD, ...notices, ...DATA_NOTICES].join(`\n${RULE}\n\n`);
      this.emitFile({ type: "asset", fileName: FILE, source });
    },
  };
}
