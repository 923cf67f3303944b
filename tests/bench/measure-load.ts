// Measures what a revision costs: the first one, and one that changes a single manifest of many. Git's own time
// (asking, fetching, listing, reading) and Capstan's (parsing, building, comparing) are told apart; what was
// parsed and built is counted. Prints one line of JSON. Usage: measure-load.ts MANIFESTS [OTHERS]: so many other files stand
// in the repository, outside of the stacks' folder.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changedBetween, fingerprintsOf } from "../../src/engine/state/fingerprints.ts";
import { createGitSource } from "../../src/git/git-source.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createHasher } from "../../src/lib/digest.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createLoadMemory } from "../../src/manifest/load-memory.ts";
import { loadManifests } from "../../src/manifest/load.ts";
import { createTestRepository } from "../support/git.ts";
import { simpleStack } from "../support/scenario.ts";

export interface RevisionFigures {
  readonly parsed: number;
  readonly built: number;
  readonly gitMs: number;
  /** Of CPU. */
  readonly loadMs: number;
}

export interface LoadFigures {
  readonly manifests: number;
  readonly first: RevisionFigures;
  /** The third revision: the second one still runs cold code. */
  readonly oneChanged: RevisionFigures;
}

const manifests = Number(process.argv[2]);
const others = Number(process.argv[3] ?? 0);
const repository = await createTestRepository();
const stateDir = await mkdtemp(join(tmpdir(), "capstan-bench-"));
const names = Array.from({ length: manifests }, (_, index) => `s${String(index).padStart(5, "0")}`);
const source = createGitSource({
  url: repository.url,
  branch: repository.branch,
  path: "stacks",
  stateDir,
  clock: systemClock,
  logger: silentLogger,
  credentials: {},
});
const memory = createLoadMemory();
const settings = {
  root: "stacks",
  variables: {},
  secret: () => null,
  reservedNames: [],
  hasher: createHasher(Buffer.from("bench")),
};
let prints: ReturnType<typeof fingerprintsOf> = new Map();

async function read(changes: Readonly<Record<string, string>>): Promise<RevisionFigures> {
  await repository.push(changes);
  const { parsed, built } = memory.counts;
  const began = performance.now();
  const tree = await source.read(await source.latest());
  const gitMs = performance.now() - began;
  const cpu = process.cpuUsage();
  const desired = loadManifests({ ...settings, tree, memory });
  memory.sweep();
  const now = fingerprintsOf(desired, settings.hasher);
  const changed = changedBetween(prints, now);
  prints = now;
  const { user, system } = process.cpuUsage(cpu);
  const files = Object.keys(changes).length;
  if (desired.stacks.length !== manifests || changed.length !== files) {
    throw new Error("some manifests did not load, or other stacks changed");
  }
  return {
    parsed: memory.counts.parsed - parsed,
    built: memory.counts.built - built,
    gitMs,
    loadMs: (user + system) / 1_000,
  };
}

const path = "stacks/s00000.yaml";
if (others > 0) {
  const name = (index: number): string => `code/${index % 100}/f${index}.txt`;
  const files = Array.from({ length: others }, (_, index) => [name(index), `${index}\n`] as const);
  await repository.push(Object.fromEntries(files));
}
const first = await read(
  Object.fromEntries(names.map((name) => [`stacks/${name}.yaml`, simpleStack(name)])),
);
await read({ [path]: simpleStack("s00000", { image: "acme/web:2" }) });
const oneChanged = await read({ [path]: simpleStack("s00000", { image: "acme/web:3" }) });
const figures: LoadFigures = { manifests, first, oneChanged };
process.stdout.write(`${JSON.stringify(figures)}\n`);
await source.close();
await repository.remove();
await rm(stateDir, { recursive: true, force: true });
