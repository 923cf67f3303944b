// What holds for a store wherever it is.
import { expect, test } from "vitest";
import type { CheckRow } from "../../src/model/checks.ts";
import type { DeploymentRecord } from "../../src/model/deployment.ts";
import type { Store } from "../../src/ports-store.ts";
import { onEveryStore } from "./both.ts";

function all(store: Store): unknown {
  return { intents: store.intents(), projects: Object.fromEntries(store.knownProjects()) };
}

const check = (sha: string, more: Partial<CheckRow> = {}): CheckRow => ({
  ...{ sha, context: "capstan/reconcile", stack: null, reason: "unread", state: "pending" },
  ...{ description: "it begins", change: null, atMs: 1, owed: true },
  ...more,
});

const deployment = (id: string, more: Partial<DeploymentRecord> = {}): DeploymentRecord => ({
  ...{ id, name: "shop", template: "ai-stack", url: null, startedAtMs: 1, sha: null },
  ...{ owner: { id: "token:ann", name: "Ann", role: "deployer" }, review: null },
  ...{ writtenAtMs: null, end: null },
  ...more,
});

onEveryStore(({ open, end }) => {
  test("W3 O1 intents and known projects are there after a restart; saving again replaces, removing may be repeated", async () => {
    const store = await open();
    expect(all(store)).toEqual({ intents: [], projects: {} });
    store.saveIntent({ resource: "project alice", atMs: 2 });
    store.saveIntent({ resource: "app/web of bob", atMs: 1 });
    store.saveIntent({ resource: "gone", atMs: 1 });
    store.saveKnownProject("alice", "p1");
    store.saveKnownProject("alice", "p2");
    store.saveKnownProject("gone", "p3");
    store.saveIntent({ resource: "project alice", atMs: 0 });
    for (const name of ["gone", "gone"]) {
      store.removeIntent(name);
      store.removeKnownProject(name);
    }
    await end(store);
    expect(all(await open())).toEqual({
      intents: [
        { resource: "project alice", atMs: 0 },
        { resource: "app/web of bob", atMs: 1 },
      ],
      projects: { alice: "p2" },
    });
  });

  test("W3 what was written is there after a kill: nothing waits for the end", async () => {
    const store = await open();
    store.saveIntent({ resource: "project alice", atMs: 2 });
    await store.written();
    expect((await open()).intents()).toEqual([{ resource: "project alice", atMs: 2 }]);
  });

  test("P7 tables are bounded: the oldest rows go first, after a restart too", async () => {
    const store = await open({ maxRows: 3 });
    for (let i = 1; i <= 5; i++) {
      store.saveIntent({ resource: `r${i}`, atMs: 100 - i });
      store.saveKnownProject(`s${i}`, `p${i}`);
    }
    await end(store);
    const again = await open({ maxRows: 3 });
    expect(again.intents().map(({ resource }) => resource)).toEqual(["r3", "r2", "r1"]);
    expect([...again.knownProjects().keys()]).toEqual(["s3", "s4", "s5"]);
  });

  test("names with quotes and any characters are kept as they are", async () => {
    const store = await open();
    const stack = `a'b"c; DROP TABLE intents; -- $1 \\ ä\n`;
    store.saveKnownProject(stack, stack);
    await end(store);
    expect((await open()).knownProjects().get(stack)).toBe(stack);
  });

  test("P1 what the Git host is owed stays owed until it is told, in its order", async () => {
    const store = await open();
    store.saveChecks([check("a"), check("b")]);
    store.saveChecks([check("a", { state: "success", description: "done" })]);
    const [first] = store.owedChecks(10);
    expect(first).toMatchObject({ sha: "a", state: "success", version: 2 });
    store.checkTold({ ...first!, version: 1 });
    await end(store);
    const again = await open();
    expect(again.owedChecks(10).map(({ sha }) => sha)).toEqual(["a", "b"]);
    again.checkTold(again.owedChecks(1)[0]!);
    expect([again.owedCount(), again.newestCommits(5)]).toEqual([1, ["b", "a"]]);
    expect(again.pendingChecks().map(({ sha }) => sha)).toEqual(["b"]);
    expect(again.checks("a")).toMatchObject([{ description: "done", owed: false }]);
  });

  test("deployments of the portal are found by id, owner and name, the newest first", async () => {
    const store = await open();
    store.saveDeployment(deployment("d1"));
    store.saveDeployment(deployment("d2", { startedAtMs: 2, name: "blog" }));
    const ended = { atMs: 5, status: "completed", error: null } as const;
    store.saveDeployment(deployment("d1", { end: ended }));
    await end(store);
    const again = await open();
    expect(again.deployment("d1")).toEqual(deployment("d1", { end: ended }));
    expect(again.openDeployments().map(({ id }) => id)).toEqual(["d2"]);
    expect(again.newestDeployments("token:ann", 5).map(({ id }) => id)).toEqual(["d2", "d1"]);
    expect(again.deploymentsOf("blog", 5).map(({ id }) => id)).toEqual(["d2"]);
  });
});
