import { describe, expect, test } from "vitest";
import type { Json } from "../contract/client.ts";
import { bench, deploy, deployed, deploymentsOf, makeApplication, until } from "./support.ts";

const FOUR = [
  "project.all",
  "project.allForPermissions",
  "swarm.getNodeApps",
  "swarm.getNodes",
] as const;

describe("faults", () => {
  test("a lost answer leaves its write behind, a reset does not", async () => {
    const { sim, client } = await bench();
    sim.faults.add({ kind: "answerLost", procedure: "project.create" });
    await expect(client.post("project.create", { name: "a" })).rejects.toThrow();
    expect(sim.state.projects.size).toBe(1);
    sim.faults.add({ kind: "reset", procedure: "project.*" });
    await expect(client.post("project.create", { name: "b" })).rejects.toThrow();
    expect(sim.state.projects.size).toBe(1);
    expect((await client.post("project.create", { name: "c" })).status).toBe(200);
  });

  test("a late write lands after the connection was lost", async () => {
    const { sim, client } = await bench();
    sim.faults.add({ kind: "lateWrite", procedure: "project.create", ms: 60_000 });
    await expect(client.post("project.create", { name: "a" })).rejects.toThrow();
    expect(sim.state.projects.size).toBe(0);
    await until(() => sim.state.projects.size === 1);
  });

  test("landed waits for a write that goes on without its client, and for none whose time has not come", async () => {
    const { sim, client } = await bench();
    const { applicationId, appName } = await makeApplication(client);
    const lose = async (username: string, ms: number): Promise<void> => {
      sim.faults.add({ kind: "lateWrite", procedure: "security.create", ms });
      const call = client.post("security.create", { applicationId, username, password: "p" });
      await expect(call).rejects.toThrow();
      await sim.landed();
    };
    await lose("later", 1e9);
    expect(sim.state.middlewareFile).toEqual({});
    await lose("now", 0);
    expect(Object.keys(sim.state.middlewareFile)).toEqual([`auth-${appName}`]);
  });

  test.each([
    ["status500", 500, "application/json"],
    ["html502", 502, "text/html"],
    ["ratelimit401", 401, "application/json; charset=utf-8"],
    ["junk", 200, "text/html"],
  ] as const)(
    "%s answers instead of Dokploy, and nothing is written",
    async (kind, status, type) => {
      const { sim, client } = await bench();
      sim.faults.add({ kind });
      const reply = await client.post("project.create", { name: "a" });
      expect([reply.status, reply.headers.get("content-type")]).toEqual([status, type]);
      expect(sim.state.projects.size).toBe(0);
    },
  );

  test("a 502 can hide a write that was carried out", async () => {
    const { sim, client } = await bench();
    sim.faults.add({ kind: "html502", applied: true });
    expect((await client.post("project.create", { name: "a" })).status).toBe(502);
    expect(sim.state.projects.size).toBe(1);
  });

  test("a request that hangs can have written all the same", async () => {
    const { sim, client } = await bench();
    sim.faults.add({ kind: "hang", procedure: "project.create", applied: true });
    const never = client.post("project.create", { name: "a" }).catch(() => "gone");
    await until(() => sim.state.projects.size === 1);
    expect(sim.log.entries[0]?.status).toBeNull();
    await sim.close();
    expect(await never).toBe("gone");
  });

  test("lists can be empty, cut down, cut off or of another shape, in a batch too", async () => {
    const { sim, client } = await bench();
    sim.state.seed(10);
    const batch = async (): Promise<Json> => (await client.batch(FOUR)).json;
    sim.faults.add({ kind: "emptyList", procedure: "project.all" });
    const empty = await batch();
    expect(empty[0].result.data.json).toEqual([]);
    expect(empty[2].result.data.json).toHaveLength(10);
    sim.faults.add({ kind: "filteredList", procedure: "project.all", keep: 0.3 });
    expect((await batch())[0].result.data.json).toHaveLength(3);
    sim.faults.add({ kind: "wrongShape", procedure: "project.all" });
    expect((await batch())[0].result.data.json).toEqual({ unexpected: true });
    sim.faults.add({ kind: "truncated", procedure: "project.all" });
    expect(await batch()).toBeTypeOf("string");
    sim.faults.add({ kind: "emptyList", procedure: "project.all" });
    expect((await client.get("project.all")).json).toEqual([]);
    expect((await client.get("project.all")).json).toHaveLength(10);
  });

  test("a refused batch leaves single calls alone", async () => {
    const { sim, client } = await bench();
    sim.faults.add({ kind: "batchRefused", times: "always" });
    expect((await client.batch(FOUR)).status).toBe(404);
    expect((await client.get("project.all")).status).toBe(200);
    expect((await client.raw("/api/trpc/project.all")).status).toBe(200);
    sim.faults.clear();
    expect((await client.batch(FOUR)).status).toBe(200);
  });

  test("of a batch half can be carried out, and answers can lack an item or have a strange one", async () => {
    const { sim, client } = await bench();
    const names = ["a", "b", "c", "d"];
    const creates = names.map(() => "project.create");
    const batch = () =>
      client.batchPost(
        creates,
        names.map((name) => ({ name })),
      );
    sim.faults.add({ kind: "halfBatch" });
    expect((await client.post("project.create", { name: "alone" })).status).toBe(200);
    await expect(batch()).rejects.toThrow();
    expect([...sim.state.projects.values()].map(({ name }) => name)).toEqual(["alone", "a", "b"]);
    sim.faults.add({ kind: "shortBatch" });
    expect((await batch()).json).toHaveLength(3);
    sim.faults.add({ kind: "strangeItem" });
    expect((await batch()).json.at(-1)).toEqual({ strange: true });
    expect(sim.state.projects.size).toBe(11);
  });

  test("a rule strikes at the nth call, so many times, or with a probability that is reproducible", async () => {
    const statuses = async (rule: object): Promise<number[]> => {
      const { sim, client } = await bench();
      sim.faults.add({ kind: "status500", procedure: "settings.*", ...rule });
      const out: number[] = [];
      for (let i = 0; i < 8; i++) out.push((await client.get("settings.health")).status);
      return out;
    };
    expect(await statuses({ nth: 2 })).toEqual([200, 500, 200, 200, 200, 200, 200, 200]);
    expect(await statuses({ times: 3 })).toEqual([500, 500, 500, 200, 200, 200, 200, 200]);
    const some = { probability: 0.5, times: "always", seed: 3 };
    const first = await statuses(some);
    expect(first).toContain(200);
    expect(first).toContain(500);
    expect(await statuses(some)).toEqual(first);
  });

  test("a rule can be taken back, and never counts other procedures", async () => {
    const { sim, client } = await bench();
    const takeBack = sim.faults.add({
      kind: "status500",
      procedure: "project.one",
      times: "always",
    });
    expect((await client.get("project.all")).status).toBe(200);
    takeBack();
    expect((await client.get("project.one", { projectId: "no" })).status).toBe(404);
  });

  test("latency delays and hanging never answers, while the rest goes on", async () => {
    const { sim, client } = await bench({ timeScale: 0.1 });
    sim.faults.add({ kind: "latency", procedure: "settings.health", ms: 500 });
    const before = Date.now();
    await client.get("settings.health");
    expect(Date.now() - before).toBeGreaterThanOrEqual(45);
    sim.faults.add({ kind: "hang", procedure: "project.all" });
    const hung = client.raw("/api/project.all", { signal: AbortSignal.timeout(100) });
    const neverAnswered = expect(hung).rejects.toThrow();
    expect((await client.get("settings.health")).status).toBe(200);
    await neverAnswered;
  });

  test("refused connections come back on the same port", async () => {
    const { sim, client } = await bench();
    const { projectId } = await makeApplication(client);
    const returns = new AbortController();
    const again = sim.faults.refuse(3_600_000, returns.signal);
    await expect(client.get("settings.health")).rejects.toThrow();
    returns.abort();
    await again;
    expect((await client.get("project.one", { projectId })).status).toBe(200);
  });

  test("held pulls end when they are let go, and others do not wait for them", async () => {
    const b = await bench({ timeScale: 0.001 });
    const held = await makeApplication(b.client, { image: "acme/web:7" });
    const other = await makeApplication(b.client, { appName: "other", image: "acme/api:1" });
    await b.client.post("settings.updateBuildsConcurrency", { buildsConcurrency: 2 });
    const release = b.sim.faults.holdPulls("acme/web");
    await deploy(b.client, held.applicationId);
    await deploy(b.client, other.applicationId);
    const of = (id: string) => deploymentsOf(b.sim, id).map((row) => row.status);
    await until(() => of(other.applicationId)[0] === "done");
    expect(of(held.applicationId)).toEqual(["running"]);
    release();
    await until(() => of(held.applicationId)[0] === "done");
  });

  test("an image can be told to behave otherwise", async () => {
    const b = await bench();
    const { applicationId } = await makeApplication(b.client, { image: "acme/web:7" });
    b.sim.faults.image("acme/web", "missing");
    await deployed(b, applicationId);
    b.sim.faults.image("acme/web", "healthy");
    await deployed(b, applicationId);
    expect(deploymentsOf(b.sim, applicationId).map((row) => row.status)).toEqual(["error", "done"]);
  });

  test("closing twice is fine, also while down and while somebody waits", async () => {
    const { sim, client } = await bench({ timeScale: 1 });
    sim.faults.hang();
    const waiting = client.get("settings.health").catch(() => "gone");
    await until(() => sim.log.entries.length === 1);
    void sim.faults.restart({ downMs: 60_000 });
    await sim.close();
    await sim.close();
    expect(await waiting).toBe("gone");
  });
});

describe("the control endpoint", () => {
  const control = (url: string, body: unknown): Promise<Response> =>
    fetch(`${url}/__control`, { method: "POST", body: JSON.stringify(body) });

  test("injects the same faults and shows the state", async () => {
    const { sim, client } = await bench();
    const rule = { kind: "status500", procedure: "project.*", times: 2 };
    expect((await control(sim.url, { action: "fault", rule })).status).toBe(200);
    expect((await client.get("project.all")).status).toBe(500);
    await control(sim.url, { action: "clear" });
    const { applicationId } = await makeApplication(client);
    await control(sim.url, { action: "image", match: "nginx", behaviour: "crash" });
    await control(sim.url, {
      action: "editApplication",
      applicationId,
      changes: { description: "by hand" },
    });
    const state: Json = await (await fetch(`${sim.url}/__control/state`)).json();
    expect(state.applications[applicationId].description).toBe("by hand");
    expect(state.images).toEqual([{ match: "nginx", behaviour: "crash" }]);
    expect(JSON.stringify(state)).not.toContain(sim.apiKey);
  });

  test("restarts a server that hangs", async () => {
    const { sim, client } = await bench();
    await control(sim.url, { action: "hang" });
    expect(sim.state.hung).toBe(true);
    await control(sim.url, { action: "restart", downMs: 100 });
    await until(async () =>
      client.get("settings.health").then(
        () => true,
        () => false,
      ),
    );
    expect(sim.state.hung).toBe(false);
  });

  test("refuses what it does not know", async () => {
    const { sim } = await bench();
    expect((await control(sim.url, { action: "fault", rule: { kind: "nonsense" } })).status).toBe(
      400,
    );
    expect((await control(sim.url, { action: "nonsense" })).status).toBe(400);
  });
});
