// Applications that Dokploy builds from a repository: their whole life, and what a build that fails leads to.
import { expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { useCodeWorld } from "../support/code-world.ts";
import { until } from "../support/until.ts";

const {
  scenario,
  code,
  shop,
  applications,
  web,
  marker,
  deploys,
  isSettled,
  ready,
  messages,
  passes,
  start,
} = useCodeWorld();
const rows = () => [...scenario().simulator.state.deployments.values()];

test("a build from Git is made, proven and not made again", async () => {
  const first = await code().commit("The first one");
  await scenario().push({ "shop.yaml": shop({ build: "args: { V: '1' }" }) });
  expect((await scenario().apply()).ok).toBe(true);
  expect(web()).toMatchObject({
    sourceType: "git",
    customGitUrl: code().url,
    customGitBranch: "main",
    buildType: "dockerfile",
    buildArgs: "V=1",
    createEnvFile: false,
    autoDeploy: false,
    dockerImage: null,
  });
  expect(rows().map(({ title, description }) => [title, description])).toEqual([
    ["The first one", `Commit: ${first}`],
  ]);
  expect(isSettled()).toBe(true);
  expect(marker()?.commit).toBe(first.slice(0, 12));
  expect(ready().message).toBe(`in sync and healthy; web is built from ${first.slice(0, 12)}`);
  scenario().simulator.log.clear();
  await scenario().apply();
  expect(scenario().writes()).toEqual([]);
  await scenario().loseStore();
  await scenario().apply();
  expect(scenario().writes()).toEqual([]);
});

test("a change in Git builds again, drift is put back, and a new commit alone is nothing without follow", async () => {
  await code().commit("The first one");
  await scenario().push({ "shop.yaml": shop() });
  await scenario().apply();
  await code().commit("The second one");
  await scenario().apply();
  expect(deploys()).toBe(1);
  await scenario().push({ "shop.yaml": shop({ git: ", ref: main", env: "other" }) });
  await scenario().apply();
  expect(deploys()).toBe(2);
  expect(rows().at(-1)?.title).toBe("The second one");
  scenario().simulator.state.editApplication(web().applicationId, { customGitBranch: "nope" });
  await scenario().loseStore();
  scenario().simulator.log.clear();
  await scenario().push({ "shop.yaml": shop({ env: "third" }) });
  await scenario().apply();
  expect(web().customGitBranch).toBe("main");
  expect(isSettled()).toBe(true);
});

test("an image instead of a build, and a build instead of an image", async () => {
  await code().commit("The first one");
  await scenario().push({ "shop.yaml": shop() });
  await scenario().apply();
  const image = shop().replace(`git: { url: ${code().url} }`, "image: ghcr.io/acme/web:1");
  await scenario().push({ "shop.yaml": image });
  expect((await scenario().apply()).ok).toBe(true);
  expect(web()).toMatchObject({ sourceType: "docker", dockerImage: "ghcr.io/acme/web:1" });
  await scenario().push({ "shop.yaml": shop({ build: "type: nixpacks" }) });
  expect((await scenario().apply()).ok).toBe(true);
  expect(web()).toMatchObject({ sourceType: "git", buildType: "nixpacks", dockerImage: null });
  scenario().writes();
  await scenario().apply();
  expect(scenario().writes()).toEqual([]);
});

test("H2 W7 a build that fails is tried three times more, says why, and is not tried again by a new process", async () => {
  await code().commit("The first one");
  await scenario().push({ "shop.yaml": shop() });
  await scenario().apply();
  await code().commit(
    "A broken one",
    '#7 ERROR: process "npm run build" did not complete successfully: exit code: 1',
  );
  await scenario().push({ "shop.yaml": shop({ env: "other" }) });
  await start();
  await until("it is given up", () => ready().message.includes("tried 4 times"));
  expect(ready().message).toContain("npm run build");
  expect(deploys()).toBe(5);
  const label = [...scenario().simulator.state.swarmServices.values()][0]!.spec.TaskTemplate
    .ContainerSpec.Labels;
  expect(label?.["capstan.want"]).toBe(`${marker()?.done?.hash}.${marker()?.done?.attempt}`);
  await start();
  await until("it is looked at again", () => ready().message.includes("npm run build"));
  expect(deploys()).toBe(5);
  const mended = await code().commit("The mended one");
  await scenario().push({ "shop.yaml": shop({ env: "third" }) });
  await until("it is well", isSettled);
  expect(marker()?.commit).toBe(mended.slice(0, 12));
});

test("a branch that is not there, and a repository that is not there, are told with git's words", async () => {
  await code().commit("The first one");
  await scenario().push({ "shop.yaml": shop({ git: ", ref: nope" }) });
  const result = await scenario().apply();
  expect(result.ok).toBe(false);
  expect(JSON.stringify(result.stacks)).toContain("Remote branch nope not found");
});

test("the branches of a provider are followed through Dokploy", async () => {
  const first = await code().commit("The first one");
  const provided = (type: string): string =>
    shop().replace(
      `git: { url: ${code().url} }`,
      `git: { provider: our ${type}, repository: acme/shop, follow: true }`,
    );
  await scenario().push({ "shop.yaml": provided("gitea") });
  await start();
  await until("it is well", () => isSettled() && marker()?.commit === first.slice(0, 12));
  expect(web()).toMatchObject({ sourceType: "gitea", giteaOwner: "acme", giteaRepository: "shop" });
  const second = await code().commit("The second one");
  await until("the second one is built", () => marker()?.commit === second.slice(0, 12));
  for (const type of ["github", "gitlab", "bitbucket"]) {
    await scenario().push({ "shop.yaml": provided(type) });
    await until(`${type} builds it`, () => web().sourceType === type && isSettled());
    const next = await code().commit(`One for ${type}`);
    await until("the next one is built", () => marker()?.commit === next.slice(0, 12));
  }
});

const composed = (more = ""): string =>
  [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  compose:",
    "    jobs:",
    `      git: { url: ${code().url}${more} }`,
    "      env: { MODE: live }",
    "      rollout: { stableFor: 0s, timeout: 60s }",
    "",
  ].join("\n");
const jobs = () => [...scenario().simulator.state.compose.values()][0]!;
const jobsMarker = () => parseMarker(jobs().description);
const file = (command: string): string =>
  `services: { web: { image: "ghcr.io/acme/jobs:1", command: ${command} }, helper: { image: "ghcr.io/acme/helper:1" } }\n`;

test("a compose file of another repository is run as it is there, and proven by its deployment", async () => {
  const first = await code().commit("The first one", undefined, file("./one"));
  await scenario().push({ "shop.yaml": composed() });
  expect((await scenario().apply()).ok).toBe(true);
  expect(jobs()).toMatchObject({
    sourceType: "git",
    customGitUrl: code().url,
    composePath: "docker-compose.yml",
    autoDeploy: false,
    composeFile: "",
  });
  expect(jobsMarker()?.commit).toBe(first.slice(0, 12));
  const project = scenario().simulator.state.composeProjects.get(jobs().appName);
  expect(project?.containers.map(({ name }) => name).sort()).toEqual([
    `${jobs().appName}-helper-1`,
    `${jobs().appName}-web-1`,
  ]);
  scenario().writes();
  await scenario().apply();
  expect(scenario().writes()).toEqual([]);
  await scenario().loseStore();
  await scenario().apply();
  expect(scenario().writes()).toEqual([]);
});

test("what is spelled out as Dokploy has it by itself is no drift", async () => {
  await code().commit("The first one", undefined, file("./one"));
  const stack = (mode: string): string =>
    shop({ build: "dockerfile: Dockerfile", env: mode }) +
    composed(", path: ./docker-compose.yml").split("spec:\n")[1]!.replace("live", mode);
  await scenario().push({ "shop.yaml": stack("live") });
  expect((await scenario().apply()).ok).toBe(true);
  expect(web().dockerfile).toBe("Dockerfile");
  // A change of something else has both read as a whole.
  await scenario().push({ "shop.yaml": stack("other") });
  await scenario().restart();
  const { plans } = await scenario().engine().plan();
  const paths = plans[0]!.actions.flatMap(({ changes }) => changes.map(({ path }) => path));
  expect(paths.length).toBeGreaterThanOrEqual(2);
  expect(new Set(paths)).toEqual(new Set(["env.MODE"]));
});

test("a compose file that is followed is deployed with each commit, and one that crashes is no success", async () => {
  await code().commit("The first one", undefined, file("./one"));
  await scenario().push({ "shop.yaml": composed(", follow: true") });
  await start();
  await until("it is well", () => ready().status === "True");
  const second = await code().commit("The second one", undefined, file("./two"));
  await until("the second one runs", () => jobsMarker()?.commit === second.slice(0, 12));
  const crashing = file("./three").replace("jobs:1", "jobs-crash:1");
  await code().commit("A crashing one", undefined, crashing);
  await until(
    "it is told",
    () => ready().status === "False" && /restarting|containers/.test(ready().message),
    90_000,
  );
  expect(jobsMarker()?.commit).toBe(second.slice(0, 12));
  const mended = await code().commit("The mended one", undefined, file("./four"));
  await until("the mended one runs", () => jobsMarker()?.commit === mended.slice(0, 12));
});

test("W4 a compose file of a repository is not deployed again after a crash before its marker was written", async () => {
  await code().commit("The first one", undefined, file("./one"));
  await scenario().push({ "shop.yaml": composed() });
  await start();
  await until("it is well", () => ready().status === "True");
  const composeDeploys = () => scenario().simulator.log.count("compose.deploy");
  const healthy = () => messages().filter((one) => one === "compose/jobs: healthy").length;
  await scenario().push({ "shop.yaml": composed().replace("live", "other") });
  await until("it is asked for", () => composeDeploys() === 2);
  const { faults } = scenario().simulator;
  faults.add({ kind: "html502", procedure: "compose.update", times: "always" });
  await until("it is healthy", () => healthy() === 2);
  await scenario().restart();
  faults.clear();
  await start();
  await until("it is well again", () => ready().status === "True");
  await passes(3);
  expect(composeDeploys()).toBe(2);
});

test("a job before the rollout of what is built runs in each new build, before the application is touched", async () => {
  await code().commit("The first one");
  const before = ", before: { command: echo migrated }";
  await scenario().push({ "shop.yaml": shop({ git: ", follow: true", rollout: before }) });
  await start();
  await until("it is well", () => ready().status === "True");
  const named = (name: string) => applications().find((row) => row.name === name)!;
  const commitOf = (name: string) => parseMarker(named(name).description)?.commit;
  const second = await code().commit("The second one");
  await until("both are built", () =>
    ["job before web", "web"].every((name) => commitOf(name) === second.slice(0, 12)),
  );
  await until("it is well again", () => ready().status === "True");
  const began = (name: string) =>
    rows()
      .filter(({ applicationId }) => applicationId === named(name).applicationId)
      .map(({ title, createdAt }) => [title, createdAt] as const);
  expect(began("job before web").map(([title]) => title)).toEqual([
    "The first one",
    "The second one",
  ]);
  const [, job] = began("job before web");
  const [, web] = began("web");
  expect(web![1] > job![1]).toBe(true);
  expect(deploys()).toBe(4);
});

test("names that Dokploy does not have stop the stack at their line, and nothing is written", async () => {
  await code().commit("The first one");
  const text = shop({ build: "registry: nowhere" });
  await scenario().push({ "shop.yaml": text });
  const result = await scenario().apply();
  const line = text.split("\n").findIndex((one) => one.includes("nowhere")) + 1;
  expect(JSON.stringify(result.stacks)).toContain(
    `shop.yaml:${line}:26 app/web build.registry: Dokploy has no registry nowhere: it has hub`,
  );
  expect(scenario().simulator.state.applications.size).toBe(0);
});
