import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import type { RunRecord } from "../../src/model/history.ts";
import type { Event } from "../../src/model/status.ts";
import { openDatabase } from "../../src/store/database.ts";
import { createHistory } from "../../src/store/history.ts";
import { migrate } from "../../src/store/schema.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { useStores } from "./stores.ts";
import { onEveryStore } from "./both.ts";

const { stateDir, open: opened, warnings, logger, closeLater } = useStores();

function run(n: number, more: Partial<RunRecord> = {}): RunRecord {
  return {
    stack: "shop",
    revision: "3f9c0aa1b2c4",
    startedAtMs: n,
    endedAtMs: n + 1,
    outcome: "converged",
    message: `run ${n}`,
    reasons: ["poll", "resync"],
    actions: [
      {
        type: "configure-service",
        service: "app/web",
        cause: { kind: "git", what: "fields", fields: ["image"], secret: null },
        title: "configure app/web",
        status: "done",
        message: "",
        reason: "image changed in Git",
      },
      {
        type: "mark",
        service: null,
        cause: null,
        title: "record app/web",
        status: "failed",
        message: "refused",
        reason: "the same",
      },
    ],
    ...more,
  };
}
const event = (n: number, more: Partial<Event> = {}): Event => ({
  atMs: n,
  kind: "outcome",
  level: "info",
  stack: "shop",
  revision: null,
  message: `event ${n}`,
  ...more,
});
/** As it is read where nobody gave it an id. */
const row = (number: number, one: Event): Event => ({ ...one, id: `h-${number}` });
const backoff = { stack: "shop", failures: 3, dueAtMs: 4_000, input: "abc" };

onEveryStore(({ open, end }) => {
  test("runs, events and backoffs are there after a restart, the newest first", async () => {
    const store = await open();
    store.recordRun(run(1));
    store.recordRun(run(2, { stack: "blog", actions: [] }));
    store.recordRun(run(3));
    store.recordEvent(event(1));
    store.recordEvent(event(2, { kind: "drift", stack: null }));
    store.saveBackoff({ ...backoff, failures: 1 });
    store.saveBackoff(backoff);
    store.saveBackoff({ ...backoff, stack: "blog" });
    store.removeBackoff("blog");
    store.removeBackoff("never saved");
    await end(store);
    store.recordRun(run(4));

    const again = await open();
    expect(again.runs("shop", 10)).toEqual([run(3), run(1)]);
    expect(again.runs(null, 2)).toEqual([run(3), run(2, { stack: "blog", actions: [] })]);
    const drift = { kind: "drift", stack: null } as const;
    expect(again.events(10)).toEqual([row(2, event(2, drift)), row(1, event(1))]);
    const filter = { stack: "shop", kinds: ["outcome"], sinceMs: 1 };
    expect(again.events(10, filter)).toEqual([row(1, event(1))]);
    expect(again.events(10, { sinceMs: 3 })).toEqual([]);
    expect(again.backoffs()).toEqual([backoff]);
  });

  test("what an event says as data is there after a restart, and nothing where there was none", async () => {
    const cause = { kind: "drift", change: { what: "scaled", running: 0, wanted: 2 } } as const;
    const drift = event(1, {
      kind: "drift",
      action: {
        type: "configure-service",
        status: "done",
        service: "app/web",
        target: "app/web",
        cause,
      },
      changes: [{ path: "image", was: null, is: "nginx:1" }],
    });
    const failed = event(2, {
      kind: "rollout",
      rollout: {
        service: "app/web",
        phase: "failed",
        attempt: 2,
        running: 0,
        wanted: 1,
        why: "the deployment failed",
        log: ["no such image"],
      },
    });
    const broken = event(3, { problem: { file: "stacks/shop.yaml", line: 3, column: 7 } });
    const ended = event(4, { outcome: { kind: "waiting", reason: "approval", ready: false } });
    const store = await open();
    for (const one of [drift, failed, broken, ended, event(5)]) store.recordEvent(one);
    await end(store);
    const told = [event(5), ended, broken, failed, drift];
    expect((await open()).events(10)).toEqual(told.map((one, index) => row(5 - index, one)));
  });
});

test("data that another version wrote and this one cannot read is as if it were not there", () => {
  const store = opened();
  store.recordRun(run(1));
  store.recordEvent(event(1));
  store.close();
  const file = new DatabaseSync(join(stateDir(), "store.sqlite"));
  file.exec(`UPDATE events SET data = '{"action":{"type":"dance"}}';
    UPDATE actions SET cause = '{"kind":"whim"}'`);
  file.close();
  const again = opened();
  expect(again.events(1)).toEqual([row(1, event(1))]);
  expect(again.runs(null, 1)[0]?.actions.map(({ cause }) => cause)).toEqual([null, null]);
});

test("an older store's names of actions are read as those of today", () => {
  const store = opened();
  const cause = { kind: "new", what: "application" } as const;
  const more = { status: "done", service: "app/web", target: "app/web", cause } as const;
  store.recordEvent(event(1, { action: { type: "create-service", ...more } }));
  store.close();
  const file = new DatabaseSync(join(stateDir(), "store.sqlite"));
  file.exec(`UPDATE events SET data = replace(data, 'create-service', 'create-application')`);
  file.close();
  expect(opened().events(1)[0]?.action).toEqual({ type: "create-service", ...more });
});

test("of the deploys in an older store it is known which service they were of, and which only went on", () => {
  const old = new DatabaseSync(join(stateDir(), "store.sqlite"));
  migrate(old, 7);
  old.exec(`INSERT INTO runs VALUES (1, 'shop', 'abc', 1, 2, 'converged', 'fine', '[]');
    INSERT INTO actions VALUES (1, 1, 'deploy app/web', 'done', '', 'image changed in Git (abc)');
    INSERT INTO actions VALUES
      (2, 1, 'deploy app/db@x', 'done', '', 'its rollout has not been seen healthy yet (abc)');
    INSERT INTO actions VALUES (3, 1, 'configure app/web', 'done', '', 'image changed in Git (abc)')`);
  old.close();
  expect(
    opened()
      .runs("shop", 1)[0]
      ?.actions.map(({ type, service, cause }) => [type, service, cause]),
  ).toEqual([
    ["rollout", "app/web", null],
    ["rollout", "app/db@x", { kind: "resumed" }],
    [null, null, null],
  ]);
});

test("what is recorded is written together a moment later, without anybody asking", async () => {
  const clock = createVirtualClock();
  const store = opened({ clock });
  for (let n = 0; n < 50; n++) store.recordRun(run(n));
  const other = opened();
  expect(other.runs(null, 100)).toEqual([]);
  expect(clock.pending()).toBe(1);
  await clock.advance(200);
  expect(other.runs(null, 100)).toHaveLength(50);
  expect(clock.pending()).toBe(0);
});

test("ten thousand stacks that fail at once are written in a few transactions", () => {
  const store = opened();
  const exec = vi.spyOn(DatabaseSync.prototype, "exec");
  for (let n = 0; n < 10_000; n++) {
    const stack = `s${n}`;
    store.recordRun(run(n, { stack }));
    store.saveBackoff({ ...backoff, stack });
  }
  expect(store.backoffs()).toHaveLength(10_000);
  expect(store.runs("s9999", 5)).toHaveLength(1);
  const begun = exec.mock.calls.filter(([sql]) => sql.startsWith("BEGIN"));
  exec.mockRestore();
  expect(begun.length).toBeGreaterThan(0);
  expect(begun.length).toBeLessThan(50);
});

test("P7 history is bounded in rows and in age: the oldest go first, actions with their runs", () => {
  const store = opened({ historyRows: 3, historyAgeMs: 100 });
  for (let n = 1; n <= 5; n++) {
    store.recordRun(run(n));
    store.recordEvent(event(n));
  }
  expect(store.runs(null, 10).map(({ message }) => message)).toEqual(["run 5", "run 4", "run 3"]);
  expect(store.events(10)).toHaveLength(3);
  store.recordRun(run(104));
  store.recordEvent(event(105));
  expect(store.runs(null, 10)).toEqual([run(104), run(5), run(4)]);
  expect(store.events(10).map(({ atMs }) => atMs)).toEqual([105, 5]);
  store.close();
  const file = new DatabaseSync(join(stateDir(), "store.sqlite"));
  expect(file.prepare("SELECT count(*) AS rows FROM actions").get()).toEqual({ rows: 6 });
  file.close();
});

test("a full disk is told once, fails nobody, and is written to again when there is room", () => {
  let small: DatabaseSync | null = null;
  const database = openDatabase({
    file: join(stateDir(), "store.sqlite"),
    logger,
    migrate(db) {
      const done = migrate(db);
      db.exec("PRAGMA max_page_count = 25");
      small = db;
      return done;
    },
    carry: () => () => undefined,
  });
  const history = createHistory({
    database,
    clock: systemClock,
    logger,
    bounds: { maxRows: 1_000, maxAgeMs: 1_000_000 },
    maxBackoffs: 100,
  });
  closeLater(history, database);
  const large = run(1, { message: "x".repeat(50_000) });
  for (let n = 0; n < 3; n++) {
    history.recordRun(large);
    expect(history.runs(null, 10)).toEqual([]);
  }
  expect(warnings()).toEqual(["history cannot be written, going on without"]);
  small!.exec("PRAGMA max_page_count = 10000");
  history.recordRun(large);
  expect(history.runs(null, 10)).toEqual([large]);
  expect(small!.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
});

test("a state folder that is gone for good fails nobody who records", () => {
  const store = opened();
  store.recordRun(run(1));
  rmSync(stateDir(), { recursive: true });
  writeFileSync(stateDir(), "no folder any more");
  store.recordRun(run(2));
  store.removeBackoff("shop");
  store.close();
  expect(warnings()).toContain("history cannot be written, going on without");
});

test("a deleted file loses the history alone: backoffs are carried over", () => {
  const store = opened();
  store.recordRun(run(1));
  store.saveBackoff(backoff);
  expect(store.runs(null, 10)).toHaveLength(1);
  rmSync(join(stateDir(), "store.sqlite"));
  store.recordRun(run(2));
  expect(store.runs(null, 10)).toEqual([run(2)]);
  expect(store.backoffs()).toEqual([backoff]);
});

test("the store of the first version is brought up to date with what it holds", () => {
  mkdirSync(stateDir(), { recursive: true });
  const old = new DatabaseSync(join(stateDir(), "store.sqlite"));
  old.exec(`CREATE TABLE intents (resource TEXT PRIMARY KEY NOT NULL, at_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE known_projects (stack TEXT PRIMARY KEY NOT NULL, project_id TEXT NOT NULL) STRICT;
    INSERT INTO known_projects VALUES ('shop', 'p1');
    PRAGMA user_version = 1`);
  old.close();
  const store = opened();
  store.recordRun(run(1));
  expect(store.runs("shop", 1)).toEqual([run(1)]);
  expect([...store.knownProjects()]).toEqual([["shop", "p1"]]);
  expect(warnings()).toEqual([]);
});
