// One change in Git gives exactly its action on the server, and nothing else.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeploymentRow } from "../../src/simulator/rows.ts";
import { createScenario, simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createScenario();
});
afterEach(() => scenario.close());

const extra = [
  "      ports: [ { published: 2222, target: 22 } ]",
  "      mounts: [ { type: volume, source: data, target: /data } ]",
].join("\n");

async function begin(files: Record<string, string>): Promise<void> {
  await scenario.push(files);
  const result = await scenario.apply();
  expect(result.problems).toEqual([]);
  expect(result.stacks.map(({ outcome }) => outcome.kind)).toEqual(
    result.stacks.map(() => "converged"),
  );
  scenario.writes();
}

async function change(files: Record<string, string | null>): Promise<readonly string[]> {
  await scenario.push(files);
  const result = await scenario.apply();
  expect(result.stacks.map(({ name, outcome }) => [name, outcome])).toEqual(
    result.stacks.map(({ name, outcome }) => [
      name,
      { kind: outcome.kind === "removed" ? "removed" : "converged" },
    ]),
  );
  const writes = scenario.writes();
  await scenario.apply();
  expect(scenario.writes()).toEqual([]);
  return writes;
}

function application(name: string) {
  const row = [...scenario.simulator.state.applications.values()].find((one) =>
    one.appName.startsWith(`${name}-`),
  );
  if (row === undefined) throw new Error(`no application ${name}`);
  return row;
}

function deployments(name: string): DeploymentRow[] {
  const { applicationId } = application(name);
  return [...scenario.simulator.state.deployments.values()].filter(
    (row) => row.applicationId === applicationId,
  );
}

function live(name: string) {
  const service = scenario.simulator.state.swarmServices.get(application(name).appName);
  if (service === undefined) throw new Error(`${name} does not run`);
  return service;
}

describe("a change of", () => {
  beforeEach(() =>
    begin({ "shop.yaml": simpleStack("shop", { extra }), "other.yaml": simpleStack("other") }),
  );

  test("an image is one write of the configuration and one deploy", async () => {
    const writes = await change({
      "shop.yaml": simpleStack("shop", { extra, image: "ghcr.io/acme/web:2" }),
    });
    expect(writes).toEqual(["application.update", "application.deploy", "application.update"]);
    expect(application("shop-web").dockerImage).toBe("ghcr.io/acme/web:2");
    expect(deployments("shop-web").map((row) => row.status)).toEqual(["done", "done"]);
    expect(deployments("other-web")).toHaveLength(1);
  });

  test("an env value is one write of the configuration and one deploy", async () => {
    const writes = await change({
      "shop.yaml": simpleStack("shop", { extra, env: { MODE: "test" } }),
    });
    expect(writes).toEqual(["application.update", "application.deploy", "application.update"]);
    expect(live("shop-web").spec.TaskTemplate.ContainerSpec.Env).toContain("MODE=test");
  });

  test("a domain is changed at once, without a deploy", async () => {
    const writes = await change({
      "shop.yaml": simpleStack("shop", { extra, host: "new.example.com" }),
    });
    expect(writes).toEqual(["domain.create", "domain.delete", "application.update"]);
    expect(
      [...scenario.simulator.state.domains.values()].map((domain) => domain.host).sort(),
    ).toEqual(["new.example.com", "other.example.com"]);
    expect(deployments("shop-web")).toHaveLength(1);
  });

  test("a port is changed and deployed", async () => {
    const writes = await change({
      "shop.yaml": simpleStack("shop", { extra: extra.replace("target: 22", "target: 2200") }),
    });
    // The marker says first that a deploy will be owed: a crash after the port must not lose it (W4).
    expect(writes).toEqual([
      "application.update",
      "port.update",
      "application.update",
      "application.deploy",
      "application.update",
    ]);
  });

  test("a mount is changed and deployed", async () => {
    const writes = await change({
      "shop.yaml": simpleStack("shop", { extra: extra.replace("source: data", "source: files") }),
    });
    expect(writes).toEqual([
      "application.update",
      "mounts.update",
      "application.update",
      "application.deploy",
      "application.update",
    ]);
    expect([...scenario.simulator.state.mounts.values()].map((mount) => mount.volumeName)).toEqual([
      "shop-files",
    ]);
  });

  test("a port block that is deleted from the manifest removes the port", async () => {
    await change({ "shop.yaml": simpleStack("shop", { extra: extra.split("\n")[1]! }) });
    expect([...scenario.simulator.state.ports.values()]).toEqual([]);
  });

  test("O8 a file's name or folder is no action at all", async () => {
    const content = simpleStack("shop", { extra });
    expect(await change({ "shop.yaml": null, "team/sales/web-shop.yaml": content })).toEqual([]);
  });
});

test("a stack that is removed is gone from the project list and from the swarm", async () => {
  const names = ["one", "two", "three", "four"];
  await begin(simpleStacks(names));
  const { appName } = application("two-web");
  const writes = await change({ "two.yaml": null });
  expect(writes).toEqual(["application.delete", "project.remove"]);
  const { projects, applications, swarmServices } = scenario.simulator.state;
  expect([...projects.values()].map((project) => project.name).sort()).toEqual([
    "four",
    "one",
    "three",
  ]);
  expect(applications.size).toBe(3);
  expect(swarmServices.has(appName)).toBe(false);
  expect(swarmServices.size).toBe(3);
});

test("a service that leaves its manifest goes, after the others are as Git says", async () => {
  const two = (image: string): string =>
    simpleStack("shop", {
      image,
      extra: "    worker: { image: acme/worker:1, rollout: { stableFor: 0s } }",
    });
  await begin({ "shop.yaml": two("ghcr.io/acme/web:1"), "blog.yaml": simpleStack("blog") });
  const { appName } = application("shop-worker");
  const writes = await change({
    "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }),
  });
  expect(writes).toEqual([
    "application.update",
    "application.deploy",
    "application.update",
    "application.delete",
  ]);
  expect(scenario.simulator.state.swarmServices.has(appName)).toBe(false);
});

test("W5 an ignored field stays as a person set it", async () => {
  const ignoring = simpleStack("shop", { extra: "      ignore: [replicas, env.DEBUG]" });
  await begin({ "shop.yaml": ignoring });
  const { applicationId } = application("shop-web");
  scenario.simulator.state.editApplication(applicationId, {
    replicas: 3,
    env: "MODE=live\nDEBUG=1",
  });
  scenario.simulator.state.scaleSwarmService(application("shop-web").appName, 3);
  const writes = await change({
    "shop.yaml": simpleStack("shop", {
      image: "ghcr.io/acme/web:2",
      extra: "      ignore: [replicas, env.DEBUG]",
    }),
  });
  expect(writes).toEqual(["application.update", "application.deploy", "application.update"]);
  expect(application("shop-web").replicas).toBe(3);
  expect(application("shop-web").env).toContain("DEBUG=1");
});

const twoEnvironments = (stagingImage: string): string =>
  [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    "    web:",
    "      image: ghcr.io/acme/web:1",
    "      rollout: { stableFor: 0s }",
    "      domains: [ { host: shop.example.com, port: 80 } ]",
    "  environments:",
    "    production: {}",
    "    staging:",
    "      applications:",
    `        web: { image: "${stagingImage}", domains: [ { host: staging.example.com, port: 80 } ] }`,
    "",
  ].join("\n");

test("staging changes and production stays untouched", async () => {
  await begin({ "shop.yaml": twoEnvironments("ghcr.io/acme/web:2-rc1") });
  const production = application("shop-web");
  const before = { ...production };
  const writes = await change({ "shop.yaml": twoEnvironments("ghcr.io/acme/web:2-rc2") });
  expect(writes).toEqual(["application.update", "application.deploy", "application.update"]);
  expect(application("shop-web")).toEqual(before);
  expect(deployments("shop-web")).toHaveLength(1);
  expect(application("shop-staging-web").dockerImage).toBe("ghcr.io/acme/web:2-rc2");
});

test("W6 markers of an older hash version are rewritten and nothing is deployed", async () => {
  await begin({ "one.yaml": simpleStack("one"), "two.yaml": simpleStack("two") });
  const { state } = scenario.simulator;
  for (const { applicationId, description } of [...state.applications.values()]) {
    const old = (description ?? "").replace(/(want|done)=[0-9a-f]{12}\./g, "$1=0123456789ab.");
    state.editApplication(applicationId, { description: old });
  }
  const result = await scenario.apply();
  expect(result.ok).toBe(true);
  expect(scenario.writes()).toEqual(["application.update", "application.update"]);
  expect(state.deployments.size).toBe(2);
  await scenario.apply();
  expect(scenario.writes()).toEqual([]);
});

test("O5 a broken manifest fails alone, and nothing of it is pruned", async () => {
  await begin({ "one.yaml": simpleStack("one"), "two.yaml": simpleStack("two") });
  await scenario.push({
    "one.yaml": simpleStack("one").replace("image:", "imagee:"),
    "two.yaml": simpleStack("two", { image: "ghcr.io/acme/web:2" }),
  });
  const result = await scenario.apply();
  expect(result.ok).toBe(false);
  const typo = result.problems.find(({ message }) => message.includes("imagee"));
  expect(typo?.place).toEqual({ file: "stacks/one.yaml", line: 7, column: 7 });
  expect(typo?.hint).toBe("did you mean `image`?");
  const byName = new Map(result.stacks.map(({ name, outcome }) => [name, outcome.kind]));
  expect(byName.get("one")).toBe("terminal");
  expect(byName.get("two")).toBe("converged");
  expect(scenario.simulator.state.projects.size).toBe(2);
  expect(application("two-web").dockerImage).toBe("ghcr.io/acme/web:2");
});

const template = (image: string): string =>
  [
    "apiVersion: capstan/v1",
    "kind: StackTemplate",
    "metadata: { name: box }",
    "spec:",
    "  names: { minLength: 3, maxLength: 20 }",
    "  parameters:",
    `    image: { type: string, default: "${image}" }`,
    "  stack:",
    "    project: box-$(name)",
    "    applications:",
    "      app:",
    "        image: $(parameters.image)",
    "        rollout: { stableFor: 0s }",
    "        domains: [ { host: $(name).example.com, port: 80 } ]",
    "",
  ].join("\n");
const boxed = (name: string): string =>
  `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: ${name} }\nspec: { template: box }\n`;

test("a template's parameter changes and all its stacks follow", async () => {
  await begin({
    "templates/box.yaml": template("ghcr.io/acme/box:1"),
    "alice.yaml": boxed("alice"),
    "bob.yaml": boxed("bob"),
  });
  await change({ "templates/box.yaml": template("ghcr.io/acme/box:2") });
  const images = [...scenario.simulator.state.applications.values()].map((row) => row.dockerImage);
  expect(images).toEqual(["ghcr.io/acme/box:2", "ghcr.io/acme/box:2"]);
});

test("O1 an unowned project of the same name is left alone, and adopted only when told", async () => {
  const { state } = scenario.simulator;
  const { project } = state.addProject({ name: "shop", description: "made by hand" });
  const foreign = state.addApplication(project.projectId, { name: "legacy", dockerImage: "old:1" });
  const before = JSON.stringify([...state.applications.values()]);
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  const result = await scenario.apply();
  expect(result.stacks[0]?.outcome).toMatchObject({ kind: "waiting", reason: "conflict" });
  expect(scenario.writes()).toEqual([]);
  expect(JSON.stringify([...state.applications.values()])).toBe(before);

  await scenario.push({
    "shop.yaml": simpleStack("shop").replace("spec:", "spec:\n  adopt: true"),
  });
  const adopted = await scenario.apply();
  expect(adopted.stacks[0]?.outcome.kind).toBe("converged");
  expect(state.projects.size).toBe(1);
  expect(state.applications.get(foreign.applicationId)).toMatchObject({
    name: "legacy",
    dockerImage: "old:1",
    description: foreign.description,
  });
});
