// The store in PostgreSQL where several processes have it: each sees what the others write, and one of them writes.
import { describe, expect, test } from "vitest";
import type { RunRecord } from "../../src/model/history.ts";
import type { Event } from "../../src/model/status.ts";
import type { SessionRecord } from "../../src/ports-sessions.ts";
import { loadKey } from "../../src/store/key.ts";
import { parseDatabaseUrl } from "../../src/store/postgres/address.ts";
import { lookAtDatabase, openSharedKey } from "../../src/store/postgres/look.ts";
import { createPicture } from "../../src/store/postgres/picture.ts";
import { postgresVersion } from "../../src/store/postgres/schema.ts";
import { openStore } from "../../src/store/store.ts";
import { useFolder } from "../support/folder.ts";
import { commonDatabase, postgresPrograms } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { failure, quick, suspend, suspended, useSharedStores } from "./shared-stores.ts";

const stateDir = useFolder("capstan-store-");
const { scope, open, ownDatabase, lines } = useSharedStores();

const session = (idHash: string): SessionRecord => ({
  ...{ idHash, proof: "token:12ab", startedAtMs: 1, expiresAtMs: 1_000_000 },
  person: { id: "oidc:ann", name: "Ann", email: null, role: "deployer" },
});
describe.skipIf(postgresPrograms === null)("the store in PostgreSQL", () => {
  test("has the tables and columns of a file, each with its scope", async () => {
    const { url, query } = await ownDatabase();
    await open({ url });
    const rows = await query(
      `SELECT table_name, column_name, data_type FROM information_schema.columns
       WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`,
    );
    for (const { name, columns, key } of createPicture(() => undefined).tables) {
      const found = rows.filter((row) => row.table_name === `capstan_${name}`);
      expect(
        found.map((row) => [row.column_name, row.data_type]),
        `a step in store/schema.ts needs one in store/postgres/schema.ts: ${name}`,
      ).toEqual([
        ["scope", "text"],
        ["written", "bigint"],
        ...columns.map((column) => [column.name, column.type]),
      ]);
      const keys = await query(
        `SELECT a.attname AS name FROM pg_index i JOIN pg_attribute a
         ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
         WHERE i.indrelid = $1::regclass AND i.indisprimary`,
        [`capstan_${name}`],
      );
      expect(keys.map((one) => one.name).sort()).toEqual(["scope", ...key].sort());
    }
  });

  test("is made once by processes that start together, and not at all where a newer one made it", async () => {
    const { url, query } = await ownDatabase();
    await Promise.all(Array.from({ length: 6 }, () => open({ url })));
    expect(await query("SELECT count(*)::int AS rows FROM capstan_versions")).toEqual([
      { rows: postgresVersion },
    ]);
    await query("INSERT INTO capstan_versions (version) VALUES (99)");
    expect(await failure(open({ url }))).toMatchObject({ code: "unsupported" });
  });

  test("shows a process at once what another one wrote, whole changes in their order", async () => {
    const holder = await open();
    await holder.lead();
    const other = await open();
    suspend(holder, "shop");
    holder.recordEvent({
      ...{ atMs: 1, kind: "note", level: "info", stack: "shop", revision: null, message: "hello" },
    });
    await holder.handOver();
    await other.caughtUp();
    expect([suspended(other), other.events(5).map(({ message }) => message)]).toEqual([
      ["shop"],
      ["hello"],
    ]);
    holder.removeSuspension("shop");
    holder.saveTombstones(
      ["a", "b"].map((id) => ({
        ...{ id, stack: "shop", kind: "project", appName: null, reason: "gone", sinceMs: 1 },
      })),
    );
    // Nobody asks: the database says it.
    await until("the other one sees it", () => other.tombstones().length > 0);
    expect([suspended(other), other.tombstones().map(({ id }) => id)]).toEqual([[], ["a", "b"]]);
  });

  test("keeps scopes apart", async () => {
    const [one, two] = [await open(), await open({ scope: `${scope()}/x` })];
    await Promise.all([one.lead(), two.lead()]);
    suspend(one, "shop");
    await one.written();
    await two.caughtUp();
    await two.lead();
    expect([suspended(one), suspended(two)]).toEqual([["shop"], []]);
    await one.written();
  });

  test("W12 refuses what a process writes that does not lead any more, and tells it", async () => {
    const first = await open();
    const told: string[] = [];
    first.onLost((why) => told.push(why));
    await first.lead();
    suspend(first, "shop");
    await first.written();
    const second = await open({ holder: "capstan run on host-b" });
    await second.lead();
    expect(suspended(second)).toEqual(["shop"]);
    // It may not have heard of it yet.
    suspend(first, "late");
    first.removeSuspension("shop");
    expect(await failure(first.written())).toMatchObject({
      code: "conflict",
      message: "capstan run on host-b has taken over the store in the database",
    });
    suspend(first, "later");
    expect((await failure(first.written())).code).toBe("conflict");
    await until("it is told", () => told.length > 0);
    expect(told).toHaveLength(1);
    await second.written();
    expect(suspended(await open())).toEqual(["shop"]);
    // Back again, it has what the other one wrote, and nothing of its own that was refused.
    suspend(second, "blog");
    await second.written();
    await first.lead();
    expect(suspended(first)).toEqual(["blog", "shop"]);
    expect((await failure(second.written())).code).toBe("conflict");
  });

  test("loses nothing of what one recorded that another one took over from", async () => {
    const first = await open();
    await first.lead();
    const event = (number: number): Event => ({
      ...{ id: `aaa-${number}`, atMs: number, kind: "note", level: "info", stack: "shop" },
      ...{ revision: null, message: `event ${number}` },
    });
    const run = (n: number): RunRecord => ({
      ...{ stack: "shop", revision: "r", startedAtMs: n, endedAtMs: n + 1, outcome: "converged" },
      ...{ message: `run ${n}`, reasons: [] },
      actions: [
        {
          ...{ title: `action of ${n}`, status: "done", message: "", reason: "" },
          ...{ type: null, service: null, cause: null },
        },
      ],
    });
    first.recordEvent(event(1));
    first.recordRun(run(1));
    await first.handOver();
    first.recordEvent(event(2));
    first.recordRun(run(2));
    const second = await open();
    await second.lead();
    second.recordRun(run(3));
    await second.handOver();
    await first.handOver();
    await until("the second has it", () => second.events(9).length === 2);
    expect(second.events(9)).toEqual([event(2), event(1)]);
    const runs = second.runs(null, 9).map(({ message, actions }) => [message, actions[0]?.title]);
    expect(runs.toSorted()).toEqual([
      ["run 1", "action of 1"],
      ["run 2", "action of 2"],
      ["run 3", "action of 3"],
    ]);
    await second.handOver();
    expect((await open()).events(9)).toEqual([event(2), event(1)]);
  });

  test("W12 tells one that writes nothing too that another one leads", async () => {
    const first = await open();
    const lost = new Promise<string>((resolve) => {
      first.onLost(resolve);
    });
    await first.lead();
    await (await open({ holder: "capstan run on host-b" })).lead();
    expect(await lost).toBe("capstan run on host-b has taken over the store in the database");
  });

  test("W12 keeps nothing of the engine's for a process that does not lead", async () => {
    const holder = await open();
    await holder.lead();
    const other = await open();
    suspend(other, "shop");
    other.saveMemo({ kind: "approval", stack: "", key: "d", text: "{}", atMs: 1 });
    await other.written();
    await holder.caughtUp();
    expect(suspended(holder)).toEqual([]);
    await other.lead();
    expect([suspended(other), other.memos()]).toEqual([[], []]);
  });

  test("P6 who signs in or out at one process does so at all, whoever leads", async () => {
    const [holder, one, two] = [await open(), await open(), await open()];
    await holder.lead();
    one.saveSession(session("a"));
    await one.written();
    await Promise.all([holder.caughtUp(), two.caughtUp()]);
    expect([holder.session("a"), two.session("a")]).toEqual([session("a"), session("a")]);
    two.removeSession("a");
    await two.written();
    await Promise.all([holder.caughtUp(), one.caughtUp()]);
    expect([holder.session("a"), one.session("a")]).toEqual([null, null]);
    await holder.written();
  });

  test("catches up after more changes than are kept, without losing its own", async () => {
    const { query } = await commonDatabase();
    const holder = await open();
    await holder.lead();
    const other = await open();
    for (const stack of ["a", "b", "c"]) {
      suspend(holder, stack);
      await holder.written();
    }
    holder.removeSuspension("a");
    await holder.written();
    await query("DELETE FROM capstan_changes WHERE scope = $1", [scope()]);
    suspend(holder, "d");
    await holder.written();
    await other.caughtUp();
    expect(suspended(other)).toEqual(["b", "c", "d"]);
  });

  test("P7 bounds what it keeps for those that follow", async () => {
    const { query } = await commonDatabase();
    const store = await open();
    await store.lead();
    await query("UPDATE capstan_scopes SET seq = 4990 WHERE scope = $1", [scope()]);
    for (let n = 0; n < 20; n++) {
      store.saveKnownProject("shop", `p${n}`);
      await store.written();
    }
    const [{ least } = {}] = await query(
      "SELECT min(seq)::int AS least FROM capstan_changes WHERE scope = $1",
      [scope()],
    );
    expect(Number(least)).toBeGreaterThan(4_000);
  });

  test("keeps what services print, whatever it is", async () => {
    const store = await open();
    await store.lead();
    const text = "a\u0000b\ud800c";
    store.saveMemo({ kind: "deploy", stack: "shop", key: text, text, atMs: 1 });
    await store.written();
    store.removeMemo("deploy", "shop", "none");
    expect((await open()).memos()).toMatchObject([
      { key: "a\ufffdb\ufffdc", text: "a\ufffdb\ufffdc" },
    ]);
    store.removeMemo("deploy", "shop", text);
    await store.written();
    expect((await open()).memos()).toEqual([]);
  });

  test("begins with what a file in the state folder held, once", async () => {
    const file = openStore(stateDir());
    suspend(file, "shop");
    file.recordEvent({
      ...{ atMs: 1, kind: "note", level: "info", stack: null, revision: null, message: "old" },
    });
    file.close();
    const store = await open({ stateDir: stateDir() });
    expect(suspended(store)).toEqual([]);
    await store.lead();
    expect([suspended(store), store.events(5).map(({ message }) => message)]).toEqual([
      ["shop"],
      ["old"],
    ]);
    store.removeSuspension("shop");
    await store.handOver();
    const again = await open({ stateDir: stateDir() });
    await again.lead();
    expect([suspended(again), again.events(5)]).toMatchObject([[], [{ message: "old" }]]);
  });

  test("has one key for all: the first one's, and another one is told", async () => {
    const { url } = await ownDatabase();
    const address = parseDatabaseUrl(url);
    const key = loadKey(stateDir());
    expect(await openSharedKey(address, stateDir())).toEqual(key);
    expect(await openSharedKey(address, `${stateDir()}/none`)).toEqual(key);
    loadKey(`${stateDir()}/third`);
    expect(await failure(openSharedKey(address, `${stateDir()}/third`))).toMatchObject({
      code: "conflict",
      hint: "delete the file `key` there: that costs one deep read and no deploy",
    });
  });

  test("has one key for all where none had one, also of processes that start together", async () => {
    const { url } = await ownDatabase();
    const folders = Array.from({ length: 5 }, (_, n) => `${stateDir()}/none-${n}`);
    const keys = await Promise.all(
      folders.map((folder) => openSharedKey(parseDatabaseUrl(url), folder)),
    );
    expect(keys[0]).toHaveLength(32);
    expect(new Set(keys.map((one) => Buffer.from(one).toString("hex"))).size).toBe(1);
  });

  test("is looked at by the doctor, who changes nothing", async () => {
    const { url, query } = await ownDatabase();
    await open({ url });
    const before = await query("SELECT * FROM capstan_scopes");
    const { version, answeredInMs } = await lookAtDatabase(parseDatabaseUrl(url));
    expect(version).toMatch(/^\d+/);
    expect(answeredInMs).toBeLessThan(10_000);
    expect(await query("SELECT * FROM capstan_scopes")).toEqual(before);
  });

  test("P5 shows the password to nobody, whatever is wrong", async () => {
    const { url } = await commonDatabase();
    const { password, host } = new URL(url);
    const secret = "s3cr3t-of-nobody";
    const wrongs = [
      url.replace(password, secret),
      `postgres://capstan:${secret}@${host}/nowhere`,
      `postgres://capstan:${secret}@127.0.0.1:1/capstan`,
      `postgres://capstan:${secret}@no-such-host.invalid/capstan`,
      `${url.replace(password, secret)}?sslmode=require`,
    ];
    for (const wrong of wrongs) {
      const { code, message, hint } = await failure(
        open({ url: wrong, times: quick, openWithinMs: 0 }),
      );
      expect(["unauthorised", "unavailable", "invalid"]).toContain(code);
      expect(`${message} ${hint}`).not.toContain(secret);
    }
    const { code } = await failure(open({ url: url.replace(/\/t_\w+$/, "/no_such_database") }));
    expect(code).toBe("invalid");
    expect(lines().join("\n")).not.toContain(secret);
  });
});
