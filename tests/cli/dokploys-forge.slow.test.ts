// A controller with two Dokploys beside a Git host: checks and plans say which server they are of, and the portal's stacks
// are on the Dokploy of its folder.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { startFakeGitea } from "../support/fake-gitea.ts";
import type { FakeGitea } from "../support/fake-gitea.ts";
import { giteaDelivery, secret } from "../support/forge-deliveries.ts";
import { createTestRepository } from "../support/git.ts";
import type { TestRepository } from "../support/git.ts";
import { until } from "../support/until.ts";
import { createWorld, stackWith as stack } from "./world.ts";
import type { World } from "./world.ts";

let world: World;
let production: Simulator;
let repository: TestRepository;
let gitea: FakeGitea;

beforeEach(async () => {
  world = await createWorld();
  production = await startSimulator({ timeScale: 0.05, apiKey: "key-of-production" });
  repository = await createTestRepository();
  gitea = await startFakeGitea({ folder: repository.url });
  const key = join(world.folder, "production.key");
  await writeFile(key, "key-of-production\n");
  const file = join(world.folder, "dokploys.yaml");
  await writeFile(
    file,
    `servers: [{ name: production, url: "${production.url}", tokenFile: ${key} }]\n`,
  );
  Object.assign(world.environment, {
    DOKPLOY_SERVERS_FILE: file,
    GIT_URL: repository.url,
    FORGE: "gitea",
    FORGE_URL: gitea.url,
    FORGE_TOKEN: "gitea-token-0123456789",
    FORGE_REPOSITORY: gitea.repository,
    POLL_SCHEDULE: "* * * * * *",
    WEBHOOK_SECRET: secret,
  });
});

afterEach(async () => {
  await gitea.close();
  await production.close();
  await repository.remove();
  await world.close();
});

/** `use` gets where it listens. */
async function running(use: (address: string) => Promise<void>): Promise<void> {
  const { stage, ended } = world.begin("run");
  try {
    const address = await until("it says where it listens", () => {
      return /health (http:\S+)\/health/.exec(stage.terminal.err())?.[1];
    });
    await use(address);
  } finally {
    stage.interrupt();
    await ended;
  }
}

/** The newest state of each check of a commit. */
const checks = (sha: string): Record<string, string> =>
  Object.fromEntries(
    gitea.statuses.filter((one) => one.sha === sha).map(({ context, state }) => [context, state]),
  );

test("P1 each Dokploy has its own checks, under its name", async () => {
  const first = await repository.push({ "stacks/a.yaml": stack("a") }, "A stack at home");
  await running(async () => {
    await until("both have read the first one", () => {
      const found = checks(first);
      return (
        found["capstan/reconcile"] === "success" &&
        found["capstan:production/reconcile"] === "success"
      );
    });
    const sha = await repository.push(
      {
        "stacks/shop.yaml": stack("shop"),
        "stacks/prod.yaml": stack("shop", "dokploy: production"),
      },
      "A shop for both",
    );
    await until("all checks have ended", () =>
      isDeepStrictEqual(checks(sha), {
        "capstan/reconcile": "success",
        "capstan/stack/shop": "success",
        "capstan:production/reconcile": "success",
        "capstan:production/stack/shop": "success",
      }),
    );
    const alone = await repository.push(
      { "stacks/shop.yaml": stack("shop", "", "nginx:2") },
      "Two",
    );
    await until("the other one has nothing to do", () => {
      const found = checks(alone);
      return (
        found["capstan/stack/shop"] === "success" &&
        found["capstan:production/reconcile"] === "success"
      );
    });
    expect(Object.keys(checks(alone))).not.toContain("capstan:production/stack/shop");
  });
});

test("P2 a pull request has a plan of each Dokploy that it touches, and no other", async () => {
  const head = await repository.push({ "stacks/a.yaml": stack("a") }, "A stack at home");
  await running(async (address) => {
    await until("it is up", () => checks(head)["capstan/reconcile"] === "success");
    const sha = await gitea.git.write({
      parent: head,
      changes: new Map([["stacks/prod.yaml", stack("shop", "dokploy: production")]]),
      message: "A shop in production",
      author: { name: "Ada", email: "ada@example.com" },
      committer: { name: "Ada", email: "ada@example.com" },
    });
    await gitea.git.setRef("refs/heads/shop", sha);
    const pull = await gitea.addPull({ title: "A shop in production", head: "shop" });
    const { headers, body } = giteaDelivery("pull_request", {
      action: "opened",
      number: pull.number,
      pull_request: { number: pull.number, base: { ref: "main" }, head: { sha } },
      repository: { full_name: gitea.repository },
    });
    const answer = await fetch(`${address}/webhooks/gitea`, {
      method: "POST",
      headers,
      body: new Uint8Array(body),
    });
    expect(answer.status).toBe(202);
    await until("both have planned it", () => {
      const found = checks(sha);
      return found["capstan/plan"] === "success" && found["capstan:production/plan"] === "success";
    });
    const told = await until("it is told", () => {
      const all = gitea.comments.filter((comment) => comment.pull === pull.number);
      return all.length > 0 ? all : null;
    });
    expect(told).toHaveLength(1);
    expect(told[0]?.body).toContain("shop");
    expect(told[0]?.body).toContain("instance=production");
  });
});

test("promote opens one pull request on the next Dokploy's manifest", async () => {
  const head = await repository.push(
    {
      "stacks/shop.yaml": stack("shop", "", "nginx:2"),
      "stacks/prod.yaml": stack("shop", "dokploy: production"),
    },
    "A shop for both",
  );
  await running(async (address) => {
    await until("both are up", () => {
      const found = checks(head);
      return (
        found["capstan/reconcile"] === "success" &&
        found["capstan:production/reconcile"] === "success"
      );
    });
    world.environment.CAPSTAN_URL = address;
    const args = ["promote", "shop", "--from", "default", "--to", "production"];
    const { code, out } = await world.capstan(...args);
    expect(out).toContain("app/web image: nginx:1 → nginx:2\n");
    expect(out).toContain("Pull request 1 asks for it: ");
    expect(code).toBe(0);
    const [pull] = gitea.pulls;
    expect(pull?.title).toBe("Promote shop to production: nginx:2");
    expect(pull?.body).toContain("app/web` image: nginx:1 → nginx:2");
    const merged = await gitea.mergePull(1);
    await until("production runs it", () =>
      [...production.state.applications.values()].some(
        ({ dockerImage }) => dockerImage === "nginx:2",
      ),
    );
    const files = await gitea.git.files(merged);
    expect(files.get("stacks/prod.yaml")).toBe(stack("shop", "dokploy: production", "nginx:2"));
  });
});
