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

/** Two versions that read the same data, and a third. Dokploy chooses the one image of libsql. */
const images: Readonly<
  Record<Exclude<DatabaseKind, "libsql">, readonly [now: string, minor: string, major: string]>
> = {
  postgres: ["postgres:17.1", "postgres:17.2", "postgres:18.0"],
  mysql: ["mysql:8.4.1", "mysql:8.4.2", "mysql:9.0.1"],
  mariadb: ["mariadb:11.4.1", "mariadb:11.4.2", "mariadb:11.8.1"],
  mongo: ["mongo:7.0.1", "mongo:7.0.2", "mongo:8.0.1"],
  redis: ["redis:7.2.1", "redis:7.4.1", "redis:8.0.1"],
};
const libsqlImage = "ghcr.io/tursodatabase/libsql-server:v0.24.32";

const identity = {
  database: "shop",
  user: "shopper",
  password: "$(secrets.shop-db)",
  rootPassword: "$(secrets.root)",
};

/** Each field that a database can have beside those that it is made with, and what becomes of it in Dokploy. */
const fields: readonly (readonly [line: string, column: string, stored: unknown])[] = [
  ["env: { TZ: CET }", "env", "TZ=CET"],
  ["command: run it", "command", "run it"],
  [
    'args: ["--requirepass", "$(services.main.password)"]',
    "args",
    ["--requirepass", "canary-word"],
  ],
  ["resources: { limits: { memory: 512Mi } }", "memoryLimit", String(512 * 1024 ** 2)],
  [
    "aliases: [data]",
    "networkSwarm",
    [{ Target: "dokploy-network", Aliases: ["data", "shop-main"] }],
  ],
  ["externalPort: 15999", "externalPort", 15_999],
  ["healthcheck: { test: [CMD, look] }", "healthCheckSwarm", { Test: ["CMD", "look"] }],
  [
    "restart: { condition: any, delay: 5s }",
    "restartPolicySwarm",
    { Condition: "any", Delay: 5e9 },
  ],
  [
    "placement: { constraints: [node.role==manager] }",
    "placementSwarm",
    { Constraints: ["node.role==manager"] },
  ],
  ["stopGracePeriod: 1m", "stopGracePeriodSwarm", 60_000_000_000],
  ["externalGrpcPort: 15998", "externalGRPCPort", 15_998],
  ["externalAdminPort: 15997", "externalAdminPort", 15_997],
  ["namespaces: true", "enableNamespaces", true],
];

function fieldsOf(kind: DatabaseKind): typeof fields {
  const { lacks, extra } = databaseRows[kind];
  return fields.filter(([line]) => {
    const name = line.slice(0, line.indexOf(":"));
    const isExtra = databaseRows.libsql.extra.some((one) => one === name);
    return isExtra ? extra.some((one) => one === name) : !lacks.some((one) => one === name);
  });
}

interface Given {
  /** Of `images`. */
  readonly version?: 0 | 1 | 2;
  readonly extra?: readonly string[];
  readonly without?: boolean;
  readonly head?: readonly string[];
}

function manifest(kind: DatabaseKind, given: Given = {}): string {
  const { version = 0, extra = [], without = false, head = [] } = given;
  const database = [
    ...(kind === "libsql" ? [] : [`image: ${images[kind][version]}`]),
    ...databaseRows[kind].identity.map((field) => `${field}: ${identity[field]}`),
    "rollout: { stableFor: 0s, timeout: 20s }",
    ...extra,
  ];
  return [
    ...["apiVersion: capstan/v1", "kind: Stack", "metadata: { name: shop }", "spec:"],
    ...[...head, "variables: { TZ: UTC }"].map((line) => `  ${line}`),
    ...(without
      ? []
      : ["  databases:", "    main:", ...[`type: ${kind}`, ...database].map((l) => `      ${l}`)]),
    "",
  ].join("\n");
}

/** What the tests say and ask of one kind. */
function lifeOf(kind: DatabaseKind) {
  const state = () => scenario.simulator.state;
  const row = () => [...state()[kind].values()][0]!;
  const apply = async (given: Given = {}): Promise<boolean> => {
    await scenario.push({ "shop.yaml": manifest(kind, given) });
    return (await scenario.apply()).ok;
  };
  return {
    ...{ state, row, apply },
    id: () => String(row()[`${kind}Id`]),
    container: () => state().swarmServices.get(row().appName)!.spec.TaskTemplate.ContainerSpec,
    deploys: () => scenario.simulator.log.count(`${kind}.deploy`),
    nothingLeftToDo: async (): Promise<void> => {
      scenario.writes();
      expect((await scenario.apply()).ok).toBe(true);
      expect(scenario.writes()).toEqual([]);
    },
  };
}

test.each(databaseKinds)(
  "W1 W6 a %s database is made, changed in each field and put back as Git says",
  async (kind) => {
    scenario = await createFastScenario({ secrets });
    const { state, row, apply, id, container, deploys, nothingLeftToDo } = lifeOf(kind);
    expect(await apply()).toBe(true);
    const marker = parseMarker(row().description)!;
    expect(marker).toMatchObject({ key: "db/main", keep: true, id: id().slice(0, 8) });
    expect(container().Labels?.["capstan.want"]).toBe(`${marker.want!.hash}.1`);
    const image = kind === "libsql" ? libsqlImage : images[kind][0];
    expect(container().Image).toMatch(new RegExp(`^${image}`));
    expect(row().networkSwarm).toEqual([{ Target: "dokploy-network", Aliases: ["shop-main"] }]);
    await nothingLeftToDo();
    expect(JSON.stringify(scenario.engine().stacks())).not.toContain("canary");
    scenario.simulator.log.clear();

    const extra = [
      ...fieldsOf(kind).map(([line]) => line),
      "mounts: [{ type: bind, source: /srv/conf, target: /conf }]",
    ];
    const columns = Object.fromEntries(fieldsOf(kind).map(([, name, stored]) => [name, stored]));
    const changed: Given = { version: 1, extra };
    expect(await apply(changed)).toBe(true);
    expect(row()).toMatchObject(columns);
    if (kind !== "libsql") expect(row().dockerImage).toBe(images[kind][1]);
    // One deploy for all of it.
    expect(deploys()).toBe(1);
    expect(container().Mounts?.map(({ Target }) => Target)).toContain("/conf");
    await nothingLeftToDo();

    const others = { ...columns, env: "TZ=other", command: "another", memoryLimit: "1" };
    const drifted = Object.entries(others).map(([name, value]) => [
      name,
      typeof value === "number" ? 25_000 : typeof value === "string" ? value : null,
    ]);
    state().editDatabase(kind, id(), {
      ...Object.fromEntries(drifted),
      ...(kind === "libsql" && { enableNamespaces: false }),
    });
    await scenario.restart({ deepCheckIntervalMs: 3_000 });
    scenario.engine().start();
    await until("drift is mended", () => row().memoryLimit === columns.memoryLimit);
    await until("it is ready", () => scenario.engine().stacks()[0]?.outcome.kind === "converged");
    expect(row()).toMatchObject(columns);
    await scenario.restart();

    expect(await apply()).toBe(true);
    const unset = Object.keys(columns).filter((name) => !["env", "networkSwarm"].includes(name));
    for (const name of unset) expect(row()[name] ?? false, name).toBe(false);
    await nothingLeftToDo();
  },
  60_000,
);

test.each(databaseKinds)(
  "O7 a %s database keeps its data: what would lose them is refused, and it stays when it leaves Git",
  async (kind) => {
    scenario = await createFastScenario({ secrets });
    const { state, row, apply, id, deploys, nothingLeftToDo } = lifeOf(kind);
    expect(await apply()).toBe(true);
    const kept = id();
    const { appName } = row();

    scenario.secrets.set("shop-db", "canary-other");
    const mayChange = !databaseRows[kind].kept.includes("password");
    expect(await apply()).toBe(mayChange);
    expect(row().databasePassword).toBe(mayChange ? "canary-other" : "canary-word");
    scenario.secrets.set("shop-db", row().databasePassword);

    const risky: Given =
      kind === "libsql" ? { extra: ["replicaOf: http://primary:5001"] } : { version: 2 };
    const before = { ...row() };
    expect(await apply(risky)).toBe(false);
    expect(row()).toMatchObject({ dockerImage: before.dockerImage, env: before.env });
    expect(row().sqldNode).toBe(before.sqldNode);
    expect(await apply({ ...risky, extra: [...(risky.extra ?? []), "allowDataLoss: true"] })).toBe(
      true,
    );
    if (kind === "libsql") {
      expect(row()).toMatchObject({ sqldNode: "replica", sqldPrimaryUrl: "http://primary:5001" });
    } else expect(row().dockerImage).toBe(images[kind][2]);

    expect(await apply({ without: true })).toBe(true);
    expect(id()).toBe(kept);
    expect(await apply(risky)).toBe(true);
    expect(id()).toBe(kept);
    await nothingLeftToDo();

    for (const project of state().projects.values()) project.description = "";
    row().description = "Managed from Git by Capstan.";
    await scenario.loseStore();
    const deployed = deploys();
    expect(await apply({ ...risky, head: ["adopt: true"] })).toBe(true);
    expect(deploys()).toBe(deployed);
    expect(parseMarker(row().description)?.key).toBe("db/main");

    const { extra = [] } = risky;
    const leaving = [...extra, "deletionPolicy: delete"];
    expect(await apply({ ...risky, extra: leaving, head: ["adopt: true"] })).toBe(true);
    expect(await apply({ without: true, head: ["adopt: true"] })).toBe(true);
    expect(state()[kind].size).toBe(0);
    expect(state().swarmServices.has(appName)).toBe(false);
    expect(state().volumes).toContain(`${appName}-data`);
    expect(scenario.simulator.log.count(`${kind}.rebuild`)).toBe(0);
  },
  60_000,
);

test.each(databaseKinds)("H2 a %s database that crashes is no success", async (kind) => {
  scenario = await createFastScenario({ secrets });
  const image = kind === "libsql" ? libsqlImage : images[kind][0];
  scenario.simulator.faults.image(image, "crash");
  const { apply, row } = lifeOf(kind);
  expect(await apply()).toBe(false);
  expect(row().applicationStatus).toBe("done");
  expect(JSON.stringify(scenario.engine().stacks()[0]?.outcome)).toContain("main");
});
