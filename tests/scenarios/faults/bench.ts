// A controller and a simulated server that both live a hundred times as fast as in life, so that all
// pauses, backoffs and time-outs keep their proportions; and the course of one test through its phases.
import { httpClient } from "../../../src/lib/http.ts";
import type { HttpClient } from "../../../src/lib/http.ts";
import { databaseKinds } from "../../../src/model/kinds/database-rows.ts";
import { databaseText } from "../../support/database-text.ts";
import { addDestination } from "../../support/destination.ts";
import { fastClock } from "../../support/fast-clock.ts";
import { createScenario } from "../../support/scenario.ts";
import type { Scenario } from "../../support/scenario.ts";
import { until } from "../../support/until.ts";
import type { Expected } from "./expected.ts";
import { foreignOf } from "./foreign.ts";
import type { Foreign } from "./foreign.ts";
import { differences, expectWorldAsGit } from "./world.ts";

export const times = 100;
/** A machine under load answers no faster because the clocks are: time-outs keep some room. */
const leastTimeoutMs = 800;
const settleWithinMs = 60_000;
const eventsShown = 25;

const hurriedHttp: HttpClient = {
  send: (request) =>
    httpClient.send({
      ...request,
      timeoutMs: Math.max(leastTimeoutMs, Math.ceil(request.timeoutMs / times)),
    }),
};

export interface Bench {
  readonly scenario: Scenario;
  /** Commits, and waits until the controller knows it. */
  readonly push: (files: Readonly<Record<string, string | null>>) => Promise<void>;
  /** All manifests of the newest commit, by file. */
  readonly texts: () => ReadonlyMap<string, string>;
  /** Tells that Dokploy's process has died. */
  readonly killed: () => void;
  /** Tells that people take away what runs. */
  readonly taken: () => void;
  /** Waits until all is as the newest commit says and nothing is under way, without asking for anything. */
  readonly settle: (when: string) => Promise<void>;
  /** That nothing is left to do: another pass writes nothing. */
  readonly expectNothingLeft: (when: string) => Promise<void>;
  close(): Promise<void>;
}

function addPeoplesOwn({ state }: Scenario["simulator"]): void {
  const { project } = state.addProject({
    name: "legacy",
    description: "Ours since 2019",
    env: "A=1",
  });
  for (const name of ["web", "db"]) {
    const row = state.addApplication(project.projectId, {
      name,
      appName: `legacy-${name}`,
      sourceType: "docker",
      dockerImage: "nginx:1",
    });
    state.runApplication(row.applicationId);
  }
  const { project: gone } = state.addProject({ name: "gone" });
  const orphan = state.addApplication(gone.projectId, { name: "old", dockerImage: "nginx:1" });
  state.runApplication(orphan.applicationId);
  state.applications.delete(orphan.applicationId);
}

export async function openBench(options: { readonly seed?: number } = {}): Promise<Bench> {
  const fast = fastClock({ times, startMs: Date.now() });
  let begun: Scenario | null = null;
  // What has landed by the server's own time has landed, however slow this machine is.
  const http: HttpClient = {
    async send(request) {
      await begun?.simulator.landed();
      return hurriedHttp.send(request);
    },
  };
  const scenario = await createScenario({
    simulator: { timeScale: 1 / times, deployMs: 2_000, seed: options.seed ?? 1 },
    clock: fast,
    http,
    secrets: { ops: "a-password-of-ops" },
    engine: {
      rolloutTickMs: 2_000,
      lookAgainMs: 10_000,
      resyncIntervalMs: 60_000,
      deepCheckIntervalMs: 3_600_000,
      pollSchedule: "0 0 1 1 *",
    },
  });
  begun = scenario;
  const { simulator } = scenario;
  addPeoplesOwn(simulator);
  addDestination(simulator, "s3");
  const foreign: Foreign = foreignOf(simulator);
  const configurations = new Map<string, Set<string>>();
  const texts = new Map<string, string>();
  let commit = "";
  let wasKilled = false;
  let wasTaken = false;

  const expected = (): Expected => ({
    desired: scenario.engine().desired(),
    foreign,
    configurations,
    wasKilled,
    wasTaken,
  });

  /** Null when all is done; otherwise what is not. */
  function open(): string | null {
    const engine = scenario.engine();
    const { queued, running, activeDeployments, revision } = engine.state();
    if (revision !== commit) return "the newest commit";
    const names = new Set(engine.desired().map(({ name }) => name));
    const statuses = engine.stacks();
    const bad = statuses.find(
      ({ name, outcome, revision: of }) =>
        !names.has(name) || outcome.kind !== "converged" || of !== commit,
    );
    if (bad !== undefined) return `${bad.name} (${JSON.stringify(bad.outcome)})`;
    if (statuses.length < names.size) return "a stack that never ran";
    if (running + queued + activeDeployments > 0) return "what is under way";
    return null;
  }

  return {
    scenario,
    texts: () => texts,
    async push(files) {
      for (const [path, text] of Object.entries(files)) {
        if (text === null) texts.delete(path);
        else texts.set(path, text);
      }
      commit = await scenario.push(files);
      const engine = scenario.engine();
      engine.start();
      engine.poke("test");
      await until("the commit is seen", () => engine.state().revision === commit);
      for (const { name, services } of engine.desired()) {
        for (const { key, hash } of services) {
          const known = configurations.get(`${name} ${key}`) ?? new Set();
          configurations.set(`${name} ${key}`, known.add(hash.run));
        }
      }
    },
    killed() {
      wasKilled = true;
    },
    taken() {
      wasTaken = true;
    },
    async settle(when) {
      const isDone = (): boolean =>
        open() === null && differences(simulator, expected()).length === 0;
      const isSettled = await until("all is as Git says", isDone, settleWithinMs).catch(
        () => false,
      );
      if (isSettled) return;
      const waits = `${when}, waiting for ${open() ?? "nothing"}`;
      const engine = scenario.engine();
      const said = engine.events().slice(-eventsShown);
      const now = fast.now();
      const lines = said.map(
        ({ atMs, stack, message }) =>
          `${Math.round((atMs - now) / 1_000)} s ${stack ?? "-"}: ${message}`,
      );
      const why = [waits, JSON.stringify(engine.state()), ...lines].join("\n");
      expectWorldAsGit(simulator, expected(), why);
      throw new Error(why);
    },
    async expectNothingLeft(when) {
      scenario.writes();
      const result = await scenario.apply();
      const troubles = result.stacks.filter(({ outcome }) => outcome.kind !== "converged");
      const written = scenario.writes();
      if (troubles.length > 0 || written.length > 0) {
        throw new Error(`${when}: ${JSON.stringify({ troubles, written })}`);
      }
      expectWorldAsGit(simulator, expected(), when);
    },
    close: () => scenario.close(),
  };
}

export interface StackVersion {
  readonly image?: string;
  readonly mode?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
}

/** The kinds take turns, so that three stacks have all of them. */
function databaseLines(index: number, mode: string): readonly string[] {
  const kinds = [databaseKinds[(index * 2) % 6]!, databaseKinds[(index * 2 + 1) % 6]!];
  const version = mode === "live" ? "now" : "minor";
  const cron = `${index % 60} 3 * * *`;
  const rollout = "stableFor: 0s, timeout: 10m";
  return kinds.flatMap((kind) => databaseText(kind, { version, cron, rollout }));
}

function composeLines(index: number, image: string, host: string): readonly string[] {
  return [
    "    queue:",
    `      type: ${index % 2 === 0 ? "docker-compose" : "stack"}`,
    "      deletionPolicy: delete",
    "      rollout: { stableFor: 0s, timeout: 10m }",
    `      env: { HOST: ${host} }`,
    `      domains: [ { service: web${index}, host: queue-${host}.example.com, port: 80 } ]`,
    "      mounts: [ { type: file, content: of the queue, target: /app.conf } ]",
    `      schedules: { tidy: { service: worker${index}, cron: "0 2 * * *", command: "./tidy ${host}" } }`,
    `      volumeBackups: { data: { service: worker${index}, cron: "0 4 * * *", destination: s3, volume: data } }`,
    "      backups:",
    "        dump:",
    `          { service: web${index}, type: mariadb, database: "${host}", user: ops, password: $(secrets.ops),`,
    '            cron: "0 5 * * *", destination: s3 }',
    "      content: |",
    `        services:`,
    `          web${index}: { image: "${image}", environment: { HOST: "\${HOST}" } }`,
    `          worker${index}: { image: "ghcr.io/acme/worker:1", volumes: [ "data:/data" ] }`,
    `        volumes: { data: {} }`,
  ];
}

/** Every other one is built from a repository, and then again with each mode. */
function apiLines(index: number, mode: string): readonly string[] {
  const built = [
    "      git: { url: https://git.example.com/acme/api.git }",
    `      build: { target: production, args: { MODE: ${mode} } }`,
  ];
  return [
    "    api:",
    ...(index % 2 === 1 ? built : ["      image: ghcr.io/acme/api:1"]),
    "      rollout: { stableFor: 0s, timeout: 10m }",
  ];
}

/** A stack of services of several kinds with every kind of child; what a version names differs from the others. */
export function stackText(index: number, version: StackVersion = {}): string {
  const name = stackName(index);
  const { image = "ghcr.io/acme/web:1", mode = "live", host = name, port = 3000 + index } = version;
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    "  variables: { TZ: UTC }",
    "  applications:",
    "    web:",
    `      image: ${image}`,
    "      rollout: { stableFor: 0s, timeout: 10m }",
    `      env: { MODE: "${mode}", ZONE: "\${{project.TZ}}" }`,
    `      domains: [ { host: ${host}.example.com, port: 8080 } ]`,
    `      ports: [ { published: ${port}, target: 22 } ]`,
    "      mounts: [ { type: volume, source: data, target: /data } ]",
    `      basicAuth: [ { username: ${version.user ?? "ops"}, password: $(secrets.ops) } ]`,
    "      redirects: [ { regex: ^/old, replacement: /new, permanent: true } ]",
    `      schedules: { report: { cron: "0 2 * * *", command: "./report ${mode}" } }`,
    '      volumeBackups: { data: { cron: "0 4 * * *", destination: s3, volume: data } }',
    ...apiLines(index, mode),
    "  compose:",
    ...composeLines(index, image, host),
    "  databases:",
    ...databaseLines(index, mode),
    "",
  ].join("\n");
}

export function stackName(index: number): string {
  return `s${String(index).padStart(2, "0")}`;
}
