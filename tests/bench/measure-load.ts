// Measures reading manifests from Git into desired stacks against the bare cost of reading the same
// files and parsing them with `yaml`. Prints one line of JSON. Usage: measure-load.ts MANIFESTS
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { createGitSource } from "../../src/git/git-source.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createHasher } from "../../src/lib/digest.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { loadManifests } from "../../src/manifest/load.ts";
import { createTestRepository } from "../support/git.ts";
import { simpleStack } from "../support/scenario.ts";

export interface LoadFigures {
  readonly manifests: number;
  readonly fetchMs: number;
  readonly readMs: number;
  readonly loadMs: number;
  readonly parseMs: number;
}

async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const began = performance.now();
  const value = await work();
  return [value, performance.now() - began];
}

const manifests = Number(process.argv[2]);
const repository = await createTestRepository();
const stateDir = await mkdtemp(join(tmpdir(), "capstan-bench-"));
const names = Array.from({ length: manifests }, (_, index) => `s${String(index).padStart(5, "0")}`);
await repository.push(
  Object.fromEntries(names.map((name) => [`stacks/${name}.yaml`, simpleStack(name)])),
);
const source = createGitSource({
  url: repository.url,
  branch: repository.branch,
  path: "stacks",
  stateDir,
  clock: systemClock,
  logger: silentLogger,
  credentials: {},
});
const revision = await source.latest();
const [, fetchMs] = await timed(() => source.read(revision));
const [tree, readMs] = await timed(() => source.read(revision));
const decoder = new TextDecoder();
// Twice each: the second run has warm code, and so is the fairer one.
const bare = (): unknown[] =>
  tree.files.map((file) => parse(decoder.decode(file.content)) as unknown);
bare();
const [, parseMs] = await timed(bare);
const load = () =>
  loadManifests({
    tree,
    root: "stacks",
    variables: {},
    secret: () => null,
    reservedNames: [],
    hasher: createHasher(Buffer.from("bench")),
  });
load();
const [desired, loadMs] = await timed(load);
if (desired.stacks.length !== manifests) throw new Error("some manifests did not load");
const figures: LoadFigures = { manifests, fetchMs, readMs, loadMs, parseMs };
process.stdout.write(`${JSON.stringify(figures)}\n`);
await source.close();
await repository.remove();
await rm(stateDir, { recursive: true, force: true });
