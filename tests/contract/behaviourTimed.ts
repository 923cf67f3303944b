/**
 * What Capstan relies on of schedules, backups, volume backups and destinations. Nothing of it is run by the
 * clock here: all expressions are of a day that is far away, or of none.
 */
import { expect, test } from "vitest";
import type { Json } from "./client.ts";
import type { Workbench } from "./workbench.ts";

const yearly = "0 4 1 1 *";

export function describeTimed(bench: () => Workbench): void {
  describeSchedules(bench);
  describeBackups(bench);
  describeOfCompose(bench);
}

/** A destination that no backup reaches, and that goes with the end of `use`. */
async function withDestination<T>(
  { client, prefix }: Workbench,
  use: (destinationId: string) => Promise<T>,
): Promise<T> {
  const made = await client.post("destination.create", {
    ...{ name: `${prefix}-d`, provider: "Other", bucket: "b", region: "r", additionalFlags: [] },
    ...{ accessKey: "not-a-key", secretAccessKey: "not-a-secret", endpoint: "http://127.0.0.1:9" },
  });
  const { destinationId } = made.json;
  try {
    return await use(destinationId);
  } finally {
    await client.post("destination.remove", { destinationId });
  }
}

function describeSchedules(bench: () => Workbench): void {
  test("schedules of one name are two, and any text is taken for a cron expression", async () => {
    const { client } = bench();
    const { applicationId } = await bench().application();
    const given = { name: "job", command: "true", scheduleType: "application", applicationId };
    await client.post("schedule.create", { ...given, cronExpression: yearly, enabled: false });
    const odd = await client.post("schedule.create", { ...given, cronExpression: "not cron" });
    expect(odd.status).toBe(200);
    const list = (
      await client.get("schedule.list", { id: applicationId, scheduleType: "application" })
    ).json;
    expect(list.map((row: Json) => [row.name, row.cronExpression])).toEqual([
      ["job", yearly],
      ["job", "not cron"],
    ]);
    expect(list[1]).toMatchObject({ shellType: "bash", enabled: true, timezone: null });
  });

  test("a schedule keeps the appName that it was given, and an update is partial", async () => {
    const { client, prefix } = bench();
    const { applicationId } = await bench().application();
    const given = { name: "job", command: "true", scheduleType: "application", applicationId };
    const made = await client.post("schedule.create", {
      ...given,
      ...{ cronExpression: yearly, appName: `${prefix}-job`, timezone: "Europe/Amsterdam" },
    });
    const { scheduleId } = made.json;
    const changes = { name: "job", cronExpression: yearly, command: "false", timezone: null };
    await client.post("schedule.update", { scheduleId, ...changes });
    const one = (await client.get("schedule.one", { scheduleId })).json;
    expect(one).toMatchObject({ ...changes, appName: `${prefix}-job`, applicationId });
    const missing = await client.post("schedule.update", { scheduleId: "none", ...changes });
    expect(missing.status).toBe(404);
    expect((await client.post("schedule.delete", { scheduleId })).json).toBe(true);
    expect((await client.post("schedule.delete", { scheduleId })).status).toBe(404);
  });

  test("a run by hand waits for its end and leaves a row", async () => {
    const { client } = bench();
    const { applicationId } = await bench().application();
    const given = { name: "job", command: "true", scheduleType: "application", applicationId };
    const made = await client.post("schedule.create", { ...given, cronExpression: yearly });
    const { scheduleId } = made.json;
    // Nothing runs in which it could be run.
    const run = await client.post("schedule.runManually", { scheduleId });
    expect([run.status, run.json.status]).toEqual([200, "error"]);
    const rows = await client.get("schedule.list", {
      id: applicationId,
      scheduleType: "application",
    });
    expect(rows.json[0].deployments).toMatchObject([
      { deploymentId: run.json.deploymentId, status: "error", applicationId: null, scheduleId },
    ]);
    const typed = await client.get("deployment.allByType", { id: scheduleId, type: "schedule" });
    expect(typed.json.map((row: Json) => row.deploymentId)).toEqual([run.json.deploymentId]);
  });
}

function describeBackups(bench: () => Workbench): void {
  test("a backup is answered with nothing; its row is the database's, with what it was given", async () => {
    const { client } = bench();
    const { key } = await bench().database("postgres");
    await withDestination(bench(), async (destinationId) => {
      const fields = {
        ...{ schedule: yearly, enabled: false, prefix: "x", destinationId, database: "db" },
        ...{ keepLatestCount: 3, serviceName: "capstan:nightly", databaseType: "postgres" },
      };
      const made = await client.post("backup.create", {
        ...fields,
        ...key,
        backupType: "database",
      });
      expect([made.status, made.text]).toEqual([200, ""]);
      const [row] = (await client.get("postgres.one", key)).json.backups;
      expect(row).toMatchObject({ ...fields, deployments: [], metadata: null });
      const { backupId } = row;
      const changes = { ...fields, prefix: "y", keepLatestCount: null, metadata: null };
      const some = { ...changes, metadata: undefined };
      expect((await client.post("backup.update", { backupId, ...some })).status).toBe(400);
      expect((await client.post("backup.update", { backupId, ...changes })).text).toBe("");
      const [after] = (await client.get("postgres.one", key)).json.backups;
      expect(after).toMatchObject(changes);
      const failed = await client.post("backup.manualBackupPostgres", { backupId });
      expect(failed.status).toBe(400);
      expect(failed.json.message).toContain("not-a-secret");
      await client.post("backup.remove", { backupId });
      expect((await client.post("backup.remove", { backupId })).status).toBe(400);
    });
  });

  test("a volume backup keeps its appName, and goes with its destination", async () => {
    const { client, prefix } = bench();
    const { applicationId } = await bench().application();
    const asked = { id: applicationId, volumeBackupType: "application" };
    const given = {
      ...{ name: "vb", volumeName: `${prefix}-v`, prefix: "v", serviceType: "application" },
      ...{ applicationId, cronExpression: yearly, enabled: false, turnOff: true },
      ...{ keepLatestCount: 2, appName: `${prefix}-vb` },
    };
    await withDestination(bench(), async (destinationId) => {
      const made = await client.post("volumeBackups.create", { ...given, destinationId });
      expect(made.json).toMatchObject({ ...given, destinationId });
      const { volumeBackupId } = made.json;
      const changes = { ...given, destinationId, turnOff: false, keepLatestCount: null };
      await client.post("volumeBackups.update", { volumeBackupId, ...changes });
      expect((await client.get("volumeBackups.list", asked)).json).toMatchObject([changes]);
      const gone = await client.post("volumeBackups.delete", { volumeBackupId });
      expect([gone.status, gone.text]).toEqual([200, ""]);
      await client.post("volumeBackups.create", { ...given, destinationId });
    });
    expect((await client.get("volumeBackups.list", asked)).json).toEqual([]);
  });
}

const composeFile = (image: string): string =>
  ["services:", "  web:", `    image: ${image}`, "  db:", `    image: ${image}`, ""].join("\n");

function describeOfCompose(bench: () => Workbench): void {
  test.each(["docker-compose", "stack"] as const)(
    "compose of type %s: a schedule runs in a container of the service that it names",
    async (type) => {
      const { client, image, prefix } = bench();
      const made = await bench().compose(type, composeFile(image));
      await bench().deployCompose(made);
      const { composeId } = made;
      const given = { name: "job", command: "true", scheduleType: "compose", composeId };
      const row = await client.post("schedule.create", {
        ...{ ...given, cronExpression: yearly, appName: `${prefix}-job`, shellType: "sh" },
        ...{ serviceName: "nope", timezone: "UTC", enabled: false },
      });
      expect(row.json).toMatchObject({
        ...{ appName: `${prefix}-job`, serviceName: "nope", composeId, applicationId: null },
      });
      const { scheduleId } = row.json;
      const run = async (): Promise<string> =>
        (await client.post("schedule.runManually", { scheduleId })).json.status;
      expect(await run()).toBe("error");
      const changes = { name: "job", cronExpression: yearly, command: "true", serviceName: "web" };
      await client.post("schedule.update", { scheduleId, ...changes });
      await bench().until(async () => (await run()) === "done");
      const rows = await client.get("schedule.list", { id: composeId, scheduleType: "compose" });
      expect(rows.json).toMatchObject([{ ...changes, compose: { composeId } }]);
      expect(rows.json[0].deployments[0].status).toBe("done");
    },
  );

  test("compose: a dump keeps what it is given, logins of other types too", async () => {
    const { client, image } = bench();
    const { composeId } = await bench().compose("docker-compose", composeFile(image));
    await withDestination(bench(), async (destinationId) => {
      const fields = {
        ...{ schedule: yearly, enabled: false, prefix: "x", destinationId, database: "db" },
        ...{ keepLatestCount: 3, serviceName: "db", databaseType: "postgres" },
        metadata: {
          postgres: { databaseUser: "u" },
          mysql: { databaseRootPassword: "capstan:nightly" },
        },
      };
      const made = await client.post("backup.create", {
        ...{ ...fields, composeId, backupType: "compose" },
      });
      expect([made.status, made.text]).toEqual([200, ""]);
      const one = async (): Promise<Json> =>
        (await client.get("compose.one", { composeId })).json.backups;
      const [row] = await one();
      expect(row).toMatchObject({ ...fields, backupType: "compose", deployments: [] });
      const { backupId } = row;
      const metadata = {
        mariadb: { databaseUser: "u", databasePassword: "p" },
        postgres: { databaseUser: "capstan:nightly" },
      };
      const changes = {
        ...{ ...fields, databaseType: "mariadb", serviceName: "web", keepLatestCount: null },
        metadata,
      };
      expect((await client.post("backup.update", { backupId, ...changes })).text).toBe("");
      expect(await one()).toMatchObject([{ ...changes, backupType: "compose" }]);
      const redis = { ...changes, databaseType: "redis" };
      expect((await client.post("backup.update", { backupId, ...redis })).status).toBe(400);
      // Nothing runs in which it could be made.
      const failed = await client.post("backup.manualBackupCompose", { backupId });
      expect(failed.status).toBe(400);
      expect(failed.json.message).toBe("Error running manual Compose backup ");
      const [{ deployments }] = await one();
      expect(deployments).toMatchObject([{ title: "Compose Backup", status: "error" }]);
      await client.post("backup.remove", { backupId });
      expect(await one()).toEqual([]);
    });
  });

  test("compose: a volume backup keeps its service, and Dokploy adds nothing to the volume's name", async () => {
    const { client, image, prefix } = bench();
    const made = await bench().compose("stack", composeFile(image));
    const { composeId, appName } = made;
    await withDestination(bench(), async (destinationId) => {
      const given = {
        ...{ name: "vb", volumeName: `${appName}_data`, prefix: "v", serviceType: "compose" },
        ...{ composeId, serviceName: "db", cronExpression: yearly, enabled: false, turnOff: true },
        ...{ keepLatestCount: 2, appName: `${prefix}-vb`, destinationId },
      };
      const row = await client.post("volumeBackups.create", given);
      expect(row.json).toMatchObject(given);
      const { volumeBackupId } = row.json;
      const changes = { ...given, serviceName: "web", turnOff: false };
      await client.post("volumeBackups.update", { volumeBackupId, ...changes });
      const asked = { id: composeId, volumeBackupType: "compose" };
      expect((await client.get("volumeBackups.list", asked)).json).toMatchObject([
        { ...changes, compose: { composeId, appName } },
      ]);
    });
  });

  test("compose: what it has by the clock goes with it", async () => {
    const { client, image } = bench();
    const { composeId } = await bench().compose("stack", composeFile(image));
    const made = await client.post("schedule.create", {
      ...{ name: "job", command: "true", scheduleType: "compose", composeId, serviceName: "web" },
      ...{ cronExpression: yearly, enabled: false },
    });
    const { scheduleId } = made.json;
    await client.post("compose.delete", { composeId, deleteVolumes: true });
    expect((await client.get("schedule.one", { scheduleId })).status).toBe(404);
  });
}
