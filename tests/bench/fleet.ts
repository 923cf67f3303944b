// `npm run bench:fleet [-- 1x1000 10x100 1x10000@1000 …]`: what one controller costs with several Dokploys of so many stacks
// each, a hundred times as fast as a real one, or as many as is said. Counts are exact, times are those of one run on one
// machine; what to look at is how they grow.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { FleetFigures, FleetPass } from "./measure-fleet.ts";

const flags = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=16", "--expose-gc"];
/** Many stacks wait for a server that is as slow as a real one. */
const usualSpeed = 100;

function script(name: string, args: readonly string[]): ChildProcess {
  const file = new URL(name, import.meta.url).pathname;
  return spawn(process.execPath, [...flags, file, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

function linesOf({ stdout }: ChildProcess): AsyncIterator<string> {
  if (stdout === null) throw new Error("the process has no output");
  return createInterface({ input: stdout })[Symbol.asyncIterator]();
}

async function measure(servers: number, each: number, speed: number): Promise<FleetFigures> {
  const simulators = script("simulators-process.ts", [String(servers), String(1 / speed)]);
  const answers = linesOf(simulators);
  const { value: where } = (await answers.next()) as { value: string };
  const controller = script("measure-fleet.ts", [String(each)]);
  controller.stdin?.write(`${where}\n`);
  let last = "";
  for (let lines = linesOf(controller); ;) {
    const { value, done } = await lines.next();
    if (done === true) break;
    last = value;
    if (last !== "ask") continue;
    simulators.stdin?.write("counts\n");
    const { value: counts } = (await answers.next()) as { value: string };
    controller.stdin?.write(`${counts}\n`);
  }
  simulators.stdin?.end();
  return JSON.parse(last) as FleetFigures;
}

const sizes = process.argv.slice(2).map((size) => size.split(/[x@]/).map(Number));
const head = ["servers", "stacks each", "pass", "requests", "writes", "wall s", "CPU s"];
const more = ["CPU ms/stack", "resident MiB", "peak MiB"];
const rows: (readonly string[])[] = [[...head, ...more]];
const wanted = [
  [1, 100],
  [1, 1_000],
  [10, 100],
  [10, 1_000],
];
for (const [servers = 1, each = 100, speed = usualSpeed] of sizes.length > 0 ? sizes : wanted) {
  process.stderr.write(`measuring ${servers} servers with ${each} stacks each …\n`);
  const figures = await measure(servers, each, speed);
  const row = (name: string, pass: FleetPass, stacks: number): readonly string[] => [
    ...[String(servers), String(each), name, String(pass.requests), String(pass.writes)],
    ...[(pass.wallMs / 1_000).toFixed(2), (pass.cpuMs / 1_000).toFixed(2)],
    ...[(pass.cpuMs / stacks).toFixed(1), figures.residentMiB.toFixed(0)],
    figures.peakMemoryMiB.toFixed(0),
  ];
  rows.push(row("all are made", figures.first, servers * each));
  rows.push(row("one changed on each", figures.changed, servers));
}
const widths = rows[0]?.map((_, column) =>
  Math.max(...rows.map((row) => row[column]?.length ?? 0)),
);
for (const row of rows) {
  const cells = row.map((cell, column) => cell.padStart(widths?.[column] ?? 0));
  process.stdout.write(`${cells.join("  ")}\n`);
}
