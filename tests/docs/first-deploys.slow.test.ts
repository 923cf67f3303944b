// The repository's README.md, and how-to/deploy-on-dokploy.md: what somebody types in the folder of Capstan's repository.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { requireLogin, serveRepository } from "../support/git-http.ts";
import { createTestRepository } from "../support/git.ts";
import type { TestRepository } from "../support/git.ts";
import { until } from "../support/until.ts";
import { blocksOf, readme } from "./pages.ts";
import type { Terminal } from "./terminals.ts";
import { root, walkOf } from "./walk.ts";

async function started(): Promise<{
  readonly simulator: Simulator;
  readonly repository: TestRepository;
}> {
  const simulator = await startSimulator({ timeScale: 0.05 });
  onTestFinished(() => simulator.close());
  const repository = await createTestRepository();
  onTestFinished(() => repository.remove());
  return { simulator, repository };
}
const images = ({ state }: Simulator): readonly (string | null)[] =>
  [...state.swarmServices.values()].map(({ running }) => running.image);

/** Where a controller serves, once it says so. */
const addressIn = (terminal: Terminal): Promise<string> =>
  until(
    "it says where it serves",
    () => /health (http:\S+)\/health/.exec(terminal.output())?.at(1),
    180_000,
  );

test("README.md: the demo, a first stack on a server, and the controller that keeps it so", async () => {
  const { simulator, repository } = await started();
  const walk = await walkOf("README.md", {
    folder: root,
    environment: { HOST: "127.0.0.1", PORT: "0", HOST_CHECK_INTERVAL: "off" },
  });
  onTestFinished(() => walk.close());
  // These tests run on what `npm ci` installs.
  const demo = walk.begin("npm ci && npm run demo", { own: { "npm ci": "npm ls > /dev/null" } });
  const own = { "https://dokploy.example.com": simulator.url, "…": simulator.apiKey };
  await walk.run("export DOKPLOY_URL=", { own });
  await walk.run("npm run -s capstan -- init ~/stacks");
  const [hello] = blocksOf(readme).filter(({ language }) => language === "yaml");
  await walk.write({ "stacks/stacks/hello.yaml": `${hello?.text ?? ""}\n` });
  expect(await walk.run("npm run -s capstan -- plan")).toContain("1 stack would be created");
  expect(simulator.state.projects.size).toBe(0);
  expect(await walk.run("npm run -s capstan -- apply")).toContain("✓ hello  ready");
  expect(images(simulator)).toEqual(["nginx:1.28"]);

  await walk.prepare(`git -C ~/stacks init -q -b main && git -C ~/stacks add .`);
  await walk.prepare(
    `git -C ~/stacks commit -q -m Stacks && git -C ~/stacks push -q ${repository.url} main`,
  );
  const dokploy = `DOKPLOY_URL=${simulator.url} DOKPLOY_API_TOKEN=${simulator.apiKey}`;
  for (const command of ["GIT_URL=… npm start", "npm run dev"]) {
    const settings = `export GIT_URL=${repository.url} ${dokploy} STATE_DIR=~/state-of-${command.length};`;
    const controller = walk.begin(command, {
      before: settings,
      ...(command.includes("…") ? { own: { "…": repository.url } } : {}),
    });
    const health = `${await addressIn(controller)}/readyz`;
    await until("it has read both", async () => (await fetch(health)).ok);
    await controller.close();
  }

  await until(
    "the tour has ended",
    () => demo.output().includes("The demo runs until Ctrl-C"),
    180_000,
  );
  const [, portal = ""] = /Portal +(http:\S+)/.exec(demo.output()) ?? [];
  expect((await fetch(portal)).status).toBe(200);
  walk.end();
});

test("how-to/deploy-on-dokploy.md: Capstan is deployed once from a laptop, with what it keeps itself by", async () => {
  const { simulator, repository } = await started();
  const server = await serveRepository(
    repository.url,
    requireLogin("x-access-token", "a-token-of-git"),
  );
  onTestFinished(() => server.close());
  const portal = await readFile(join(root, "stacks/platform/portal.yaml"), "utf8");
  await repository.push({
    // As the page says: the image at its end, and of `env` only what is used.
    "stacks/portal.yaml": portal
      .replace("ghcr.io/acme/capstan:1.0.0", "registry.example.com/capstan:1")
      .replaceAll(
        /^ *(?:LOKI_URL|LOG_INGEST_URL|SECRET_LOG_INGEST\w+|SECRET_GRAFANA\w+):.*\n/gm,
        "",
      ),
  });
  const walk = await walkOf("how-to/deploy-on-dokploy.md", { folder: root });
  onTestFinished(() => walk.close());
  await walk.run("export DOKPLOY_URL=", {
    own: { "https://dokploy.example.com": simulator.url, "…": simulator.apiKey },
  });
  await walk.run("export GIT_URL=", {
    own: { "https://git.example.com/me/stacks.git": server.url, "…": "a-token-of-git" },
  });
  await walk.run("export SECRET_DOKPLOY", { own: { "…": "ops:operator:0123" } });
  expect(await walk.run("npm run -s capstan -- apply")).toContain("✓ capstan  ready");
  expect(images(simulator)).toEqual(["registry.example.com/capstan:1"]);
  const [application] = [...simulator.state.applications.values()];
  expect(application?.env).toContain("GIT_TOKEN=a-token-of-git");
  // Once more: there is nothing to do.
  expect(await walk.run("capstan apply")).toContain("1 ready at");
  walk.end();
});
