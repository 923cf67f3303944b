// `npm run bench [-- 10 100 …]`: what Capstan costs at growing numbers of stacks, counts first. Times are
// those of one run on one machine and only their ratios mean much; counts are exact. Larger sizes run
// on a simulator that is faster than a real server by the factor in the table.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { LoadFigures } from "./measure-load.ts";
import type { PortalFigures } from "./measure-portal.ts";
import type { PassFigures, SizeFigures } from "./measure-pass.ts";

const flags = ["--disable-warning=ExperimentalWarning"];
const timeScales: readonly (readonly [number, number])[] = [
  [100, 1],
  [1_000, 0.1],
  [Infinity, 0.01],
];

function script(name: string, args: readonly string[]): ChildProcess {
  const file = new URL(name, import.meta.url).pathname;
  return spawn(process.execPath, [...flags, file, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the process has no output");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("the process ended without a word");
}

async function measure<T>(name: string, args: readonly string[]): Promise<T> {
  const child = script(name, args);
  const ended = once(child, "exit");
  const line = await firstLine(child);
  child.stdin?.end();
  await ended;
  return JSON.parse(line) as T;
}

async function beside<T>(
  timeScale: number,
  work: (url: string, apiKey: string) => Promise<T>,
): Promise<T> {
  const simulator = script("simulator-process.ts", [String(timeScale)]);
  const ended = once(simulator, "exit");
  const [url = "", apiKey = ""] = (await firstLine(simulator)).split(" ");
  try {
    return await work(url, apiKey);
  } finally {
    simulator.stdin?.end();
    await ended;
  }
}

function measureSize(stacks: number): Promise<SizeFigures> {
  const timeScale = timeScales.find(([most]) => stacks <= most)?.[1] ?? 1;
  return beside(timeScale, (url, apiKey) =>
    measure("measure-pass.ts", [String(stacks), String(timeScale), url, apiKey]),
  );
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

function passRow(size: SizeFigures, name: string, figures: PassFigures): readonly string[] {
  const changed = name === "first" ? size.stacks : name === "unchanged" ? 0 : 1;
  return [
    String(size.stacks),
    name,
    String(figures.requests),
    String(figures.writes),
    changed === 0 ? "-" : (figures.writes / changed).toFixed(2),
    String(figures.lists),
    seconds(figures.wallMs),
    seconds(figures.cpuMs),
    size.peakMemoryMiB.toFixed(0),
    `×${1 / size.timeScale}`,
  ];
}

const sizes = process.argv.slice(2).map(Number);
const rows: (readonly string[])[] = [];
for (const stacks of sizes.length > 0 ? sizes : [10, 100, 1_000, 10_000]) {
  process.stderr.write(`measuring ${stacks} stacks …\n`);
  const size = await measureSize(stacks);
  rows.push(
    passRow(size, "first", size.first),
    passRow(size, "unchanged", size.unchanged),
    passRow(size, "one changed", size.oneChanged),
  );
}
const head = ["stacks", "pass", "requests", "writes", "writes/changed stack", "lists"];
process.stdout.write(
  `${table([...head, "wall s", "CPU s", "peak MiB", "server speed"], rows)}\n\n`,
);

const loads: (readonly string[])[] = [];
for (const manifests of sizes.length > 0 ? sizes : [1_000, 10_000]) {
  const figures = await measure<LoadFigures>("measure-load.ts", [String(manifests)]);
  const bare = figures.readMs + figures.parseMs;
  loads.push([
    String(manifests),
    ((figures.readMs + figures.loadMs) / bare).toFixed(2),
    seconds(figures.fetchMs),
    seconds(figures.readMs),
    seconds(figures.parseMs),
    seconds(figures.loadMs),
  ]);
}
process.stdout.write(
  `${table(["manifests", "read+load / read+parse", "fetch s", "read s", "bare parse s", "load s"], loads)}\n`,
);

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
