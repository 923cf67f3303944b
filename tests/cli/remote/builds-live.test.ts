// Builds from a Git host to the terminal: a real controller between a little Gitea and a simulated Dokploy.
import { afterEach, beforeEach, expect, test } from "vitest";
import { startFakeGitea, type FakeGitea } from "../../support/fake-gitea.ts";
import { until } from "../../support/until.ts";
import { createWorld, manifest, type World } from "../world.ts";

let world: World;
let gitea: FakeGitea;
let stop: () => Promise<unknown> = async () => undefined;

beforeEach(async () => {
  world = await createWorld();
  gitea = await startFakeGitea();
  Object.assign(world.environment, {
    FORGE: "gitea",
    FORGE_URL: gitea.url,
    FORGE_TOKEN: gitea.token,
    FORGE_REPOSITORY: gitea.repository,
  });
});
afterEach(async () => {
  await stop();
  await gitea.close();
  await world.close();
});

const row = (number: number, workflow: string, conclusion: string) => ({
  id: number,
  run_number: number,
  display_title: `Change ${number}`,
  path: `${workflow}@refs/heads/main`,
  head_branch: "main",
  head_sha: "3f9c2ab".padEnd(40, "0"),
  status: "completed",
  conclusion,
  html_url: `${gitea.url}/acme/shop/actions/runs/${number}`,
  started_at: "2026-11-22T06:00:20Z",
});

test("a stack that a failed build holds shows it, and an image of the host's registry shows what runs", async () => {
  gitea.runs = [row(2, "build.yaml", "failure"), row(1, "lint.yaml", "success")];
  const after = "rollout: { after: { workflow: build.yaml, repository: acme/shop },";
  await world.write({
    "stacks/held.yaml": manifest("held").replace("rollout: {", after),
    "stacks/free.yaml": manifest("free", `${new URL(gitea.url).host}/acme/blog:1`),
  });
  const { stage, ended } = world.begin("run", "--source", "stacks");
  stop = () => {
    stage.interrupt();
    return ended;
  };
  world.environment.CAPSTAN_URL = await until("the controller listens", () =>
    /health (\S+)\/health/.exec(stage.terminal.err())?.at(1),
  );

  const held = await until("it is held", async () => {
    const { code, out } = await world.capstan("get", "stack", "held");
    return code === 0 && out.includes("WaitingBuildHeld") ? out : null;
  });
  expect(held).toMatch(
    /^builds of its images, the newest first\n {2}acme\/shop +build\.yaml #2 +failure +3f9c2ab +main +2026-11-22 06:00:20 +Change 2 http\S+\/2$/m,
  );
  expect(held).not.toContain("lint.yaml");
  const projects = [...world.simulator.state.projects.values()].map(({ name }) => name);
  expect(projects).not.toContain("held");

  const builds = await until("both are known", async () => {
    const told = JSON.parse((await world.capstan("get", "builds", "-o", "json")).out).builds;
    return told.every(({ error }: { error: string | null }) => error === null) ? told : null;
  });
  expect(builds).toMatchObject([
    { repository: "acme/blog", workflow: null, stacks: ["free"], runs: [{}, {}] },
    { repository: "acme/shop", workflow: "build.yaml", stacks: ["held"], runs: [{ number: 2 }] },
  ]);
  const { out } = await world.capstan("get", "builds");
  expect(out).toMatch(/^acme\/blog +lint\.yaml +#1 +success .* free /m);
  expect(held + out).not.toContain(gitea.token);
});
