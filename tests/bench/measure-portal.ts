// Measures the portal and the dashboard over HTTP, in a process of its own: a thousand stacks in the list,
// two hundred people who watch, a hundred who ask for a stack at the same moment. Counts what each watcher
// received against what became of each stack. Prints one line of JSON.
// Usage: measure-portal.ts STACKS WATCHERS DEPLOYS SIMULATOR_URL API_KEY
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFactories } from "../../src/app.ts";
import { commitFiles, openOwnRepository } from "../../src/git/own-repository.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { hashToken } from "../../src/lib/api-token.ts";
import { tokenLine } from "../../src/model/api-token.ts";
import { aiTemplate } from "../support/portal-bench.ts";
import { simpleStack } from "../support/scenario.ts";

export interface PortalFigures {
  readonly stacks: number;
  readonly watchers: number;
  readonly deploys: number;
  /** The first answer of the dashboard with all rows. */
  readonly pageMs: number;
  readonly pageKiB: number;
  /** From the first request until the last stack was ready. */
  readonly allReadyMs: number;
  /** Deploys that were refused, and stacks that exist twice. */
  readonly refused: number;
  readonly duplicates: number;
  /** Watchers that did not see every new stack become ready, all in all. */
  readonly lost: number;
  readonly peakMemoryMiB: number;
}

const [stacksText, watchersText, deploysText, url = "", apiKey = ""] = process.argv.slice(2);
const [stacks, watchers, deploys] = [stacksText, watchersText, deploysText].map(Number) as [
  number,
  number,
  number,
];
const tokens = ["a", "b", "c", "d", "e"].map((name) => ({ name, token: `capstan_bench-${name}` }));
const folder = await mkdtemp(join(tmpdir(), "capstan-bench-portal-"));
const repository = join(folder, "stacks.git");
await openOwnRepository(repository, "main");
const names = Array.from({ length: stacks }, (_, index) => `s${String(index).padStart(5, "0")}`);
const files = new Map<string, string>(
  names.map((name) => [`stacks/${name}.yaml`, simpleStack(name)]),
);
files.set("stacks/templates/ai-stack.yaml", aiTemplate);
const author = { name: "Bench", email: "bench@example.com" };
await commitFiles(repository, "main", files, { message: "All", author, nowMs: Date.now() });

const factories = createFactories({
  environment: {
    DOKPLOY_URL: url,
    DOKPLOY_API_TOKEN: apiKey,
    GIT_URL: repository,
    RESYNC_INTERVAL: "1h",
    STATE_DIR: "data",
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "silent",
    STACK_DOMAIN_SUFFIX: "ai.example.com",
    STACK_IMAGE: "ghcr.io/acme/opencode:1",
    PORTAL_AUTH: "none",
    // Each person comes from an address of their own.
    TRUSTED_PROXIES: "127.0.0.1",
    API_TOKENS: tokens
      .map(({ name, token }) => tokenLine({ name, role: "operator", hash: hashToken(token) }))
      .join(","),
  },
  folder,
  clock: systemClock,
  random: Math.random,
  redactor: createRedactor(),
  version: "0.0.0",
});
const controller = await factories.openController({
  source: null,
  dryRun: false,
  logs: "json",
  fast: true,
});
const { engine, address } = controller;
const pause = (): Promise<void> => systemClock.sleep(200);
async function until(what: string, check: () => boolean): Promise<void> {
  const limitMs = performance.now() + 900_000;
  while (!check()) {
    if (performance.now() > limitMs) throw new Error(`waited too long until ${what}`);
    await pause();
  }
}
const readyNames = (): ReadonlySet<string> =>
  new Set(
    engine
      .stacks()
      .filter(({ conditions }) =>
        conditions.some(({ type, status }) => type === "Ready" && status === "True"),
      )
      .map(({ name }) => name),
  );
await engine.lead();
engine.start();
await until("all stacks are ready", () => readyNames().size >= stacks);

const wanted = Array.from({ length: deploys }, (_, index) => `new-${index}`);
const ends = new AbortController();
const seen: Set<string>[] = [];

async function watch(index: number): Promise<void> {
  const ready = new Set<string>();
  seen.push(ready);
  const { token } = tokens[index % tokens.length] ?? { token: "" };
  const answer = await fetch(`${address}/api/v1/stream`, {
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: "text/event-stream",
      "X-Forwarded-For": `10.1.${index >> 8}.${index & 255}`,
    },
    signal: ends.signal,
  });
  if (answer.status !== 200 || answer.body === null) throw new Error(`stream: ${answer.status}`);
  let rest = "";
  void (async () => {
    for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = `${rest}${text}`.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        if (!/^event: stack$/m.test(block)) continue;
        const data = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "{}") as {
          readonly name?: string;
          readonly state?: string;
        };
        if (data.state === "ready" && data.name !== undefined) ready.add(data.name);
      }
    }
  })().catch(() => undefined);
}
await Promise.all(Array.from({ length: watchers }, (_, index) => watch(index)));

const began = performance.now();
const answers = await Promise.all(
  wanted.map((name, index) =>
    fetch(`${address}/api/deploy`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-Forwarded-For": `10.2.${index >> 8}.${index & 255}`,
      },
      body: JSON.stringify({ name }),
    }).then(async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    }),
  ),
);
const refused = answers.filter((status) => status !== 202).length;
await until("all new stacks are ready", () => {
  const ready = readyNames();
  return wanted.every((name) => ready.has(name));
});
const allReadyMs = performance.now() - began;
await until("all watchers saw it, or never will", () => {
  const all = seen.every((ready) => wanted.every((name) => ready.has(name)));
  return all || performance.now() - began > allReadyMs + 10_000;
});
const lost = seen.filter((ready) => !wanted.every((name) => ready.has(name))).length;

const asked = performance.now();
const page = await fetch(`${address}/stacks`, {
  headers: { Authorization: `Bearer ${tokens[0]?.token ?? ""}`, "Accept-Encoding": "identity" },
});
const pageBytes = (await page.arrayBuffer()).byteLength;
const pageMs = performance.now() - asked;
if (page.status !== 200) throw new Error(`the dashboard answered ${page.status}`);

const projects = engine.projects().map(({ name }) => name);
ends.abort();
const figures: PortalFigures = {
  stacks,
  watchers,
  deploys,
  pageMs,
  pageKiB: pageBytes / 1024,
  allReadyMs,
  refused,
  duplicates: projects.length - new Set(projects).size,
  lost,
  peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
await controller.close();
await rm(folder, { recursive: true, force: true });
