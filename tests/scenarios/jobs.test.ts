// What people see of the newest runs of schedules and backups: read when somebody looks, and then in few requests.
import { afterEach, beforeEach, expect, test } from "vitest";
import { stopContainers } from "../../src/simulator/compose/containers.ts";
import type { BackupRow } from "../../src/simulator/timedRows.ts";
import { createComposeTimed, everything, tidy } from "../support/compose-timed.ts";
import { addDestination } from "../support/destination.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
  addDestination(scenario.simulator, "s3");
});
afterEach(() => scenario.close());

const manifest = [
  "apiVersion: capstan/v1",
  "kind: Stack",
  "metadata: { name: shop }",
  "spec:",
  "  applications:",
  "    web:",
  "      image: ghcr.io/acme/web:1",
  "      rollout: { stableFor: 0s, timeout: 20s }",
  "      mounts: [ { type: volume, source: media, target: /media } ]",
  "      schedules:",
  '        good: { cron: "0 2 * * *", command: ./report }',
  '        bad: { cron: "0 2 * * *", command: exit 3 }',
  '        never: { cron: "0 2 * * *", command: "true" }',
  "      volumeBackups:",
  '        media: { cron: "0 4 * * *", destination: s3, volume: media }',
  "  databases:",
  "    main:",
  "      type: postgres",
  "      image: postgres:17",
  "      database: shop",
  "      user: shop",
  "      password: a-password",
  "      rollout: { stableFor: 0s, timeout: 20s }",
  "      backups:",
  '        nightly: { cron: "0 3 * * *", destination: s3 }',
  "",
].join("\n");

async function run(
  procedure: string,
  body: Readonly<Record<string, string>>,
  { url, apiKey }: Readonly<Record<"url" | "apiKey", string>> = scenario.simulator,
): Promise<number> {
  const answer = await fetch(`${url}/api/${procedure}`, {
    method: "POST",
    headers: { "x-api-key": apiKey, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.status;
}

test("each job is shown with its newest run and what became of it, in two requests", async () => {
  await scenario.push({ "shop.yaml": manifest });
  expect((await scenario.apply()).ok).toBe(true);
  const { state, log } = scenario.simulator;
  for (const { scheduleId, name } of state.schedules.values())
    if (name !== "never") await run("schedule.runManually", { scheduleId });
  for (const { backupId } of state.backups.values())
    expect(await run("backup.manualBackupPostgres", { backupId })).toBe(200);
  for (const { volumeBackupId } of state.volumeBackups.values())
    await run("volumeBackups.runManually", { volumeBackupId });
  log.clear();
  const jobs = await scenario.engine().jobs("shop");
  const shown = jobs.map(({ service, kind, name, lastRun }) => [
    `${service} ${kind} ${name}`,
    lastRun?.status ?? null,
  ]);
  expect(Object.fromEntries(shown)).toEqual({
    "app/web schedule good": "done",
    "app/web schedule bad": "error",
    "app/web schedule never": null,
    "app/web volumeBackup media": "done",
    "db/main backup nightly": "done",
  });
  expect(log.entries.map(({ procedures }) => [...procedures].sort())).toEqual([
    ["postgres.one", "schedule.list", "volumeBackups.list", "volumeBackups.list"],
    ["deployment.allByType"],
  ]);
});

test("a backup that failed says so, and the newest run counts", async () => {
  await scenario.push({ "shop.yaml": manifest });
  await scenario.apply();
  const { state } = scenario.simulator;
  const [backup] = state.backups.values();
  const backupId = backup!.backupId;
  await run("backup.manualBackupPostgres", { backupId });
  for (const row of state.deployments.values()) {
    if (row.backupId === backupId) row.createdAt = "2026-01-01T00:00:00.000Z";
  }
  for (const destination of state.destinations.values())
    destination.endpoint = "http://127.0.0.1:9";
  expect(await run("backup.manualBackupPostgres", { backupId })).toBe(400);
  const jobs = await scenario.engine().jobs("shop");
  const found = jobs.find(({ kind }) => kind === "backup");
  expect(found?.lastRun?.status).toBe("error");
  expect(JSON.stringify(jobs)).not.toContain("canary");
});

test("R1 a stack without any asks the server nothing", async () => {
  const plain = manifest.split("      schedules:")[0]!;
  await scenario.push({ "shop.yaml": plain });
  await scenario.apply();
  scenario.simulator.log.clear();
  expect(await scenario.engine().jobs("shop")).toEqual([]);
  expect(scenario.simulator.log.entries).toEqual([]);
});

test("jobs of a compose service are shown with their newest runs, too", async () => {
  const bench = await createComposeTimed();
  try {
    const { state, url, apiKey } = bench.scenario.simulator;
    await bench.apply({ ...everything, schedules: { tidy, other: `${tidy}, enabled: false` } });
    const ask = (procedure: string, body: Readonly<Record<string, string>>) =>
      run(procedure, body, { url, apiKey });
    const tidying = bench.schedules().find(({ name }) => name === "tidy")!;
    await ask("schedule.runManually", { scheduleId: tidying.scheduleId });
    const [{ backupId }] = bench.backups() as [BackupRow];
    expect(await ask("backup.manualBackupCompose", { backupId })).toBe(200);
    for (const { volumeBackupId } of state.volumeBackups.values())
      await ask("volumeBackups.runManually", { volumeBackupId });
    const runs = async () =>
      Object.fromEntries(
        (await bench.scenario.engine().jobs("shop")).map(({ kind, name, lastRun }) => [
          `${kind} ${name}`,
          lastRun?.status ?? null,
        ]),
      );
    const expected = {
      "schedule tidy": "done",
      "schedule other": null,
      "backup nightly": "done",
      "volumeBackup weekly": "done",
      "volumeBackup shared": "done",
    };
    expect(await runs()).toEqual(expected);
    // Nothing runs any more in which they could be done.
    for (const { containers } of state.composeProjects.values()) stopContainers(containers);
    await ask("schedule.runManually", { scheduleId: tidying.scheduleId });
    expect(await ask("backup.manualBackupCompose", { backupId })).toBe(400);
    expect(await runs()).toEqual({
      ...{ ...expected, "schedule tidy": "error", "backup nightly": "error" },
    });
  } finally {
    await bench.scenario.close();
  }
});
