// What others do to what a compose service has by the clock: people in Dokploy, answers that are lost, a stack that leaves
// Git and comes back.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRandom } from "../../src/simulator/random.ts";
import { newBackup, newSchedule, newVolumeBackup } from "../../src/simulator/timedRows.ts";
import type { BackupRow } from "../../src/simulator/timedRows.ts";
import {
  createComposeTimed,
  everything,
  file,
  nightly,
  secretsOf,
  shownOf,
  stackText,
  tidy,
} from "../support/compose-timed.ts";
import type { ComposeTimed, Given } from "../support/compose-timed.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let bench: ComposeTimed;
beforeEach(async () => {
  bench = await createComposeTimed();
});
afterEach(() => bench.scenario.close());

test("H3 what somebody changed or deleted is put back, logins too", async () => {
  await bench.apply(everything);
  await bench.deepCheck();
  Object.assign(bench.schedules()[0]!, { serviceName: "db", command: "./else" });
  await until("the schedule is healed", () => bench.schedules()[0]?.serviceName === "web");
  expect(bench.schedules()[0]).toMatchObject({ command: "./tidy" });
  const [backup] = bench.backups();
  const { metadata } = backup!;
  const mariadb = { databaseUser: "app", databasePassword: "forgotten" };
  Object.assign(backup!, { metadata: { ...(metadata as object), mariadb }, serviceName: "web" });
  await until("the backup is healed", () => bench.backups()[0]?.serviceName === "db");
  expect(bench.backups()[0]?.metadata).toMatchObject({
    mariadb: { databasePassword: secretsOf.shop },
  });
  Object.assign(bench.volumes()[1]!, { volumeName: "data", serviceName: null });
  await until("the volume backup is healed", () => bench.volumes()[1]?.serviceName === "db");
  expect(bench.volumes()[1]?.volumeName).toBe(`${bench.compose().appName}_data`);
  const { state } = bench.scenario.simulator;
  for (const rows of [state.schedules, state.backups, state.volumeBackups]) rows.clear();
  await until("they are there again", () => {
    return bench.counts().join(" ") === "1 1 2";
  });
  await bench.scenario.engine().stop();
  const told = JSON.stringify(bench.scenario.engine().events());
  expect(told).toContain("backup nightly");
  expect(told).not.toMatch(/canary|forgotten/);
});

test("a backup that somebody saved in Dokploy's page is still Capstan's", async () => {
  const given: Given = { ...everything, backups: { nightly: `${nightly}, prefix: dumps` } };
  await bench.apply(given);
  const [{ backupId, metadata }] = structuredClone(bench.backups()) as [BackupRow];
  // The page sends the logins that it knows, and no other key.
  const known = new Set(["postgres", "mysql", "mariadb", "mongo"]);
  expect(Object.keys(metadata as object).filter((key) => !known.has(key))).toEqual([]);
  Object.assign(bench.backups()[0]!, { schedule: "0 9 * * *", prefix: "elsewhere" });
  await bench.deepCheck();
  await until("it is healed", () => bench.backups()[0]?.schedule === "0 3 * * *");
  expect(bench.backups()).toMatchObject([{ backupId, metadata, prefix: "dumps" }]);
});

describe.each(["schedule.create", "backup.create", "volumeBackups.create"])(
  "W3 an answer of %s that was lost",
  (procedure) => {
    test.each(["answerLost", "lateWrite"] as const)("makes no second one: %s", async (kind) => {
      await bench.apply({});
      bench.scenario.simulator.faults.add({
        procedure,
        ...(kind === "lateWrite" ? { kind, ms: 3_000 } : { kind }),
      });
      await bench.apply(everything);
      expect(bench.counts()).toEqual([1, 1, 2]);
      expect(await bench.apply(everything)).toEqual([]);
    });
  },
);

describe("what people made in Dokploy", () => {
  const byHand = () => {
    const { composeId } = bench.compose();
    const random = createRandom(77 + bench.scenario.simulator.state.backups.size);
    const schedule = newSchedule(random, {
      ...{ name: "by hand", cronExpression: "0 9 * * *", command: "./their-job", composeId },
      ...{ scheduleType: "compose", serviceName: "web" },
    });
    const backup = newBackup(random, {
      ...{ schedule: "0 9 * * *", prefix: "/", database: "app", databaseType: "mariadb" },
      ...{ destinationId: bench.destinationId("s3"), composeId, backupType: "compose" },
      ...{ serviceName: "db", metadata: { mariadb: { databasePassword: "their-word" } } },
    });
    const volume = newVolumeBackup(random, {
      ...{ name: "by hand", volumeName: "theirs", prefix: "", cronExpression: "0 9 * * *" },
      ...{ destinationId: bench.destinationId("s3"), composeId, serviceType: "compose" },
    });
    const { state } = bench.scenario.simulator;
    state.schedules.set(schedule.scheduleId, schedule);
    state.backups.set(backup.backupId, backup);
    state.volumeBackups.set(volume.volumeBackupId, volume);
    return { schedule, backup, volume };
  };

  test("W6 stays as it is, whatever Git has beside it and when it has nothing more", async () => {
    await bench.apply({});
    const { schedule, backup, volume } = byHand();
    const before = structuredClone([schedule, backup, volume]);
    expect(await bench.apply({})).toEqual([]);
    await bench.apply(everything);
    await bench.deepCheck();
    const own = bench.schedules().find(({ name }) => name === "tidy")!;
    own.command = "./else";
    await until("the own one is healed", () => own.command === "./tidy");
    await bench.scenario.engine().stop();
    await bench.apply({});
    expect([...bench.schedules(), ...bench.backups(), ...bench.volumes()]).toEqual(before);
  });

  test("is taken over where it has the name, or the folder, that Git has", async () => {
    await bench.apply({});
    const { schedule, backup, volume } = byHand();
    Object.assign(schedule, { name: "tidy" });
    Object.assign(backup, { prefix: "/nightly/" });
    Object.assign(volume, { name: "weekly" });
    await bench.push(everything);
    expect(shownOf(await bench.plan())).not.toMatch(/their-/);
    await bench.apply(everything);
    expect(bench.schedules()).toMatchObject([
      { scheduleId: schedule.scheduleId, command: "./tidy" },
    ]);
    expect(bench.backups()).toMatchObject([{ backupId: backup.backupId, schedule: "0 3 * * *" }]);
    expect(bench.volumes().map(({ volumeBackupId }) => volumeBackupId)).toContain(
      volume.volumeBackupId,
    );
    expect(await bench.apply(everything)).toEqual([]);
    await bench.apply({});
    expect([bench.schedules(), bench.backups(), bench.volumes()]).toEqual([[], [], []]);
  });
});

describe("a stack that leaves Git", () => {
  const others = { "blog.yaml": simpleStack("blog"), "docs.yaml": simpleStack("docs") };
  const leave = async (more: string): Promise<void> => {
    const text = stackText(everything).replace("      rollout:", `      ${more}\n      rollout:`);
    await bench.scenario.push({ ...others, "shop.yaml": text, "queue.compose.yaml": file });
    expect((await bench.scenario.apply()).ok).toBe(true);
    expect(bench.counts()).toEqual([1, 1, 2]);
    await bench.scenario.push({ "shop.yaml": null, "queue.compose.yaml": null });
    expect((await bench.scenario.apply()).ok).toBe(true);
  };

  test("O3 takes all of it along", async () => {
    await leave("deletionPolicy: delete");
    expect([...bench.schedules(), ...bench.backups(), ...bench.volumes()]).toEqual([]);
  });

  test("O7 and is retained keeps it, and takes it back when it returns", async () => {
    await leave("deletionPolicy: retain");
    const before = structuredClone([...bench.schedules(), ...bench.backups(), ...bench.volumes()]);
    expect(before).toHaveLength(4);
    const text = stackText(everything).replace(
      "      rollout:",
      "      deletionPolicy: retain\n      rollout:",
    );
    await bench.scenario.push({ "shop.yaml": text, "queue.compose.yaml": file });
    expect((await bench.scenario.apply()).ok).toBe(true);
    expect([...bench.schedules(), ...bench.backups(), ...bench.volumes()]).toEqual(before);
  });
});

test("P5 neither a command nor a login with a secret is shown anywhere", async () => {
  const secret = tidy.replace("./tidy", "$(secrets.tidy)");
  await bench.push({ ...everything, schedules: { tidy: secret } });
  const before = await bench.plan();
  await bench.apply({ ...everything, schedules: { tidy: secret } });
  expect(bench.schedules()[0]?.command).toBe(secretsOf.tidy);
  const engine = bench.scenario.engine();
  expect(shownOf(before)).toContain("backups.nightly.password");
  const shown = [shownOf(before), engine.events(), engine.stacks()];
  expect(JSON.stringify(shown)).not.toContain("canary");
});
