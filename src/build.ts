// `npm run build`, and the same in the image's build: `dist` from nothing, and the commit that it is made from. It is
// no part of the program.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildFile, commitToRecord, gitIn } from "./cli/build-info.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function compile(project: string): void {
  const tsc = "node_modules/typescript/bin/tsc";
  const { status } = spawnSync(process.execPath, [tsc, "-p", project], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(1);
}

const commit = commitToRecord(process.env, gitIn(root));
// What an earlier build left would be packed as well.
rmSync(`${root}dist`, { recursive: true, force: true });
compile("tsconfig.build.json");
compile("src/http/public/tsconfig.build.json");
// What the pages show. The documentation stays where it is (`http/docs/folder.ts`).
const assets = "http/public/assets";
cpSync(`${root}src/${assets}`, `${root}dist/${assets}`, { recursive: true });
writeFileSync(`${root}dist/${buildFile}`, `${JSON.stringify({ commit })}\n`);
chmodSync(`${root}dist/main.js`, 0o755);
