import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { createClient } from "../contract/client.ts";
import { bench, makeApplication, until } from "./support.ts";

describe("transport", () => {
  test("a key that is bad, missing or sent as a bearer gets the answer without a code", async () => {
    const { sim } = await bench();
    const expected = { message: "Unauthorized" };
    expect((await createClient(sim.url, "wrong").get("project.all")).json).toEqual(expected);
    expect((await createClient(sim.url, undefined).get("project.all")).json).toEqual(expected);
  });

  test("a key with the default limit allows five plain requests or ten tRPC requests", async () => {
    const { sim } = await bench();
    const statuses = async (key: string, path: string, count: number): Promise<number[]> => {
      sim.state.addKey({ key, role: "owner", rateLimit: { max: 10 } });
      const limited = createClient(sim.url, key);
      const out: number[] = [];
      for (let i = 0; i < count; i++) out.push((await limited.raw(path)).status);
      return out;
    };
    expect(await statuses("a", "/api/settings.health", 6)).toEqual([200, 200, 200, 200, 200, 401]);
    const rpc = await statuses("b", "/api/trpc/settings.health", 11);
    expect(rpc).toEqual([...Array<number>(10).fill(200), 401]);
  });

  test("a limit that is met between the two checks answers with a code and a path", async () => {
    const { sim } = await bench();
    sim.state.addKey({ key: "odd", role: "owner", rateLimit: { max: 1 } });
    const reply = await createClient(sim.url, "odd").get("project.homeStats");
    expect(reply.status).toBe(401);
    expect(reply.json).toMatchObject({
      message: "UNAUTHORIZED",
      data: { path: "project.homeStats" },
    });
  });

  test("a missing row and an unknown procedure are both 404, only the first one with a path", async () => {
    const { client } = await bench();
    const missing = await client.get("project.one", { projectId: "nope" });
    const unknown = await client.get("nope.nope");
    const wrongMethod = await client.get("project.create");
    expect(missing.json.data.path).toBe("project.one");
    for (const reply of [unknown, wrongMethod]) {
      expect(reply.status).toBe(404);
      expect(reply.json).toMatchObject({ message: "Not found" });
      expect(reply.json.data).not.toHaveProperty("path");
    }
  });

  test("malformed JSON is a text, another media type a 415, a megabyte a 413", async () => {
    const { client } = await bench();
    const bad = await client.post("project.create", "{bad");
    expect([bad.status, bad.text]).toEqual([400, "Invalid JSON"]);
    const form = await client.raw("/api/project.create", { method: "POST", body: "name=x" });
    expect(form.status).toBe(415);
    const big = client.post("project.create", { name: "x".repeat(1_100_000) });
    const status = await big.then(
      (reply) => reply.status,
      () => "reset",
    );
    expect([413, "reset"]).toContain(status);
  });

  test("unknown fields are stripped silently", async () => {
    const { client } = await bench();
    const reply = await client.post("project.create", { name: "a", bogus: 1, projectId: "mine" });
    expect(reply.status).toBe(200);
    expect(reply.json.project.projectId).not.toBe("mine");
  });

  test("a database error leaks the statement with its parameters", async () => {
    const { client } = await bench();
    const reply = await client.post("environment.create", { name: "secret-name", projectId: "no" });
    expect(reply.status).toBe(400);
    expect(reply.json.message).toMatch(
      /Failed query: insert into "environment".*params: .*secret-name/s,
    );
  });

  test("big answers are zipped for those who accept it", async () => {
    const { sim, client } = await bench();
    sim.state.seed(50);
    const plain = await client.raw("/api/project.all", {
      headers: { "accept-encoding": "identity" },
    });
    const zipped = await client.raw("/api/project.all", { headers: { "accept-encoding": "gzip" } });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(zipped.headers.get("content-encoding")).toBe("gzip");
    expect(zipped.text).toBe(plain.text);
  });

  test("140 ids fit into the line of one request, 200 do not", async () => {
    const { client } = await bench();
    const { applicationId } = await makeApplication(client);
    const ask = (count: number): Promise<{ status: number }> =>
      client.batch(
        Array<string>(count).fill("application.one"),
        Array<unknown>(count).fill({ applicationId }),
      );
    expect((await ask(140)).status).toBe(200);
    expect((await ask(200)).status).toBe(431);
  });

  test("a batch with different fates is a 207, one with a single fate has its status", async () => {
    const { client } = await bench();
    const { applicationId } = await makeApplication(client);
    const one = ["application.one", "application.one"];
    const mixed = await client.batch(one, [{ applicationId }, { applicationId: "no" }]);
    expect(mixed.status).toBe(207);
    expect(mixed.json[0].result.data.json.applicationId).toBe(applicationId);
    expect(mixed.json[1].error.json).toMatchObject({
      code: -32004,
      message: "Application not found",
    });
    const none = await client.batch(one, [{ applicationId: "no" }, { applicationId: "no" }]);
    expect(none.status).toBe(404);
  });

  test("in a batch only the item with an unknown server fails", async () => {
    const { client } = await bench();
    const reply = await client.batch(
      ["project.all", "swarm.getNodeApps"],
      [null, { serverId: "elsewhere" }],
    );
    expect(reply.status).toBe(207);
    expect(reply.json[0]).toHaveProperty("result");
    expect(reply.json[1]).toHaveProperty("error");
  });

  test("what has no value is absent in plain answers and null in tRPC's", async () => {
    const { client } = await bench({ deployMs: 100_000 });
    const { applicationId } = await makeApplication(client);
    await client.post("application.deploy", { applicationId });
    const plain = await client.get("deployment.queueList");
    const rpc = await client.raw("/api/trpc/deployment.queueList");
    expect(plain.json[0]).not.toHaveProperty("finishedAt");
    expect(plain.json[0]).not.toHaveProperty("finishedOn");
    expect(rpc.json.result.data.json[0].finishedOn).toBeNull();
    expect(rpc.json.result.data.meta.values["0.finishedOn"]).toEqual(["undefined"]);
  });

  test("a write whose client went away before the answer lands later", async () => {
    const { sim } = await bench({ latency: "measured", timeScale: 2 });
    const req = request(`${sim.url}/api/project.create`, {
      method: "POST",
      headers: { "x-api-key": sim.apiKey, "content-type": "application/json" },
    });
    req.on("error", () => undefined);
    req.end(JSON.stringify({ name: "late" }));
    await until(() => sim.log.entries.length === 1);
    req.destroy();
    expect(sim.state.projects.size).toBe(0);
    await until(() => sim.state.projects.size === 1);
  });

  test("the log tells requests, writes and the items of batches apart", async () => {
    const { sim, client } = await bench();
    await client.post("project.create", { name: "a" });
    await client.batch(["project.all", "swarm.getNodes"]);
    expect(sim.log.entries).toHaveLength(2);
    expect(sim.log.writes().map((entry) => entry.procedures)).toEqual([["project.create"]]);
    expect(sim.log.counts()).toEqual({
      "project.create": 1,
      "project.all": 1,
      "swarm.getNodes": 1,
    });
    expect(sim.log.entries[1]).toMatchObject({ batchSize: 2, method: "GET", status: 200 });
    sim.log.clear();
    expect(sim.log.entries).toHaveLength(0);
  });

  test("the same seed gives the same ids", async () => {
    const ids = async (seed: number): Promise<unknown> => {
      const { client } = await bench({ seed });
      const { applicationId, appName } = await makeApplication(client);
      return { applicationId, appName };
    };
    expect(await ids(7)).toEqual(await ids(7));
    expect(await ids(7)).not.toEqual(await ids(8));
  });
});
