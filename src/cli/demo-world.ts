// What the demo runs on: a simulated server with somebody else's projects, a bare Git repository in a
// temporary folder, and a controller between the two. Nothing of it is left afterwards.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import { httpClient } from "../lib/http.ts";
import type { CommandContext, Controller, RunningSimulator } from "./context.ts";
import { aiStack, blog, shop, shopImage } from "./demo-stacks.ts";

export interface DemoWorld {
  readonly controller: Controller;
  readonly simulator: RunningSimulator;
  readonly repository: string;
  /** A commit as a person's push would bring it. */
  commit(files: Readonly<Record<string, string | null>>, message: string): Promise<void>;
  /** Dokploy's own API, as its pages use it. */
  api(procedure: string, body?: unknown): Promise<unknown>;
  /** The simulator's own door: what was asked of it since it was last cleared. */
  clearRequests(): Promise<void>;
  requests(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

const branch = "main";
const othersProjects = 3;

async function send(url: string, apiKey: string, body: unknown): Promise<unknown> {
  const answer = await httpClient.send({
    method: body === undefined ? "GET" : "POST",
    url,
    headers: { "x-api-key": apiKey, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    timeoutMs: 10_000,
    maxBytes: 16 * 1024 * 1024,
  });
  if (answer.status !== 200) {
    throw new CapstanError("internal", `the simulator answered ${answer.status} to ${url}`);
  }
  return answer.text === "" ? null : (JSON.parse(answer.text) as unknown);
}

export async function openDemoWorld(context: CommandContext): Promise<DemoWorld> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), "capstan-demo-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const simulator = await context.startSimulator({ port: 0, apiKey: "simulator" });
    closers.push(() => simulator.close());
    const control = `${simulator.url}/__control`;
    await send(control, simulator.apiKey, { action: "seed", count: othersProjects });

    const repository = join(folder, "stacks.git");
    await context.openRepository(repository, branch);
    const commit: DemoWorld["commit"] = (files, message) =>
      context.commit(repository, branch, files, message);
    const first = {
      "stacks/shop.yaml": shop(shopImage, 1),
      "stacks/blog.yaml": blog,
      "stacks/templates/ai-stack.yaml": aiStack,
    };
    await commit(first, "Two stacks and a template");

    const controller = await context.openController({
      source: null,
      dryRun: false,
      logs: "quiet",
      fast: true,
      environment: {
        DOKPLOY_URL: simulator.url,
        DOKPLOY_API_TOKEN: simulator.apiKey,
        GIT_URL: repository,
        GIT_BRANCH: branch,
        STATE_DIR: join(folder, "state"),
        POLL_SCHEDULE: "*/5 * * * * *",
        RESYNC_INTERVAL: "3s",
        DEEP_CHECK_INTERVAL: "4s",
        // Nobody answers under these hosts.
        HOST_CHECK_INTERVAL: "off",
        HOST: "127.0.0.1",
        PORT: "0",
        PORTAL_AUTH: "none",
        STACK_DOMAIN_SUFFIX: "ai.example.com",
        STACK_IMAGE: "ghcr.io/acme/opencode:1",
        ...(context.debug ? { LOG_LEVEL: "debug" } : {}),
      },
    });
    closers.push(() => controller.close());
    return {
      controller,
      simulator,
      repository,
      commit,
      api: (procedure, body) => send(`${simulator.url}/api/${procedure}`, simulator.apiKey, body),
      async clearRequests() {
        await send(control, simulator.apiKey, { action: "clearLog" });
      },
      async requests() {
        const state = await send(`${control}/state`, simulator.apiKey, undefined);
        return (state as { requests: { counts: Record<string, number> } }).requests.counts;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
