import { expect, test } from "vitest";
import { childNodes } from "../../../src/engine/reader/child-nodes.ts";
import { kinds } from "../../../src/model/kinds/table.ts";
import type { ComposeSpec } from "../../../src/model/specs.ts";
import { service } from "../../support/build-stack.ts";

const nothingPending = { childrenOf: () => [], drifted: () => false, of: () => null };

test("what a compose service does by the clock is shown with the service of the file, and with no login", () => {
  const copies = {
    cron: "0 3 * * *",
    destination: "s3",
    prefix: "x",
    keepLatest: 7,
    byHand: false,
  };
  const spec: ComposeSpec = {
    ...kinds.compose.defaults,
    schedules: [
      {
        ...{ name: "tidy", service: "worker", cron: "@daily", timezone: "UTC", shell: "sh" },
        ...{ command: "./tidy canary", enabled: false, byHand: false },
      },
    ],
    backups: [
      {
        ...{ ...copies, name: "nightly", enabled: true, database: "app" },
        within: { service: "db", type: "mysql", user: "", password: "", rootPassword: "canary" },
      },
    ],
    volumeBackups: [
      {
        ...{ ...copies, name: "weekly", enabled: true },
        ...{ service: "db", volume: { own: "data" }, turnOff: true },
      },
    ],
  };
  const given = { environment: "production", name: "queue", ignore: [], description: "" };
  const desired = service({ ...given, kind: "compose", spec }, {});
  const nodes = childNodes("compose/queue", desired, nothingPending);
  expect(nodes.map(({ kind, name, detail }) => `${kind} ${name}: ${detail}`)).toEqual([
    "schedule tidy: @daily UTC, in worker, off",
    "backup nightly: 0 3 * * * to s3, in db",
    "volumeBackup weekly: 0 3 * * * to s3, in db",
  ]);
  expect(JSON.stringify(nodes)).not.toContain("canary");
});
