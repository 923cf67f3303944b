import { describe, expect, test } from "vitest";
import type { Json } from "../contract/client.ts";
import { bench, deployed, deploymentsOf, until, type Bench } from "./support.ts";

async function onServer(b: Bench, serverId: string): Promise<Json> {
  const project = await b.client.post("project.create", { name: `p-${serverId}` });
  const { environmentId } = project.json.environment;
  const made = await b.client.post("application.create", {
    name: "web",
    appName: "web",
    environmentId,
    serverId,
  });
  expect(made.status).toBe(200);
  await b.client.post("application.update", {
    applicationId: made.json.applicationId,
    sourceType: "docker",
    dockerImage: "nginx:1",
  });
  return made.json;
}

async function names(b: Bench, serverId?: string): Promise<string[]> {
  const { json } = await b.client.get(
    "swarm.getNodeApps",
    serverId === undefined ? {} : { serverId },
  );
  return json.map((one: Json) => one.Name);
}

describe("other servers", () => {
  test("each has a swarm of its own, which only calls with its id show", async () => {
    const b = await bench();
    const edge = b.sim.state.addServer({ name: "edge" });
    const app = await onServer(b, edge.serverId);
    await deployed(b, app.applicationId);
    expect(await names(b)).toEqual([]);
    expect(await names(b, edge.serverId)).toEqual([app.appName]);
    const input = { appName: app.appName };
    const tasks = await b.client.get("docker.getServiceContainersByAppName", input);
    expect(tasks.json).toEqual([]);
    const there = { ...input, serverId: edge.serverId };
    const own = await b.client.get("docker.getServiceContainersByAppName", there);
    expect(own.json).toHaveLength(1);
    const listed = await b.client.get("project.allForPermissions");
    expect(listed.json[0].environments[0].applications[0].serverId).toBe(edge.serverId);
  });

  test("its lists have the names, and no ssh key; one that cannot be deployed to is in one alone", async () => {
    const b = await bench();
    b.sim.state.addServer({ name: "edge" });
    b.sim.state.addServer({ name: "builder", serverType: "build" });
    b.sim.state.addServer({ name: "new", sshKeyId: null });
    const all = await b.client.get("server.all");
    expect(all.json.map((one: Json) => one.name).sort()).toEqual(["builder", "edge", "new"]);
    const usable = await b.client.get("server.withSSHKey");
    expect(usable.json.map((one: Json) => one.name)).toEqual(["edge"]);
    expect(JSON.stringify(all.json)).not.toContain("privateKey");
  });

  test("an unknown server is a 404 of that item, and of a create a 401", async () => {
    const b = await bench();
    const { status, json } = await b.client.get("swarm.getNodeApps", { serverId: "nobody" });
    expect([status, json.message]).toEqual([404, "Server not found"]);
    const project = await b.client.post("project.create", { name: "p" });
    const { environmentId } = project.json.environment;
    const input = { name: "web", appName: "web", environmentId, serverId: "nobody" };
    const made = await b.client.post("application.create", input);
    expect([made.status, made.json.message]).toEqual([
      401,
      "You are not authorized to access this server",
    ]);
  });

  test("one that is down answers nothing, fails deployments and keeps what is deleted", async () => {
    const b = await bench();
    const { serverId } = b.sim.state.addServer({ name: "edge" });
    const app = await onServer(b, serverId);
    await deployed(b, app.applicationId);
    b.sim.state.setServer(serverId, { reach: "refused" });
    expect(await names(b, serverId)).toEqual([]);
    const nodes = await b.client.get("swarm.getNodes", { serverId });
    expect(nodes.json).toBeUndefined();
    expect((await b.client.get("swarm.getNodes")).json).toHaveLength(1);
    await b.client.post("application.deploy", { applicationId: app.applicationId });
    await until(() =>
      deploymentsOf(b.sim, app.applicationId).some(({ status }) => status === "error"),
    );
    const deleted = await b.client.post("application.delete", { applicationId: app.applicationId });
    expect(deleted.status).toBe(200);
    b.sim.state.setServer(serverId, { reach: "up" });
    expect(await names(b, serverId)).toEqual([app.appName]);
  });

  test("a job on one does not wait for the jobs of another", async () => {
    const b = await bench();
    const { serverId } = b.sim.state.addServer({ name: "edge" });
    const there = await onServer(b, serverId);
    const other = await onServer(b, b.sim.state.addServer({ name: "far" }).serverId);
    const letGo = b.sim.faults.holdPulls("held");
    await b.client.post("application.update", {
      applicationId: there.applicationId,
      dockerImage: "held:1",
    });
    await b.client.post("application.deploy", { applicationId: there.applicationId });
    await b.client.post("application.deploy", { applicationId: other.applicationId });
    await until(() => deploymentsOf(b.sim, other.applicationId)[0]?.status === "done");
    expect(b.sim.state.queue.active.map(({ data }) => data.applicationId)).toEqual([
      there.applicationId,
    ]);
    letGo();
    await until(() => b.sim.state.queue.active.length === 0);
  });
});
