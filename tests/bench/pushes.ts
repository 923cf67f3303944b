// `npm run bench:pushes [-- STACKS PUSHES_A_MINUTE SPEED]`: how long a push takes to its first check and to its last one,
// while so many pushes come in a minute, each with its webhook and each changing one stack. The controller is the real
// program; Dokploy is the simulator, so many times as fast as a real one, and the Git host a stand-in.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCapstan } from "../support/capstan-process.ts";
import { startFakeGitea } from "../support/fake-gitea.ts";
import { giteaDelivery } from "../support/forge-deliveries.ts";
import { createTestRepository } from "../support/git.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import type { Asked } from "./simulators-process.ts";

const [stacks = 200, aMinute = 100, speed = 1] = process.argv.slice(2).map(Number);
const longMs = 30 * 60_000;
const secret = "a-secret-of-the-bench";

const script = new URL("simulators-process.ts", import.meta.url).pathname;
const flags = ["--disable-warning=ExperimentalWarning", script, "1", String(1 / speed)];
const simulators = spawn(process.execPath, flags, { stdio: ["pipe", "pipe", "inherit"] });
const answers = createInterface({ input: simulators.stdout })[Symbol.asyncIterator]();
async function nextAnswer<T>(): Promise<T> {
  const { value } = (await answers.next()) as { value: string };
  return JSON.parse(value) as T;
}
async function asked(): Promise<Asked> {
  simulators.stdin.write("counts\n");
  return nextAnswer<Asked>();
}

const nameOf = (index: number): string => `s${String(index).padStart(4, "0")}`;
const fileOf = (index: number, version: number): Record<string, string> => ({
  [`stacks/${nameOf(index)}.yaml`]: simpleStack(nameOf(index), { image: `acme/web:${version}` }),
});

const { urls, apiKey } = await nextAnswer<{ urls: string[]; apiKey: string }>();
const folder = await mkdtemp(join(tmpdir(), "capstan-bench-pushes-"));
const repository = await createTestRepository();
await repository.push(
  Object.assign({}, ...Array.from({ length: stacks }, (_, index) => fileOf(index, 1))) as Record<
    string,
    string
  >,
);
const host = await startFakeGitea({ folder: repository.url });
const controller = startCapstan(["run"], {
  folder,
  environment: {
    ...{ DOKPLOY_URL: urls[0] ?? "", DOKPLOY_API_TOKEN: apiKey },
    ...{ GIT_URL: repository.url, GIT_BRANCH: repository.branch, STATE_DIR: "state" },
    ...{ FORGE: "gitea", FORGE_URL: host.url, FORGE_TOKEN: "gitea-token-0123456789" },
    ...{ FORGE_REPOSITORY: host.repository, WEBHOOK_SECRET: secret },
    ...{ HOST: "127.0.0.1", PORT: "0", HOST_CHECK_INTERVAL: "off", LOG_LEVEL: "warn" },
    // Only webhooks tell of pushes.
    POLL_SCHEDULE: "0 0 1 1 *",
  },
});

interface Seen {
  readonly pushedMs: number;
  firstMs: number | null;
  endMs: number | null;
}
const seen = new Map<string, Seen>();
let read = 0;
/** What the host was told since the last call. */
function look(): void {
  const nowMs = performance.now();
  for (; read < host.statuses.length; read += 1) {
    const status = host.statuses[read];
    const one = seen.get(status?.sha ?? "");
    if (status === undefined || one === undefined) continue;
    one.firstMs ??= nowMs;
    const isEnd = status.context.endsWith("/reconcile") && status.state !== "pending";
    if (isEnd) one.endMs ??= nowMs;
  }
}
const watching = setInterval(look, 5);

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${await controller.address()}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? NaN);
}

async function push(index: number, version: number): Promise<void> {
  const before = (await repository.head()) ?? "";
  await repository.push(fileOf(index, version));
  const sha = (await repository.head()) ?? "";
  seen.set(sha, { pushedMs: performance.now(), firstMs: null, endMs: null });
  const payload = {
    ref: `refs/heads/${repository.branch}`,
    ...{ before, after: sha },
    ...{ repository: { full_name: host.repository }, commits: [], total_commits: 1 },
  };
  const { headers, body } = giteaDelivery("push", payload, { key: secret });
  const answer = await fetch(`${await controller.address()}/webhooks/gitea`, {
    ...{ method: "POST", headers, body: Buffer.from(body) },
  });
  if (!answer.ok) throw new Error(`the webhook was refused: ${await answer.text()}`);
}

async function measure(): Promise<void> {
  process.stderr.write(`making ${stacks} stacks …\n`);
  const firstSha = (await repository.head()) ?? "";
  const isMade = (): boolean =>
    host.statuses.some(
      (one) =>
        one.sha === firstSha && one.context.endsWith("/reconcile") && one.state !== "pending",
    );
  await until("all stacks are made", isMade, longMs);
  process.stderr.write(`pushing ${aMinute} times in a minute …\n`);
  await asked();
  const statusesBefore = host.statuses.length;
  const cpuBefore = await metric("process_cpu_seconds_total");
  const beganMs = performance.now();
  for (let n = 0; n < aMinute; n += 1) {
    const dueMs = beganMs + (n * 60_000) / aMinute;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    await push(n % stacks, n + 2);
  }
  const pushingMs = performance.now() - beganMs;
  const each = [...seen.values()];
  await until("each push has its end", () => each.every(({ endMs }) => endMs !== null), longMs);

  const at = (times: readonly number[], part: number): string => {
    const sorted = times.toSorted((a, b) => a - b);
    const value = sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
    return (value / 1_000).toFixed(1);
  };
  const firsts = each.map(({ pushedMs, firstMs }) => (firstMs ?? NaN) - pushedMs);
  const ends = each.map(({ pushedMs, endMs }) => (endMs ?? NaN) - pushedMs);
  const { requests, writes } = await asked();
  const cpu = (await metric("process_cpu_seconds_total")) - cpuBefore;
  const resident = (await metric("process_resident_memory_bytes")) / 1_024 / 1_024;
  const figures: readonly (readonly [string, string])[] = [
    ["stacks", String(stacks)],
    ["pushes", `${aMinute} in ${(pushingMs / 1_000).toFixed(0)} s`],
    ["server", `×${speed}`],
    ["first check after, s (half, 95 %, all)", [0.5, 0.95, 1].map((p) => at(firsts, p)).join(", ")],
    ["last check after, s (half, 95 %, all)", [0.5, 0.95, 1].map((p) => at(ends, p)).join(", ")],
    ["statuses told", String(host.statuses.length - statusesBefore)],
    ["requests to Dokploy", `${requests}, ${writes} of them writes`],
    ["CPU s", cpu.toFixed(1)],
    ["resident MiB", resident.toFixed(0)],
  ];
  for (const [name, value] of figures) process.stdout.write(`${name.padEnd(40)}  ${value}\n`);
}

try {
  await measure();
  controller.signal("SIGTERM");
  await controller.ended;
} finally {
  clearInterval(watching);
  await controller.close();
  simulators.stdin.end();
  await host.close();
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
}
