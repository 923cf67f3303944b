// Measures `validate` of N manifests against parsing the same files with `yaml` alone, each in a process of its
// own. Usage: measure-validate.ts write|bare|validate FOLDER [MANIFESTS]; the last two print one line of JSON
// when they end.
import { mkdirSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { simpleStack } from "../support/scenario.ts";

export interface ProcessFigures {
  /** Of the whole process, its start and the loading of its code included. */
  readonly cpuMs: number;
  readonly peakMemoryMiB: number;
}

function printAtExit(): void {
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    const peakMemoryMiB = process.resourceUsage().maxRSS / 1_024;
    const figures: ProcessFigures = { cpuMs: (user + system) / 1_000, peakMemoryMiB };
    writeSync(1, `${JSON.stringify(figures)}\n`);
  });
}

const [mode, folder = "", manifests] = process.argv.slice(2);
const stacks = join(folder, "stacks");
if (mode === "write") {
  mkdirSync(stacks, { recursive: true });
  for (let index = 0; index < Number(manifests); index += 1) {
    const name = `s${String(index).padStart(5, "0")}`;
    writeFileSync(join(stacks, `${name}.yaml`), simpleStack(name));
  }
} else if (mode === "bare") {
  printAtExit();
  const documents = readdirSync(stacks).map(
    (name) => parse(readFileSync(join(stacks, name), "utf8")) as unknown,
  );
  if (documents.length === 0) process.exitCode = 1;
} else {
  printAtExit();
  process.chdir(folder);
  process.argv.splice(2, Infinity, "validate", "stacks");
  await import("../../src/main.ts");
}
