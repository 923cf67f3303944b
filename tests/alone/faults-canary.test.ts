// Law P5: a secret's value appears in nothing that leaves Capstan but what it writes to Dokploy, whatever
// goes wrong and whatever Dokploy's own errors and logs repeat of it.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { canary, canaryBench, expectNoCanary } from "../support/canary-bench.ts";
import type { CanaryBench } from "../support/canary-bench.ts";
import { until } from "../support/until.ts";

const canaries: Record<string, string> = {
  env: 'canary-env-"quoted"-7f3a',
  registry: "canary-registry-91bc",
  ops: "canary-ops-55de",
  args: "canary-args-04aa",
  shared: "canary-shared-6e6e",
  edited: "canary-edited-c0c0",
  key: "-----BEGIN KEY-----\ncanary-key-line-one-0001\ncanary-key-line-two-0002\n-----END KEY-----",
};

const manifest = (image: string, env = "env"): string =>
  [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  variables: { SHARED: $(secrets.shared) }",
    "  applications:",
    "    web:",
    `      image: ${image}`,
    "      registry: { url: ghcr.io, username: acme, password: $(secrets.registry) }",
    "      args: [--token, $(secrets.args)]",
    "      rollout: { stableFor: 0s, timeout: 6s }",
    "      env:",
    `        URL: "postgres://shop:$(secrets.${env})@db:5432/shop"`,
    "        KEY: $(secrets.key)",
    '        SHARED: "${{project.SHARED}}"',
    "      domains: [ { host: shop.example.com, port: 8080 } ]",
    "      basicAuth: [ { username: ops, password: $(secrets.ops) } ]",
    "",
  ].join("\n");

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of open.splice(0).reverse()) await one.close();
});

const begin = (): Promise<CanaryBench> => canaryBench(open, { secrets: canaries });

const leak = `nothing is well with ${Object.values(canaries).join(" and ")}`;
const leakingErrors = [
  {
    title: "a 500 that repeats SQL with its parameters",
    status: 500,
    body: {
      message: `Failed query: update "application" set "env" = $1\nparams: ${leak}`,
      code: "INTERNAL_SERVER_ERROR",
      data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500, zodError: null },
    },
  },
  {
    title: "a 400 that repeats the value",
    status: 400,
    body: {
      message: `Input validation failed: ${leak}`,
      code: "BAD_REQUEST",
      data: { code: "BAD_REQUEST", httpStatus: 400, path: "x", zodError: null },
      issues: [{ path: ["env"], message: leak }],
    },
  },
  { title: "a proxy's page that repeats the request", status: 502, body: `<html>${leak}</html>` },
];

test("P5 a secret's value is in no event, status, plan or log of a creation, a change and an edited secret", async () => {
  const bench = await begin();
  const { scenario } = bench;
  await scenario.push({ "shop.yaml": manifest("ghcr.io/acme/web:1") });
  await expectNoCanary(bench, "before anything is written");
  expect((await scenario.apply()).ok).toBe(true);
  await expectNoCanary(bench, "after the creation");
  // It did reach the server, or all this would prove nothing.
  const [row] = [...scenario.simulator.state.applications.values()];
  expect(row?.env).toMatch(canary);
  expect(row?.args?.join(" ") ?? "").toMatch(canary);

  await scenario.push({ "shop.yaml": manifest("ghcr.io/acme/web:2", "edited") });
  await scenario.restart();
  await expectNoCanary(bench, "before the change");
  expect((await scenario.apply()).ok).toBe(true);
  await expectNoCanary(bench, "after the change");

  for (const name of Object.keys(canaries)) {
    scenario.secrets.set(name, `canary-again-${name}-abcdef`);
  }
  await scenario.restart();
  await expectNoCanary(bench, "before the edited secrets are written");
  expect((await scenario.apply()).ok).toBe(true);
  await expectNoCanary(bench, "after the edited secrets were written");
});

test("P5 a person's edit of a field with a secret is healed without showing either value", async () => {
  const bench = await begin();
  const { scenario } = bench;
  await scenario.push({ "shop.yaml": manifest("ghcr.io/acme/web:1") });
  await scenario.apply();
  const [row] = [...scenario.simulator.state.applications.values()];
  scenario.simulator.state.editApplication(row!.applicationId, {
    env: "URL=canary-typed-by-hand\nOTHER=canary-typed-too",
  });
  await scenario.restart({ deepCheckIntervalMs: 10_000 });
  scenario.engine().start();
  await until("it is healed", () => row!.env?.includes("postgres://"));
  const drift = await until("the drift is told", () =>
    scenario
      .engine()
      .events()
      .find(({ kind }) => kind === "drift"),
  );
  expect(drift.message).toContain("env.URL");
  await expectNoCanary(bench, "after the drift");
});

for (const { title, status, body } of leakingErrors) {
  test(`P5 a secret's value is in no output when Dokploy answers ${title}`, async () => {
    const bench = await begin();
    const { scenario } = bench;
    await scenario.push({ "shop.yaml": manifest("ghcr.io/acme/web:1") });
    const text = typeof body === "string" ? body : JSON.stringify(body);
    for (const procedure of [
      "project.create",
      "security.create",
      "application.update",
      "application.deploy",
    ]) {
      let left = 2;
      bench.instead = ({ procedures }) =>
        procedures.includes(procedure) && left-- > 0 ? { status, body: text } : null;
      await scenario.apply();
      await expectNoCanary(bench, `${procedure} failed`);
    }
    bench.instead = ({ procedures }) =>
      procedures.includes("project.all") ? { status, body: text } : null;
    const error = await scenario.apply().catch((reason: unknown) => reason);
    const said = error instanceof Error ? `${error.message} ${String(error.stack)}` : "";
    expect(said).not.toMatch(canary);
    expect(bench.lines.join("\n")).not.toMatch(canary);
  });
}

test("P5 a secret's value is in no output when a build log, a service's log or a task repeats it", async () => {
  const bench = await begin();
  const { scenario } = bench;
  const log = JSON.stringify(`Pulling\n${leak}\n${Object.values(canaries).join("\n")}\nfailed`);
  const tasks = JSON.stringify([
    { containerId: "a", state: "shutdown", currentState: "Failed 1 seconds ago", error: leak },
  ]);
  bench.instead = ({ procedures: [procedure] }) => {
    switch (procedure) {
      case "deployment.readLogs":
      case "application.readLogs":
        return { status: 200, body: log };
      case "docker.getServiceContainersByAppName":
        return { status: 200, body: tasks };
      default:
        return null;
    }
  };
  await scenario.push({ "shop.yaml": manifest("ghcr.io/acme/missing:1") });
  await scenario.apply();
  const failed = scenario.engine().stacks()[0]?.outcome;
  expect(JSON.stringify(failed)).toContain("(secret)");
  await expectNoCanary(bench, "a pull failed");

  await scenario.push({ "shop.yaml": manifest("ghcr.io/acme/crash:1") });
  await scenario.apply();
  const crashed = scenario.engine().stacks()[0]?.outcome;
  expect(JSON.stringify(crashed)).toContain("(secret)");
  await expectNoCanary(bench, "a task crashed");
});

/** A git before all others that writes down what it is called with, and goes on. */
async function recordingGit(): Promise<{ readonly calls: () => Promise<readonly string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-git-"));
  open.push({ close: () => rm(folder, { recursive: true, force: true }) });
  const file = join(folder, "calls");
  const path = process.env.PATH ?? "";
  const script = `#!/bin/sh
printf '%s\\n' "$*" >>'${file}'
PATH='${path}' exec git "$@"
`;
  await writeFile(join(folder, "git"), script, { mode: 0o755 });
  vi.stubEnv("PATH", [folder, path].join(delimiter));
  return {
    calls: async () => (await readFile(file, "utf8")).split("\n").filter((line) => line !== ""),
  };
}

test("P5 a secret's value is in no program's argument list", async () => {
  const git = await recordingGit();
  const { scenario } = await begin();
  await scenario.push({ "shop.yaml": manifest("ghcr.io/acme/web:1") });
  const before = (await git.calls()).length;
  expect((await scenario.apply()).ok).toBe(true);
  const calls = (await git.calls()).slice(before);
  // It was Capstan's git that was listened to.
  expect(calls.join("\n")).toMatch(/\bfetch\b/);
  expect(calls.filter((args) => canary.test(args))).toEqual([]);
});
