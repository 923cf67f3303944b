// The life of a database of each kind, from its first line in Git to what is left of it. What is the same for all of
// them, `databases.test.ts` shows in more detail with postgres.
import { afterEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { databaseKinds, databaseRows } from "../../src/model/kinds/database-rows.ts";
import type { DatabaseKind } from "../../src/model/specs.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const secrets = { "shop-db": "canary-word", root: "canary-root" };
const images: Readonly<Record<DatabaseKind, readonly [now: string, minor: string, major: string]>> =
  {
    postgres: ["postgres:17.1", "postgres:17.2", "postgres:18.0"],
    mysql: ["mysql:8.4.1", "mysql:8.4.2", "mysql:9.0.1"],
    mariadb: ["mariadb:11.4.1", "mariadb:11.4.2", "mariadb:11.8.1"],
    mongo: ["mongo:7.0.1", "mongo:7.0.2", "mongo:8.0.1"],
    redis: ["redis:7.2.1", "redis:7.4.1", "redis:8.0.1"],
  };
const values = {
  database: "shop",
  user: "shopper",
  password: "$(secrets.shop-db)",
  rootPassword: "$(secrets.root)",
};

interface Given {
  readonly image?: string;
  readonly extra?: readonly string[];
  readonly without?: boolean;
}

function manifest(kind: DatabaseKind, given: Given = {}): string {
  const { image = images[kind][0], extra = [], without = false } = given;
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  variables: { TZ: UTC }",
    ...(without
      ? []
      : ["  databases:", "    main:", `      type: ${kind}`, `      image: ${image}`]),
    ...(without
      ? []
      : databaseRows[kind].identity.map((field) => `      ${field}: ${values[field]}`)),
    ...(without ? [] : ["      rollout: { stableFor: 0s, timeout: 20s }"]),
    ...extra.map((line) => `      ${line}`),
    "",
  ].join("\n");
}

test.each(databaseKinds)(
  "W1 W6 O7 the life of a %s database",
  async (kind) => {
    scenario = await createFastScenario({ secrets });
    const state = () => scenario.simulator.state;
    const row = () => [...state()[kind].values()][0]!;
    const id = () => String(row()[`${kind}Id`]);
    const container = () =>
      state().swarmServices.get(row().appName)!.spec.TaskTemplate.ContainerSpec;
    const deploys = () => scenario.simulator.log.count(`${kind}.deploy`);
    const push = (given: Given = {}) => scenario.push({ "shop.yaml": manifest(kind, given) });
    const apply = async (): Promise<boolean> => (await scenario.apply()).ok;
    const [now, minor, major] = images[kind];

    await push();
    expect(await apply()).toBe(true);
    const marker = parseMarker(row().description)!;
    expect(marker).toMatchObject({ key: "db/main", keep: true });
    expect(container().Labels?.["capstan.want"]).toBe(`${marker.want!.hash}.1`);
    expect(container().Image).toMatch(new RegExp(`^${now}`));
    expect(row().networkSwarm).toEqual([{ Target: "dokploy-network", Aliases: ["shop-main"] }]);
    scenario.writes();
    expect(await apply()).toBe(true);
    expect(scenario.writes()).toEqual([]);
    expect(JSON.stringify(scenario.engine().stacks())).not.toContain("canary");

    const settings = ["env: { TZ: CET }", "resources: { limits: { memory: 512Mi } }"];
    await push({ image: minor, extra: [...settings, "externalPort: 15999"] });
    expect(await apply()).toBe(true);
    expect(row()).toMatchObject({ dockerImage: minor, externalPort: 15_999, env: "TZ=CET" });
    // Since the log was cleared: one deploy for all of it.
    expect(deploys()).toBe(1);

    state().editDatabase(kind, id(), { memoryLimit: "1" });
    await scenario.restart({ deepCheckIntervalMs: 3_000 });
    scenario.engine().start();
    await until("drift is mended", () => row().memoryLimit === String(512 * 1024 ** 2));
    await until("it is ready", () => scenario.engine().stacks()[0]?.outcome.kind === "converged");

    scenario.secrets.set("shop-db", "canary-other");
    const mayChange = !databaseRows[kind].kept.includes("password");
    expect(await apply()).toBe(mayChange);
    expect(row().databasePassword).toBe(mayChange ? "canary-other" : "canary-word");
    scenario.secrets.set("shop-db", row().databasePassword);

    await push({ image: major });
    expect(await apply()).toBe(false);
    expect(row().dockerImage).toBe(minor);
    await push({ image: major, extra: ["allowDataLoss: true"] });
    expect(await apply()).toBe(true);
    expect(row().dockerImage).toBe(major);

    const kept = id();
    await push({ without: true });
    expect(await apply()).toBe(true);
    expect(id()).toBe(kept);
    await push({ image: major, extra: ["deletionPolicy: delete"] });
    expect(await apply()).toBe(true);
    expect(id()).toBe(kept);
    const { appName } = row();
    await push({ without: true });
    expect(await apply()).toBe(true);
    expect(state()[kind].size).toBe(0);
    expect(state().volumes).toContain(`${appName}-data`);
  },
  60_000,
);

test.each(databaseKinds)("H2 a %s database that crashes is no success", async (kind) => {
  scenario = await createFastScenario({ secrets });
  scenario.simulator.faults.image(images[kind][0], "crash");
  await scenario.push({ "shop.yaml": manifest(kind) });
  expect((await scenario.apply()).ok).toBe(false);
  expect(JSON.stringify(scenario.engine().stacks()[0]?.outcome)).toContain("main");
});
