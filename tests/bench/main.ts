// `npm run bench [-- 10 100 …]`: what Capstan costs at growing numbers of stacks, counts first. Times are
// those of one run on one machine and only their ratios mean much; counts are exact. Larger sizes run
// on a simulator that is faster than a real server by the factor in the table.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { LoadFigures, RevisionFigures } from "./measure-load.ts";
import type { PortalFigures } from "./measure-portal.ts";
import type { ChangedFigures, FirstFigures, PassFigures, SettledFigures } from "./measure-pass.ts";
import type { ProcessFigures } from "./measure-validate.ts";

/** As the container and `npm start` run it. */
const flags = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=16"];
const timeScales: readonly (readonly [number, number])[] = [
  [100, 1],
  [1_000, 0.1],
  [Infinity, 0.01],
];

const compileCache = await mkdtemp(join(tmpdir(), "capstan-bench-code-"));

function script(name: string, args: readonly string[]): ChildProcess {
  const file = new URL(name, import.meta.url).pathname;
  // Code that was compiled once is not compiled again, as in the built package.
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const all = [...flags, "--expose-gc", file, ...args];
  return spawn(process.execPath, all, { env, stdio: ["pipe", "pipe", "inherit"] });
}

/** What a process prints, line by line. */
function linesOf(child: ChildProcess): () => Promise<string> {
  if (child.stdout === null) throw new Error("the process has no output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the process ended without a word");
    return value;
  };
}

/** The last line that a process prints. */
async function measure<T>(name: string, args: readonly string[]): Promise<T> {
  const child = script(name, args);
  if (child.stdout === null) throw new Error("the process has no output");
  child.stdin?.end();
  let last = "";
  for await (const line of createInterface({ input: child.stdout })) last = line;
  if (last === "") throw new Error(`${name} ended without a word`);
  return JSON.parse(last) as T;
}

async function beside<T>(
  timeScale: number,
  work: (url: string, apiKey: string) => Promise<T>,
): Promise<T> {
  const simulator = script("simulator-process.ts", [String(timeScale)]);
  const ended = once(simulator, "exit");
  const [url = "", apiKey = ""] = (await linesOf(simulator)()).split(" ");
  try {
    return await work(url, apiKey);
  } finally {
    simulator.stdin?.end();
    await ended;
  }
}

interface SizeFigures extends Omit<FirstFigures, "repository">, ChangedFigures, SettledFigures {
  readonly stacks: number;
  readonly timeScale: number;
  /** Of the process that made all stacks. */
  readonly makingPeakMiB: number;
}

function measureSize(stacks: number): Promise<SizeFigures> {
  const timeScale = timeScales.find(([most]) => stacks <= most)?.[1] ?? 1;
  return beside(timeScale, async (url, apiKey) => {
    const server = [String(timeScale), url, apiKey];
    const child = script("measure-pass.ts", ["first", String(stacks), ...server]);
    const ended = once(child, "exit");
    const nextLine = linesOf(child);
    const { repository, first } = JSON.parse(await nextLine()) as FirstFigures;
    const args = ["settled", repository, ...server];
    const settled = await measure<SettledFigures>("measure-pass.ts", args);
    child.stdin?.end();
    const changed = JSON.parse(await nextLine()) as ChangedFigures;
    await ended;
    const makingPeakMiB = changed.peakMemoryMiB;
    return { ...changed, ...settled, stacks, timeScale, first, makingPeakMiB };
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  return [line(head), ...rows.map(line)].join("\n");
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

function passRow(
  size: SizeFigures,
  name: "first" | "unchanged" | "unchanged, third" | "one changed" | "one env value in all",
  figures: PassFigures,
): readonly string[] {
  const all = ["first", "one env value in all"].includes(name) ? size.stacks : 0;
  const changed = name === "one changed" ? 1 : all;
  const isSettled = changed === 0;
  const peak = isSettled ? size.peakMemoryMiB : size.makingPeakMiB;
  return [
    String(size.stacks),
    name,
    String(figures.requests),
    String(figures.writes),
    changed === 0 ? "-" : (figures.writes / changed).toFixed(2),
    String(figures.lists),
    seconds(figures.wallMs),
    seconds(figures.cpuMs),
    isSettled ? size.residentMiB.toFixed(0) : "-",
    peak.toFixed(0),
    `×${1 / size.timeScale}`,
  ];
}

const sizes = process.argv.slice(2).map(Number);
const rows: (readonly string[])[] = [];
for (const stacks of sizes.length > 0 ? sizes : [10, 20, 100, 1_000, 10_000]) {
  process.stderr.write(`measuring ${stacks} stacks …\n`);
  const size = await measureSize(stacks);
  rows.push(
    passRow(size, "first", size.first),
    passRow(size, "unchanged", size.unchanged),
    passRow(size, "unchanged, third", size.again),
    passRow(size, "one changed", size.oneChanged),
  );
  if (size.allChanged !== null) {
    rows.push(passRow(size, "one env value in all", size.allChanged));
  }
}
const head = ["stacks", "pass", "requests", "writes", "writes/changed stack", "lists"];
process.stdout.write(
  `${table([...head, "wall s", "CPU s", "settled MiB", "peak MiB", "server speed"], rows)}\n\n`,
);

const checks: (readonly string[])[] = [];
const loads: (readonly string[])[] = [];
for (const manifests of sizes.length > 0 ? sizes : [1_000, 10_000]) {
  process.stderr.write(`measuring ${manifests} manifests …\n`);
  const folder = await mkdtemp(join(tmpdir(), "capstan-bench-manifests-"));
  const writer = script("measure-validate.ts", ["write", folder, String(manifests)]);
  await once(writer, "exit");
  // The first run of each fills the cache of compiled code.
  await measure<ProcessFigures>("measure-validate.ts", ["validate", folder]);
  const bare = await measure<ProcessFigures>("measure-validate.ts", ["bare", folder]);
  const validate = await measure<ProcessFigures>("measure-validate.ts", ["validate", folder]);
  await rm(folder, { recursive: true, force: true });
  checks.push([
    String(manifests),
    (validate.cpuMs / bare.cpuMs).toFixed(2),
    seconds(validate.cpuMs),
    seconds(bare.cpuMs),
    validate.peakMemoryMiB.toFixed(0),
    bare.peakMemoryMiB.toFixed(0),
  ]);
  const figures = await measure<LoadFigures>("measure-load.ts", [String(manifests)]);
  const row = (name: string, { parsed, built, gitMs, loadMs }: RevisionFigures): string[] => [
    String(manifests),
    name,
    String(parsed),
    String(built),
    seconds(gitMs),
    seconds(loadMs),
  ];
  loads.push(row("first", figures.first), row("one changed", figures.oneChanged));
}
const checked = ["manifests", "validate / yaml alone", "validate CPU s", "yaml CPU s"];
process.stdout.write(`${table([...checked, "validate peak MiB", "yaml peak MiB"], checks)}\n\n`);
const revisions = ["manifests", "revision", "files parsed", "stacks built", "git s", "load CPU s"];
process.stdout.write(`${table(revisions, loads)}\n`);

// 200 people watch the dashboard while 100 ask the portal for a stack at the same moment.
const portals: (readonly string[])[] = [];
for (const stacks of sizes.length > 0 ? sizes : [100, 1_000]) {
  process.stderr.write(`measuring the portal beside ${stacks} stacks …\n`);
  const figures = await beside(0.01, (url, apiKey) =>
    measure<PortalFigures>("measure-portal.ts", [String(stacks), "200", "100", url, apiKey]),
  );
  portals.push([
    String(stacks),
    String(figures.refused),
    String(figures.duplicates),
    String(figures.lost),
    seconds(figures.allReadyMs),
    seconds(figures.pageMs),
    figures.pageKiB.toFixed(0),
    figures.peakMemoryMiB.toFixed(0),
  ]);
}
const titles = ["stacks", "refused", "duplicates", "watchers that missed something"];
process.stdout.write(
  `\n${table([...titles, "100 ready s", "page s", "page KiB", "peak MiB"], portals)}\n`,
);
await rm(compileCache, { recursive: true, force: true });
