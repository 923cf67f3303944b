// A database beside an application, from its first line in Git to what is left of it: made, changed, drifted,
// crashed, refused and retained. Databases are deployed while a request lasts, without queue and rows.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const password = "canary-password";
let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario({ secrets: { "shop-db": password } });
});
afterEach(() => scenario.close());

interface Given {
  readonly image?: string;
  readonly extra?: readonly string[];
  readonly web?: string;
  readonly without?: boolean;
}

function shop({ image = "postgres:17", extra = [], web = "ghcr.io/acme/web:1", without }: Given) {
  const database = [
    "  databases:",
    "    main:",
    "      type: postgres",
    `      image: ${image}`,
    "      database: shop",
    "      user: shop",
    "      password: $(secrets.shop-db)",
    "      rollout: { stableFor: 0s, timeout: 20s }",
    ...extra.map((line) => `      ${line}`),
  ];
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    ...(without === true ? [] : database),
    "  applications:",
    "    web:",
    `      image: ${web}`,
    "      rollout: { stableFor: 0s, timeout: 20s }",
    "      env:",
    ...(without === true
      ? ["        DATABASE_HOST: none"]
      : ["        DATABASE_HOST: $(services.main.host)"]),
    "",
  ].join("\n");
}

const state = () => scenario.simulator.state;
const row = () => [...state().postgres.values()][0]!;
const live = () => state().swarmServices.get(row().appName);
const deploys = (): number =>
  scenario.simulator.log.entries.filter(({ procedures }) => procedures.includes("postgres.deploy"))
    .length;
const outcome = () => scenario.engine().stacks()[0]?.outcome;

async function push(given: Given = {}): Promise<void> {
  await scenario.push({ "shop.yaml": shop(given) });
}
async function apply(): Promise<boolean> {
  return (await scenario.apply()).ok;
}
async function nothingLeftToDo(): Promise<void> {
  scenario.writes();
  expect(await apply()).toBe(true);
  expect(scenario.writes()).toEqual([]);
}

test("a database is made with its application, runs under its name, and is deployed once", async () => {
  await push();
  expect(await apply()).toBe(true);
  expect(row()).toMatchObject({
    name: "main",
    databaseName: "shop",
    databaseUser: "shop",
    databasePassword: password,
    dockerImage: "postgres:17",
  });
  const marker = parseMarker(row().description)!;
  expect(marker).toMatchObject({ owner: "default/shop", key: "db/main", keep: true });
  expect(marker.done).toEqual(marker.want);
  const container = live()!.spec.TaskTemplate.ContainerSpec;
  expect(container.Labels?.["capstan.want"]).toBe(`${marker.want!.hash}.1`);
  expect(row().networkSwarm).toEqual([{ Target: "dokploy-network", Aliases: ["shop-main"] }]);
  const web = [...state().applications.values()][0]!;
  expect(web.env).toContain("DATABASE_HOST='shop-main'".replaceAll("'", ""));
  expect(deploys()).toBe(1);
  // The volume that Dokploy made is nobody's to remove.
  expect([...state().mounts.values()].map(({ volumeName }) => volumeName)).toEqual([
    `${row().appName}-data`,
  ]);
  await nothingLeftToDo();
  expect(JSON.stringify(scenario.engine().stacks())).not.toContain(password);
});

test("W6 what changes what runs deploys it once more; a changed description does not", async () => {
  await push();
  await apply();
  await push({ extra: ["env: { TZ: UTC }", "resources: { limits: { memory: 512Mi } }"] });
  expect(await apply()).toBe(true);
  expect(row()).toMatchObject({ env: "TZ=UTC", memoryLimit: String(512 * 1024 ** 2) });
  expect(live()!.spec.TaskTemplate.ContainerSpec.Env).toContain("TZ=UTC");
  expect(deploys()).toBe(2);
  await push({
    extra: ["env: { TZ: UTC }", "resources: { limits: { memory: 512Mi } }", "description: Orders"],
  });
  expect(await apply()).toBe(true);
  expect(row().description).toContain("Orders");
  expect(deploys()).toBe(2);
  await nothingLeftToDo();
});

test("what somebody changed by hand is put back, and what was stopped by hand runs again", async () => {
  await scenario.restart({ deepCheckIntervalMs: 3_000 });
  await push({ extra: ["env: { TZ: UTC }"] });
  scenario.engine().start();
  await until("it is ready", () => outcome()?.kind === "converged");
  const id = row().postgresId as string;
  state().editDatabase("postgres", id, { env: "TZ=CET", externalPort: 5432 });
  await until("drift is mended", () => deploys() === 2 && outcome()?.kind === "converged");
  expect(row()).toMatchObject({ env: "TZ=UTC", externalPort: null });
  await fetch(`${scenario.simulator.url}/api/postgres.stop`, {
    method: "POST",
    headers: { "x-api-key": scenario.simulator.apiKey, "content-type": "application/json" },
    body: JSON.stringify({ postgresId: id }),
  });
  await until(
    "it runs again",
    () => live()?.spec.Mode.Replicated.Replicas === 1 && deploys() === 3,
  );
  await until("it is ready again", () => outcome()?.kind === "converged");
});

describe("a deployment that fails", () => {
  test("W7 a missing image is tried four times and said in docker's words", async () => {
    scenario.simulator.faults.image("postgres:99", "missing");
    await push({ image: "postgres:99" });
    expect(await apply()).toBe(false);
    expect(deploys()).toBe(4);
    const message = JSON.stringify(outcome());
    expect(message).toContain("manifest for postgres:99 not found");
    expect(message).not.toContain("postgresError");
    // Nothing ran, so nothing is lost by another version.

    await push({ image: "postgres:17" });
    expect(await apply()).toBe(true);
  });

  test("H2 a crash loop is no success, although Dokploy says that it is done", async () => {
    scenario.simulator.faults.image("postgres:17", "crash");
    await push();
    expect(await apply()).toBe(false);
    expect(row().applicationStatus).toBe("done");
    expect(parseMarker(row().description)?.done).toBeNull();
    expect(JSON.stringify(outcome())).toContain("main");
  });

  test("H1 W7 an update that the swarm rolls back is said to be, and deployed no second time, also after a restart", async () => {
    await push();
    expect(await apply()).toBe(true);
    expect(deploys()).toBe(1);
    scenario.simulator.faults.image("postgres:17.1", "crash");
    await push({ image: "postgres:17.1" });
    scenario.engine().start();
    await until("it is told", () => JSON.stringify(outcome()).includes("the swarm rolled it back"));
    const lists = () => scenario.simulator.log.count("project.all");
    const before = lists();
    await until("it was looked at again", () => lists() > before + 3);
    // Each deploy stops the version that runs.
    expect(deploys()).toBe(2);
    await scenario.restart();
    scenario.engine().start();
    await until("it is told again", () => outcome()?.kind === "degraded");
    expect(JSON.stringify(outcome())).toContain("the swarm rolled it back");
    expect(deploys()).toBe(2);
    await push({ image: "postgres:17.2" });
    await until("the next one runs", () => outcome()?.kind === "converged");
    expect(deploys()).toBe(3);
  });

  test("W3 an answer that was lost leads to no second database and to no second deploy", async () => {
    scenario.simulator.faults.add({ kind: "answerLost", procedure: "postgres.create" });
    scenario.simulator.faults.add({ kind: "answerLost", procedure: "postgres.deploy" });
    await push();
    scenario.engine().start();
    await until("it is ready", () => outcome()?.kind === "converged");
    expect(state().postgres.size).toBe(1);
    expect(deploys()).toBe(1);
  });

  test("a pull that takes long holds up no other stack", async () => {
    const release = scenario.simulator.faults.holdPulls("postgres");
    await push();
    scenario.engine().start();
    await until("the pull began", () => deploys() === 1);
    const other = shop({ without: true }).replace("name: shop", "name: other");
    await scenario.push({ "other.yaml": other });
    await until("the other one is ready", () =>
      scenario
        .engine()
        .stacks()
        .some(({ name, outcome: { kind } }) => name === "other" && kind === "converged"),
    );
    expect(live()).toBeUndefined();
    release();
    await until("both are ready", () =>
      scenario
        .engine()
        .stacks()
        .every(({ outcome: { kind } }) => kind === "converged"),
    );
    expect(deploys()).toBe(1);
  });
});

describe("O7 nothing that holds data goes by itself", () => {
  test("O7 a database that leaves Git is kept, said to be, and taken back", async () => {
    await push();
    await apply();
    await push({ without: true });
    expect(await apply()).toBe(true);
    expect(live()).toBeDefined();
    const { plans } = await scenario.engine().plan();
    const notes = plans.flatMap((plan) => plan.notes);
    expect(notes).toContainEqual(
      expect.objectContaining({ kind: "retained", message: expect.stringContaining("db/main") }),
    );
    const id = row().postgresId;
    await push();
    expect(await apply()).toBe(true);
    expect(row().postgresId).toBe(id);
    expect(state().postgres.size).toBe(1);
    await nothingLeftToDo();
  });

  test("O7 a stack that leaves Git leaves its database and the project around it", async () => {
    const other = shop({ without: true }).replace("name: shop", "name: other");
    await scenario.push({ "shop.yaml": shop({}), "other.yaml": other });
    await apply();
    await scenario.push({ "shop.yaml": null });
    await scenario.apply();
    expect(live()).toBeDefined();
    expect([...state().applications.values()].map(({ appName }) => appName)).toEqual([
      expect.stringMatching(/^other-web/),
    ]);
    expect(state().projects.size).toBe(2);
    // What is left of it is nobody else's: the same manifest has it back.
    const id = row().postgresId;
    await scenario.push({ "shop.yaml": shop({}) });
    expect(await apply()).toBe(true);
    expect(row().postgresId).toBe(id);
    await nothingLeftToDo();
  });

  test("O7 with deletionPolicy: delete it goes, and its volume stays", async () => {
    await push({ extra: ["deletionPolicy: delete"] });
    await apply();
    const { appName } = row();
    await push({ without: true });
    expect(await apply()).toBe(true);
    expect(state().postgres.size).toBe(0);
    expect(state().swarmServices.has(appName)).toBe(false);
    expect(state().volumes).toContain(`${appName}-data`);
  });
});

describe("W10 what loses data is asked for", () => {
  test.each([
    ["another major version", "image", (given: Given) => ({ ...given, image: "postgres:18" })],
    [
      "another image",
      "image",
      (given: Given) => ({ ...given, image: "timescale/timescaledb:2-pg17" }),
    ],
  ])(
    "%s is refused with what to do, and nothing else of the stack is touched",
    async (_, path, change) => {
      await push();
      await apply();
      await push({ ...change({}), web: "ghcr.io/acme/web:2" });
      scenario.writes();
      expect(await apply()).toBe(false);
      expect(scenario.writes()).toEqual([]);
      const message = JSON.stringify(outcome());
      expect(message).toContain(`${path}: `);
      expect(message).toContain("allowDataLoss: true");
      await push({ ...change({}), extra: ["allowDataLoss: true"] });
      await scenario.restart();
      const { plans } = await scenario.engine().plan();
      const risks = plans.flatMap(({ actions }) => actions.map(({ risk }) => risk));
      expect(risks).toContain("data-loss");
      expect(await apply()).toBe(true);
      expect(row().dockerImage).toBe(change({}).image);
    },
  );

  test("a minor version, and a mirror of the same image, need no permission", async () => {
    await push();
    await apply();
    for (const image of ["postgres:17.2-alpine", "mirror.example.com/library/postgres:17"]) {
      await push({ image });
      expect(await apply()).toBe(true);
      expect(row().dockerImage).toBe(image);
    }
  });

  test("a changed password is refused whatever is allowed, without showing one", async () => {
    await push({ extra: ["allowDataLoss: true"] });
    await apply();
    scenario.secrets.set("shop-db", "canary-other");
    scenario.writes();
    expect(await apply()).toBe(false);
    expect(scenario.writes()).toEqual([]);
    const message = JSON.stringify(outcome());
    expect(message).toContain("password: ");
    expect(message).not.toContain("canary");
    expect(row().databasePassword).toBe(password);
  });
});

test("adopting a database that is as Git says writes its marker and deploys nothing", async () => {
  await push();
  await apply();
  for (const project of state().projects.values()) project.description = "";
  for (const one of [...state().applications.values(), ...state().postgres.values()]) {
    one.description = "Managed from Git by Capstan.";
  }
  await scenario.loseStore();
  await scenario.push({
    "shop.yaml": shop({}).replace("spec:", "spec:\n  adopt: true"),
  });
  const before = deploys();
  expect(await apply()).toBe(true);
  expect(deploys()).toBe(before);
  expect(parseMarker(row().description)?.key).toBe("db/main");
  await nothingLeftToDo();
});
