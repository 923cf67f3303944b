// What Dokploy does by the clock for compose services, from the first line in Git to what is left of it: schedules, dumps
// of databases in the file, copies of its volumes. Dokploy knows such a dump by nothing but a service's name.
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import type { VolumeBackupRow } from "../../src/simulator/timedRows.ts";
import {
  createComposeTimed,
  everything,
  file,
  nightly,
  secretsOf,
  shared,
  shownOf,
  stackText,
  tidy,
  weekly,
} from "../support/compose-timed.ts";
import type { ComposeTimed, Given } from "../support/compose-timed.ts";

let bench: ComposeTimed;
beforeEach(async () => {
  bench = await createComposeTimed();
});
afterEach(() => bench.scenario.close());

test.each(["docker-compose", "stack"] as const)(
  "all of it is made with a compose service of type %s and deploys nothing; then there is nothing to do",
  async (type) => {
    await bench.apply({ ...everything, type });
    const { composeId, appName } = bench.compose();
    expect(bench.schedules()).toMatchObject([
      {
        ...{ name: "tidy", cronExpression: "0 2 * * *", command: "./tidy", shellType: "sh" },
        ...{ scheduleType: "compose", serviceName: "web", composeId, applicationId: null },
      },
    ]);
    expect(bench.backups()).toMatchObject([
      {
        ...{ backupType: "compose", databaseType: "mariadb", serviceName: "db", composeId },
        ...{ schedule: "0 3 * * *", database: "app", prefix: "nightly", keepLatestCount: 7 },
        ...{ enabled: true, destinationId: bench.destinationId("s3"), postgresId: null },
      },
    ]);
    const { mariadb } = bench.backups()[0]!.metadata as Readonly<Record<string, unknown>>;
    expect(mariadb).toEqual({ databaseUser: "app", databasePassword: secretsOf.shop });
    expect(bench.volumes()).toMatchObject([
      { name: "shared", volumeName: "shop-media", serviceName: "web", serviceType: "compose" },
      { name: "weekly", volumeName: `${appName}_data`, serviceName: "db", composeId },
    ]);
    expect(await bench.apply({ ...everything, type })).toEqual([]);
    const before = parseMarker(bench.compose().description);
    const deployments = bench.scenario.simulator.state.deployments.size;
    const more: Given = { ...everything, type, schedules: { tidy, hourly: tidy } };
    expect(await bench.apply(more)).toEqual(["schedule.create", "compose.update"]);
    expect(parseMarker(bench.compose().description)?.want).toEqual(before?.want);
    expect(bench.scenario.simulator.state.deployments.size).toBe(deployments);
  },
);

const changes: readonly (readonly [
  root: "schedules" | "backups" | "volumeBackups",
  field: string,
  next: string,
  expected: object,
])[] = [
  ["schedules", "service", tidy.replace("web", "db"), { serviceName: "db" }],
  ["schedules", "cron", tidy.replace("0 2", "0 6"), { cronExpression: "0 6 * * *" }],
  ["schedules", "command", tidy.replace("./tidy", "./other"), { command: "./other" }],
  ["schedules", "timezone", `${tidy}, timezone: Europe/Rome`, { timezone: "Europe/Rome" }],
  ["schedules", "shell", `${tidy}, shell: bash`, { shellType: "bash" }],
  ["schedules", "enabled", `${tidy}, enabled: false`, { enabled: false }],
  ["backups", "service", nightly.replace("service: db", "service: web"), { serviceName: "web" }],
  [
    "backups",
    "type",
    nightly.replace("mariadb", "mongo"),
    {
      databaseType: "mongo",
      metadata: {
        mongo: { databaseUser: "app", databasePassword: secretsOf.shop },
      },
    },
  ],
  [
    "backups",
    "rootPassword",
    nightly.replace("type: mariadb", "type: mysql").replace("user: app, password", "rootPassword"),
    {
      databaseType: "mysql",
      metadata: { mysql: { databaseRootPassword: secretsOf.shop } },
    },
  ],
  [
    "backups",
    "user",
    nightly.replace("user: app", "user: root"),
    { metadata: { mariadb: { databaseUser: "root", databasePassword: secretsOf.shop } } },
  ],
  [
    "backups",
    "password",
    nightly.replace("$(secrets.shop)", "in-the-open"),
    { metadata: { mariadb: { databasePassword: "in-the-open" } } },
  ],
  ["backups", "database", nightly.replace("database: app", "database: b"), { database: "b" }],
  ["backups", "cron", nightly.replace("0 3", "0 6"), { schedule: "0 6 * * *" }],
  ["backups", "keepLatest", nightly.replace("7", "3"), { keepLatestCount: 3 }],
  ["backups", "prefix", `${nightly}, prefix: a/b`, { prefix: "a/b" }],
  ["backups", "enabled", `${nightly}, enabled: false`, { enabled: false }],
  ["volumeBackups", "cron", weekly.replace("0 4", "0 6"), { cronExpression: "0 6 * * 0" }],
  ["volumeBackups", "keepLatest", `${weekly}, keepLatest: 2`, { keepLatestCount: 2 }],
  ["volumeBackups", "prefix", `${weekly}, prefix: a/b`, { prefix: "a/b" }],
  ["volumeBackups", "turnOff", `${weekly}, turnOff: true`, { turnOff: true }],
  ["volumeBackups", "enabled", `${weekly}, enabled: false`, { enabled: false }],
  [
    "volumeBackups",
    "volume",
    weekly.replace("volume: data", "volume: media").replace("service: db", "service: web"),
    { volumeName: "shop-media", serviceName: "web" },
  ],
];

const names = { schedules: "tidy", backups: "nightly", volumeBackups: "weekly" } as const;
const procedures = {
  ...{ schedules: "schedule.update", backups: "backup.update" },
  volumeBackups: "volumeBackups.update",
} as const;

test.each(changes)(
  "W1 in %s a changed %s is written in place, and nothing is deployed",
  async (root, field, next, expected) => {
    await bench.apply(everything);
    const rows = (): readonly object[] => {
      if (root === "volumeBackups") return bench.volumes().slice(-1);
      return root === "backups" ? bench.backups() : bench.schedules();
    };
    const [before] = structuredClone(rows());
    const given = { ...everything, [root]: { ...everything[root], [names[root]]: next } };
    await bench.push(given);
    const shown = shownOf(await bench.plan());
    expect(shown).toContain(`${root}.${names[root]}.${field}`);
    expect(shown).not.toContain("canary");
    expect(await bench.apply(given)).toEqual([procedures[root], "compose.update"]);
    expect(rows()).toMatchObject([{ ...before, ...expected }]);
    expect(await bench.apply(given)).toEqual([]);
  },
);

test("W1 another destination is written in place for both kinds of copies", async () => {
  await bench.apply(everything);
  const elsewhere = (text: string): string => text.replace("s3", "other");
  const next: Given = {
    ...{ schedules: { tidy }, backups: { nightly: elsewhere(nightly) } },
    volumeBackups: { weekly: elsewhere(weekly), shared: elsewhere(shared) },
  };
  await bench.apply(next);
  const used = new Set([...bench.backups(), ...bench.volumes()].map((row) => row.destinationId));
  expect([...used]).toEqual([bench.destinationId("other")]);
  expect(await bench.apply(next)).toEqual([]);
});

test("W1 a volume that the file calls as docker calls it anyway is the same one", async () => {
  await bench.apply(everything);
  const [, { volumeName }] = structuredClone(bench.volumes()) as [unknown, VolumeBackupRow];
  const named = file.replace("data: {}", `data: { external: true, name: ${volumeName} }`);
  expect(await bench.apply(everything, named)).not.toContain("volumeBackups.update");
  expect(await bench.apply(everything, named)).toEqual([]);
  const wrong = named.replace(volumeName, "another");
  expect(await bench.apply(everything, wrong)).toContain("volumeBackups.update");
  expect(await bench.apply(everything, wrong)).toEqual([]);
  expect(await bench.apply(everything)).toContain("volumeBackups.update");
  expect(bench.volumes()[1]?.volumeName).toBe(volumeName);
});

test("W5 what leaves the manifest goes, one by one and all at once", async () => {
  await bench.apply({ ...everything, schedules: { tidy, hourly: tidy } });
  await bench.apply(everything);
  expect(bench.schedules().map(({ name }) => name)).toEqual(["tidy"]);
  await bench.apply({});
  expect([bench.schedules(), bench.backups(), bench.volumes()]).toEqual([[], [], []]);
});

test("an unknown destination stops the stack before anything is written, with its line", async () => {
  await bench.push({ ...everything, backups: { nightly: nightly.replace("s3", "s33") } });
  expect((await bench.scenario.apply()).ok).toBe(false);
  expect(bench.scenario.writes()).toEqual([]);
  const { conflict } = await bench.plan();
  expect(conflict).toContain("stacks/shop.yaml:13:");
  expect(conflict).toContain("backups.nightly.destination: Dokploy has no destination s33");
});

test.each<[string, Given, number, string]>([
  ["service", { schedules: { tidy: tidy.replace("web", "wep") } }, 11, "did you mean `web`?"],
  ["volume", { volumeBackups: { weekly: weekly.replace("data", "dota") } }, 15, "names no volume"],
  ["moment", { schedules: { tidy: tidy.replace("2 * *", "2 31 2") } }, 11, "never comes true"],
  [
    "mount",
    { volumeBackups: { weekly: weekly.replace("service: db", "service: web") } },
    ...([15, "does not mount the volume data"] as const),
  ],
])("a wrong %s is told at its line, and nothing is written", async (_, given, line, expected) => {
  await bench.push({ ...everything, ...given });
  const result = await bench.scenario.apply();
  expect(result.ok).toBe(false);
  const { problems } = result;
  expect(problems.map(({ place }) => place.line)).toEqual([line]);
  expect(JSON.stringify(problems)).toContain(expected);
  expect(bench.scenario.writes()).toEqual([]);
});

test("a compose service from another repository has them too: their services and volumes are believed", async () => {
  const text = stackText({
    schedules: { tidy },
    volumeBackups: { weekly, named: `${shared.replace("media", "shop-media")}, external: true` },
  }).replace(
    "file: ./queue.compose.yaml",
    "git: { url: https://git.example.com/acme/queue.git, path: compose.yaml }",
  );
  await bench.scenario.push({ "shop.yaml": text });
  await bench.scenario.apply();
  expect(bench.schedules()).toMatchObject([{ serviceName: "web" }]);
  expect(bench.volumes()).toMatchObject([
    { name: "named", volumeName: "shop-media" },
    { name: "weekly", volumeName: `${bench.compose().appName}_data` },
  ]);
});
