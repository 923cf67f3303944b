// Backups of a database and of volumes, from the first line in Git to what is left of them. Dokploy gives a backup no
// name and its create no answer; what was stored is never deleted, and what people made is theirs.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { newBackup } from "../../src/simulator/timedRows.ts";
import type { BackupRow, VolumeBackupRow } from "../../src/simulator/timedRows.ts";
import { actionTitle } from "../../src/plan/render/words.ts";
import { addDestination } from "../support/destination.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const nightly = 'cron: "0 3 * * *", destination: s3, keepLatest: 7';
const weekly = 'cron: "0 4 * * 0", destination: s3';
const media = `${weekly}, volume: media`;
const everything = { backups: { nightly }, own: { weekly }, web: { media } };
let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
  addDestination(scenario.simulator, "s3");
  addDestination(scenario.simulator, "other");
});
afterEach(() => scenario.close());

interface Given {
  readonly backups?: Readonly<Record<string, string>>;
  /** Volume backups of the database. */
  readonly own?: Readonly<Record<string, string>>;
  /** Volume backups of the application. */
  readonly web?: Readonly<Record<string, string>>;
  readonly without?: true;
  readonly adopt?: true;
}

const section = (name: string, entries: Readonly<Record<string, string>> = {}): string[] =>
  Object.keys(entries).length === 0
    ? []
    : [
        `      ${name}:`,
        ...Object.entries(entries).map(([key, one]) => `        ${key}: { ${one} }`),
      ];

function shop({ backups, own, web, without, adopt }: Given): string {
  const rollout = "      rollout: { stableFor: 0s, timeout: 20s }";
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    ...(adopt ? ["  adopt: true"] : []),
    "  applications:",
    "    web:",
    "      image: ghcr.io/acme/web:1",
    rollout,
    "      mounts: [ { type: volume, source: media, target: /media } ]",
    ...section("volumeBackups", web),
    ...(without
      ? []
      : [
          "  databases:",
          "    main:",
          "      type: postgres",
          "      image: postgres:17",
          "      database: shop",
          "      user: shop",
          "      password: a-password",
          rollout,
          ...section("backups", backups),
          ...section("volumeBackups", own),
        ]),
    "",
  ].join("\n");
}

const state = () => scenario.simulator.state;
const database = () => [...state().postgres.values()][0]!;
const backups = (): readonly BackupRow[] => [...state().backups.values()];
const volumes = (): readonly VolumeBackupRow[] => [...state().volumeBackups.values()];
const destinationId = (name: string): string =>
  [...state().destinations.values()].find((row) => row.name === name)!.destinationId;

async function push(given: Given): Promise<void> {
  await scenario.push({ "shop.yaml": shop(given) });
}
/** Applies, and answers with what was written. */
async function apply(given: Given): Promise<readonly string[]> {
  await push(given);
  scenario.writes();
  const result = await scenario.apply();
  expect(result.stacks.map(({ outcome }) => outcome.kind)).toEqual(["converged"]);
  return scenario.writes();
}
async function plan() {
  await scenario.restart();
  const { plans } = await scenario.engine().plan();
  return plans[0]!;
}
async function deepCheck(): Promise<void> {
  await scenario.restart({ deepCheckIntervalMs: 3_000 });
  scenario.engine().start();
}

test("backups are made with their services, deploy nothing, and then there is nothing to do", async () => {
  await apply(everything);
  expect(backups()).toMatchObject([
    {
      ...{ schedule: "0 3 * * *", prefix: "nightly", database: "shop", keepLatestCount: 7 },
      ...{ enabled: true, databaseType: "postgres", postgresId: database().postgresId },
      destinationId: destinationId("s3"),
    },
  ]);
  expect(volumes()).toMatchObject([
    { name: "media", volumeName: "shop-media", serviceType: "application", turnOff: false },
    { name: "weekly", volumeName: `${database().appName}-data`, serviceType: "postgres" },
  ]);
  expect(await apply(everything)).toEqual([]);
  const before = parseMarker(database().description);
  const second = 'cron: "@daily", destination: other';
  const more = { ...everything, backups: { nightly, second } };
  expect(await apply(more)).toEqual(["backup.create", "postgres.update"]);
  expect(parseMarker(database().description)?.want).toEqual(before?.want);
  const shown = JSON.stringify([scenario.engine().events(), await plan()]);
  expect(shown).not.toContain("canary");
});

test.each([
  ["cron", nightly.replace("0 3", "0 5"), { schedule: "0 5 * * *" }],
  ["keepLatest", nightly.replace("7", "3"), { keepLatestCount: 3 }],
  ["prefix", `${nightly}, prefix: a/b`, { prefix: "a/b" }],
  ["database", `${nightly}, database: audit`, { database: "audit" }],
  ["enabled", `${nightly}, enabled: false`, { enabled: false }],
])("W1 a changed %s of a backup is written in place", async (field, next, expected) => {
  await apply(everything);
  const [before] = backups();
  await push({ ...everything, backups: { nightly: next } });
  expect(JSON.stringify(await plan())).toContain(`backups.nightly.${field}`);
  const written = await apply({ ...everything, backups: { nightly: next } });
  expect(written).toEqual(["backup.update", "postgres.update"]);
  expect(backups()).toMatchObject([{ ...before, ...expected }]);
  expect(await apply({ ...everything, backups: { nightly: next } })).toEqual([]);
});

test("W1 another destination, and each field of a volume backup, are written in place", async () => {
  await apply(everything);
  const [{ volumeBackupId }] = volumes() as [VolumeBackupRow];
  const given =
    'cron: "0 5 * * 0", destination: other, volume: media, turnOff: true, keepLatest: 2';
  const next = {
    ...everything,
    backups: { nightly: nightly.replace("s3", "other") },
    web: { media: `${given}, enabled: false, prefix: x` },
  };
  await apply(next);
  expect(backups()).toMatchObject([{ destinationId: destinationId("other") }]);
  expect(state().volumeBackups.get(volumeBackupId)).toMatchObject({
    ...{ cronExpression: "0 5 * * 0", turnOff: true, keepLatestCount: 2, enabled: false },
    ...{ prefix: "x", destinationId: destinationId("other") },
  });
  expect(await apply(next)).toEqual([]);
});

test("W5 what leaves the manifest goes, its stored files do not, and the plan says so", async () => {
  await apply(everything);
  await push({});
  const titles = (await plan()).actions.map(actionTitle);
  expect(titles).toEqual(
    expect.arrayContaining([
      "delete backup nightly (what it stored stays in its destination)",
      "delete volume backup weekly (what it stored stays in its destination)",
      "delete volume backup media (what it stored stays in its destination)",
    ]),
  );
  await apply({});
  expect([backups(), volumes()]).toEqual([[], []]);
});

test("a renamed backup is made under its new name and goes under the old one", async () => {
  await apply({ backups: { nightly } });
  const written = await apply({ backups: { daily: `${nightly}, prefix: nightly` } });
  expect(written).toEqual(["backup.create", "backup.remove", "postgres.update"]);
  expect(backups()).toMatchObject([{ prefix: "nightly", schedule: "0 3 * * *" }]);
});

test("H3 what somebody changed or deleted is put back", async () => {
  await apply(everything);
  await deepCheck();
  const [row] = backups();
  Object.assign(row!, { schedule: "0 9 * * *", enabled: false, prefix: "/elsewhere/" });
  await until("the backup is healed", () => backups()[0]?.enabled === true);
  expect(backups()).toMatchObject([{ schedule: "0 3 * * *", prefix: "nightly" }]);
  Object.assign(volumes()[0]!, { keepLatestCount: 1, turnOff: true });
  await until("the volume backup is healed", () => volumes()[0]?.turnOff === false);
  expect(volumes()[0]).toMatchObject({ keepLatestCount: null });
  state().backups.clear();
  await until("the backup is there again", () => backups().length === 1);
  state().volumeBackups.clear();
  await until("they are there again", () => volumes().length === 2);
});

describe("W3 an answer that was lost", () => {
  test.each(["answerLost", "lateWrite"] as const)(
    "makes one of each, not two: %s",
    async (kind) => {
      await apply({});
      const rule = kind === "lateWrite" ? { kind, ms: 3_000 } : { kind };
      for (const procedure of ["backup.create", "volumeBackups.create"])
        scenario.simulator.faults.add({ procedure, ...rule });
      await apply(everything);
      expect([backups().length, volumes().length]).toEqual([1, 2]);
      expect(await apply(everything)).toEqual([]);
    },
  );
});

describe("a destination", () => {
  test("that Dokploy does not have stops its stack before anything is written, with its line", async () => {
    await push({ backups: { nightly: nightly.replace("s3", "s33") } });
    const result = await scenario.apply();
    expect(result.ok).toBe(false);
    expect(scenario.writes()).toEqual([]);
    const [stack] = scenario.engine().stacks();
    expect(stack?.outcome).toMatchObject({ kind: "waiting", reason: "conflict" });
    const { conflict } = await plan();
    expect(conflict).toContain("stacks/shop.yaml:19:");
    expect(conflict).toContain("backups.nightly.destination: Dokploy has no destination s33");
    expect(conflict).toContain("it has other, s3");
  });

  test("whose name two have is refused, until one is renamed", async () => {
    const second = addDestination(scenario.simulator, "s3");
    await push(everything);
    expect((await plan()).conflict).toContain("Dokploy has 2 destinations of the name s3");
    second.name = "third";
    await apply(everything);
  });

  test("that goes takes the backups along, and its stack says so", async () => {
    await apply(everything);
    const { url, apiKey } = scenario.simulator;
    await fetch(`${url}/api/destination.remove`, {
      method: "POST",
      headers: { "x-api-key": apiKey, "content-type": "application/json" },
      body: JSON.stringify({ destinationId: destinationId("s3") }),
    });
    expect([backups().length, volumes().length]).toEqual([0, 0]);
    await deepCheck();
    await until("it is told", () => {
      const outcome = scenario.engine().stacks()[0]?.outcome;
      return outcome?.kind === "waiting" && outcome.reason === "conflict";
    });
  });
});

/** As somebody makes one in Dokploy. */
function byHand(prefix: string): BackupRow {
  const row = newBackup(createRandom(state().backups.size + 7), {
    ...{ schedule: "0 9 * * *", prefix, database: "shop", databaseType: "postgres" },
    ...{ destinationId: destinationId("s3"), postgresId: String(database().postgresId) },
    metadata: {},
  });
  state().backups.set(row.backupId, row);
  return row;
}

describe("what people made in Dokploy", () => {
  test("W6 stays as it is, also when Git says nothing of backups", async () => {
    await apply({});
    const row = byHand("/");
    expect(await apply({})).toEqual([]);
    await apply(everything);
    await apply({});
    expect(backups()).toEqual([row]);
  });

  test("is taken over where it stores in the folder that Git names", async () => {
    await apply({});
    const { backupId } = byHand("/nightly/");
    expect(await apply({ backups: { nightly } })).toEqual(["backup.update", "postgres.update"]);
    expect(backups()).toMatchObject([{ backupId, schedule: "0 3 * * *", metadata: null }]);
    await apply({});
    expect(backups()).toEqual([]);
  });

  test("of a project that is adopted is taken over as well", async () => {
    const { project } = state().addProject({ name: "shop" });
    const given = { databaseName: "shop", databaseUser: "shop", databasePassword: "a-password" };
    state().addDatabase(project.projectId, "postgres", {
      ...{ name: "main", dockerImage: "postgres:17", ...given },
    });
    const { backupId } = byHand("nightly");
    const other = byHand("kept");
    await apply({ backups: { nightly }, adopt: true });
    expect(backups().map((row) => row.backupId)).toEqual([backupId, other.backupId]);
    expect(state().backups.get(other.backupId)).toEqual(other);
  });
});

test("O7 a retained database keeps its backups, and takes them back", async () => {
  await apply(everything);
  const before = backups();
  await apply({ without: true, web: { media } });
  expect(backups()).toEqual(before);
  expect(
    volumes()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["media", "weekly"]);
  await apply(everything);
  expect(backups()).toEqual(before);
  expect(await apply(everything)).toEqual([]);
});
