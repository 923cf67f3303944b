// A controller put together as in production, on the simulator and a repository of its own: what a person
// of the portal meets. The template settles within a second.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFactories } from "../../src/app.ts";
import type { Controller } from "../../src/cli/context.ts";
import type { Portal } from "../../src/engine/portal/portal.ts";
import { commitFiles, openOwnRepository } from "../../src/git/own-repository.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Person } from "../../src/model/person.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { runGit } from "./git.ts";
import { until } from "./until.ts";

export const zoe: Person = {
  id: "token:zoe",
  name: "Zoe",
  email: "zoe@example.com",
  role: "deployer",
};
export const yan: Person = { id: "token:yan", name: "Yan", email: null, role: "deployer" };
export const olga: Person = { id: "token:olga", name: "Olga", email: null, role: "operator" };

export const aiTemplate = `apiVersion: capstan/v1
kind: StackTemplate
metadata: { name: ai-stack }
spec:
  description: A personal OpenCode
  names: { minLength: 3, maxLength: 20, reserved: [admin, portal] }
  parameters:
    image: { type: string, default: $(env.STACK_IMAGE), description: The image }
    memory: { type: string, default: 2Gi, enum: [1Gi, 2Gi, 4Gi], description: The most memory it gets }
    note: { type: string, default: "", description: Anything }
  stack:
    project: ai-stack-$(name)
    applications:
      opencode:
        image: $(parameters.image)
        resources: { limits: { memory: $(parameters.memory) } }
        env: { NOTE: $(parameters.note) }
        domains:
          - { host: $(name).$(env.STACK_DOMAIN_SUFFIX), port: 4096, https: true, certificate: none }
        rollout: { stableFor: 1s, timeout: 30s }
`;

export interface PortalBench {
  readonly simulator: Simulator;
  readonly repository: string;
  controller(): Controller;
  portal(): Portal;
  /** A commit as somebody's push would bring it; the controller looks at once. */
  push(files: Readonly<Record<string, string | null>>, message?: string): Promise<string>;
  /** The files of the branch, by path. */
  files(): Promise<Readonly<Record<string, string>>>;
  git(...args: string[]): Promise<string>;
  ready(stack: string): Promise<void>;
  /** Names of the server's projects, sorted. */
  projects(): readonly string[];
  stop(): Promise<void>;
  /** Another controller with the same state, after `stop` or instead of it. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface PortalBenchOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeScale?: number;
}

export async function openPortalBench(options: PortalBenchOptions = {}): Promise<PortalBench> {
  const simulator = await startSimulator({ timeScale: options.timeScale ?? 0.05 });
  const folder = await mkdtemp(join(tmpdir(), "capstan-portal-"));
  const repository = join(folder, "stacks.git");
  await openOwnRepository(repository, "main");
  const person = { name: "Test Person", email: "person@example.com" };
  const commit = (files: Readonly<Record<string, string | null>>, message: string) =>
    commitFiles(repository, "main", new Map(Object.entries(files)), {
      message,
      author: person,
      nowMs: Date.now(),
    });
  await commit({ "stacks/templates/ai-stack.yaml": aiTemplate, ...options.files }, "Begin");
  let opened: Controller | null = null;

  const bench: PortalBench = {
    simulator,
    repository,
    controller() {
      if (opened === null) throw new Error("no controller is open");
      return opened;
    },
    portal() {
      const { portal } = bench.controller();
      if (portal === null) throw new Error("the controller has no portal");
      return portal;
    },
    async push(files, message = "By hand") {
      const sha = await commit(files, message);
      await opened?.engine.catchUp("push");
      return sha;
    },
    async files() {
      const list = await bench.git("ls-tree", "-r", "--name-only", "main");
      const paths = list.split("\n").filter((path) => path !== "");
      const texts = await Promise.all(paths.map((path) => bench.git("show", `main:${path}`)));
      return Object.fromEntries(paths.map((path, index) => [path, texts[index] ?? ""]));
    },
    git: (...args) => runGit(repository, args),
    async ready(stack) {
      await until(`${stack} is ready`, () =>
        bench
          .controller()
          .engine.stacks()
          .some(
            ({ name, conditions }) =>
              name === stack &&
              conditions.some(({ type, status }) => type === "Ready" && status === "True"),
          ),
      );
    },
    projects: () => [...simulator.state.projects.values()].map(({ name }) => name).sort(),
    async stop() {
      await opened?.close();
      opened = null;
    },
    async start() {
      await bench.stop();
      const factories = createFactories({
        environment: {
          DOKPLOY_URL: simulator.url,
          DOKPLOY_API_TOKEN: simulator.apiKey,
          HOST_CHECK_INTERVAL: "off",
          GIT_URL: repository,
          POLL_SCHEDULE: "* * * * * *",
          RESYNC_INTERVAL: "1h",
          STATE_DIR: "data",
          PORT: "0",
          HOST: "127.0.0.1",
          LOG_LEVEL: "silent",
          STACK_DOMAIN_SUFFIX: "ai.example.com",
          STACK_IMAGE: "ghcr.io/acme/opencode:1",
          ...options.environment,
        },
        folder,
        clock: systemClock,
        random: () => 0.5,
        redactor: createRedactor(),
        version: "0.0.0",
      });
      const quiet = { source: null, dryRun: false, logs: "json", fast: true } as const;
      opened = await factories.openController(quiet);
      await opened.engine.lead();
      opened.engine.start();
      await until("Git and the server were read", () => opened?.engine.state().ready === true);
    },
    async close() {
      await bench.stop();
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await bench.start();
  return bench;
}
