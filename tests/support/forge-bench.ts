// A controller put together as in production, between a Dokploy simulator and a little Gitea that share a
// real repository with it: what people see of a pull request, from its opening to the running stack.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFactories } from "../../src/app.ts";
import type { Controller } from "../../src/cli/context.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator, SimulatorOptions } from "../../src/simulator/server.ts";
import { startFakeGitea } from "./fake-gitea.ts";
import type { FakePull } from "./fake-gitea-pulls.ts";
import type { FakeGitea } from "./fake-gitea.ts";
import { giteaDelivery, secret } from "./forge-deliveries.ts";
import { serveRepository } from "./git-http.ts";
import { createTestRepository } from "./git.ts";
import type { TestRepository } from "./git.ts";
import { until } from "./until.ts";

export interface ForgeBench {
  readonly simulator: Simulator;
  readonly repository: TestRepository;
  readonly gitea: FakeGitea;
  controller(): Controller;
  /** The states of a commit's context, in the order in which they were set. */
  states(sha: string, context: string): readonly string[];
  /** The newest: `success: 1 created, 1 unchanged`. */
  said(sha: string, context: string): string;
  /** A commit on a branch of its own, from main or from where that branch is; its id. */
  commitTo(
    branch: string,
    files: Readonly<Record<string, string | null>>,
    from?: string,
  ): Promise<string>;
  /** As Gitea sends it; the answer's status. */
  deliver(event: string, payload: object, more?: { readonly id?: string }): Promise<number>;
  deliverPush(after: string): Promise<number>;
  deliverPull(pull: FakePull, action: string): Promise<number>;
  deliverComment(pull: FakePull, author: string, body: string): Promise<number>;
  ready(stack: string): Promise<void>;
  /** Ends the controller and begins another one with the same state. */
  restart(): Promise<void>;
  /** Likewise, without anything of what it kept. */
  loseStore(): Promise<void>;
  close(): Promise<void>;
}

export interface ForgeBenchOptions {
  readonly files: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly simulator?: SimulatorOptions;
  /** The controller's time; the simulator has its own. */
  readonly clock?: Clock;
  /** More repositories on the Git host: their bare ones, by `owner/name`. */
  readonly others?: Readonly<Record<string, string>>;
  /** What somebody set up on the server before. */
  readonly prepare?: (simulator: Simulator) => void;
}

const person = { name: "Test Person", email: "person@example.com" };

export async function openForgeBench(options: ForgeBenchOptions): Promise<ForgeBench> {
  const simulator = await startSimulator({ timeScale: 0.05, ...options.simulator });
  const repository = await createTestRepository();
  await repository.push(options.files);
  const server = await serveRepository(repository.url);
  const gitea = await startFakeGitea({
    folder: repository.url,
    ...(options.others === undefined ? {} : { others: options.others }),
  });
  options.prepare?.(simulator);
  const folder = await mkdtemp(join(tmpdir(), "capstan-forge-"));
  const redactor = createRedactor();
  let ids = 0;
  let opened: Controller | null = null;

  async function open(): Promise<void> {
    const factories = createFactories({
      environment: {
        DOKPLOY_URL: simulator.url,
        DOKPLOY_API_TOKEN: simulator.apiKey,
        HOST_CHECK_INTERVAL: "off",
        GIT_URL: server.url,
        POLL_SCHEDULE: "0 0 1 1 *",
        RESYNC_INTERVAL: "1h",
        STATE_DIR: "data",
        PORT: "0",
        HOST: "127.0.0.1",
        LOG_LEVEL: "silent",
        FORGE: "gitea",
        FORGE_URL: gitea.url,
        FORGE_REPOSITORY: gitea.repository,
        FORGE_TOKEN: gitea.token,
        WEBHOOK_SECRET: secret,
        PUBLIC_URL: "https://capstan.example.com",
        ...options.environment,
      },
      folder,
      clock: options.clock ?? systemClock,
      random: () => 0.5,
      redactor,
      version: "0.0.0",
    });
    opened = await factories.openController({
      source: null,
      dryRun: false,
      logs: "json",
      fast: true,
    });
    await opened.engine.lead();
    opened.engine.start();
  }
  function controller(): Controller {
    if (opened === null) throw new Error("no controller is open");
    return opened;
  }
  const repositoryRow = { full_name: gitea.repository };
  const statusesOf = (sha: string, context: string) =>
    gitea.statuses.filter((one) => one.sha === sha && one.context === context);

  const bench: ForgeBench = {
    simulator,
    repository,
    gitea,
    controller,
    states: (sha, context) => statusesOf(sha, context).map(({ state }) => state),
    said(sha, context) {
      const { state = "", description = "" } = statusesOf(sha, context).at(-1) ?? {};
      return `${state}: ${description}`;
    },
    async commitTo(branch, files, from) {
      const ref = `refs/heads/${branch}`;
      const parent = from ?? (await gitea.git.ref(ref)) ?? (await gitea.git.ref("refs/heads/main"));
      const commit = await gitea.git.write({
        parent,
        changes: new Map(Object.entries(files)),
        message: `on ${branch}`,
        author: person,
        committer: person,
      });
      await gitea.git.setRef(ref, commit);
      return commit;
    },
    async deliver(event, payload, { id = `delivery-${ids++}` } = {}) {
      const { headers, body } = giteaDelivery(event, { repository: repositoryRow, ...payload });
      const answer = await fetch(`${controller().address}/webhooks/gitea`, {
        method: "POST",
        headers: { ...headers, "x-gitea-delivery": id },
        body: Buffer.from(body),
      });
      await answer.text();
      return answer.status;
    },
    deliverPush: (after) =>
      bench.deliver("push", {
        ref: "refs/heads/main",
        before: "0".repeat(40),
        after,
        commits: [],
        total_commits: 1,
      }),
    deliverPull: (pull, action) =>
      bench.deliver("pull_request", {
        action,
        number: pull.number,
        pull_request: {
          number: pull.number,
          state: pull.state,
          merged: pull.merged,
          base: { ref: pull.base },
        },
      }),
    deliverComment: (pull, author, body) => {
      const comment = gitea.addComment(pull.number, author, body);
      return bench.deliver("issue_comment", {
        action: "created",
        is_pull: true,
        issue: { number: pull.number },
        comment: { id: comment.id, body, user: { login: author } },
        sender: { login: author },
      });
    },
    async ready(stack) {
      await until(`${stack} is ready`, () =>
        controller()
          .engine.stacks()
          .some(
            ({ name, conditions }) =>
              name === stack &&
              conditions.some(({ type, status }) => type === "Ready" && status === "True"),
          ),
      );
    },
    async restart() {
      await opened?.close();
      await open();
    },
    async loseStore() {
      await opened?.close();
      await rm(join(folder, "data"), { recursive: true, force: true });
      await open();
    },
    async close() {
      await opened?.close();
      await Promise.all([gitea.close(), server.close(), simulator.close()]);
      await repository.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await open();
  return bench;
}
