// One controller with several Dokploys, put together as in production, in a process of its own.
// `measure-fleet.ts STACKS_EACH`, with `{ urls, apiKey }` of the simulators as the first line of standard input and, after
// each line that it prints with `ask`, what they were asked since as the next one. Prints its figures as the last line.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createFactories } from "../../src/app.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { createTestRepository } from "../support/git.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Asked } from "./simulators-process.ts";

export interface FleetPass extends Asked {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface FleetFigures {
  readonly first: FleetPass;
  /** One image of one stack on each of them. */
  readonly changed: FleetPass;
  readonly residentMiB: number;
  readonly peakMemoryMiB: number;
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function nextLine(): Promise<string> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error("nobody answers");
  return value;
}

async function asked(): Promise<Asked> {
  process.stdout.write("ask\n");
  return JSON.parse(await nextLine()) as Asked;
}

const image = (version: number): string => `acme/web:${version}`;

/** Looks are few, and each looks at all: what is measured is not the looking. */
const lookMs = 250;

async function settled(engine: Engine, names: readonly string[], revision: string): Promise<void> {
  const wanted = new Set(names);
  for (;;) {
    const ready = engine
      .stacks()
      .filter(
        ({ name, revision: of, conditions }) =>
          wanted.has(name) &&
          of === revision &&
          conditions.some(({ type, status }) => type === "Ready" && status === "True"),
      );
    if (ready.length === wanted.size) return;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

async function measured(work: () => Promise<void>): Promise<FleetPass> {
  await asked();
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { ...(await asked()), wallMs, cpuMs: (user + system) / 1_000 };
}

const each = Number(process.argv[2]);
const { urls, apiKey } = JSON.parse(await nextLine()) as { urls: string[]; apiKey: string };
const folder = await mkdtemp(join(tmpdir(), "capstan-bench-fleet-"));
const repository = await createTestRepository();
const stackOf = (server: number, index: number, version: number): readonly [string, string] => {
  const name = `s${String(index).padStart(5, "0")}`;
  const text = simpleStack(name, { image: image(version), extra: `  dokploy: d${server}` });
  return [`stacks/d${server}/${name}.yaml`, text];
};
const servers = urls.map((_, server) => server);
const all = servers.flatMap((server) =>
  Array.from({ length: each }, (_, index) => stackOf(server, index, 1)),
);
await repository.push(Object.fromEntries(all));
await writeFile(join(folder, "key"), apiKey);
const file = join(folder, "servers.yaml");
await writeFile(
  file,
  JSON.stringify({
    servers: urls.map((url, server) => ({
      ...{ name: `d${server}`, url, tokenFile: join(folder, "key") },
    })),
  }),
);
const factories = createFactories({
  environment: {
    ...{ DOKPLOY_SERVERS_FILE: file, GIT_URL: repository.url, STATE_DIR: "state", PORT: "0" },
    ...{ HOST: "127.0.0.1", LOG_LEVEL: "silent", HOST_CHECK_INTERVAL: "off" },
    ...{ POLL_SCHEDULE: "0 0 1 1 *", DEEP_CHECK_INTERVAL: "24h" },
  },
  folder,
  clock: systemClock,
  random: Math.random,
  redactor: createRedactor(),
  version: "bench",
});
const controller = await factories.openController({
  ...{ source: null, dryRun: false, logs: "quiet", fast: true },
});
const { engine } = controller;
const stop = new AbortController();
const names = (indices: readonly number[]): readonly string[] =>
  servers.flatMap((server) =>
    indices.map((index) => `s${String(index).padStart(5, "0")}@d${server}`),
  );
const head = async (): Promise<string> => (await repository.head()) ?? "";
const first = await measured(async () => {
  await engine.lead({ signal: stop.signal, waits: () => undefined });
  engine.start();
  await settled(engine, names(Array.from({ length: each }, (_, index) => index)), await head());
});
const changed = await measured(async () => {
  await repository.push(Object.fromEntries(servers.map((server) => stackOf(server, 0, 2))));
  engine.poke("bench");
  await settled(engine, names([0]), await head());
});
(globalThis as { gc?: () => void }).gc?.();
const figures: FleetFigures = {
  ...{ first, changed },
  residentMiB: process.memoryUsage.rss() / 1_024 / 1_024,
  peakMemoryMiB: process.resourceUsage().maxRSS / 1_024,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
await controller.close();
await repository.remove();
await rm(folder, { recursive: true, force: true });
process.exit(0);
