import { describe, expect, test } from "vitest";
import type { Simulator } from "../../src/simulator/server.ts";
import type { Json, Client } from "../contract/client.ts";
import { bench, deployed, deploymentsOf, makeApplication, until, type Bench } from "./support.ts";

async function config(client: Client, sim: Simulator, appName: string): Promise<Json> {
  const id = sim.state.swarmServices.get(appName)?.ID.slice(0, 12) ?? "";
  return (await client.get("docker.getConfig", { containerId: id })).json;
}

async function replicas(client: Client): Promise<string[]> {
  return (await client.get("swarm.getNodeApps")).json.map((one: Json) => one.Replicas);
}

async function running(b: Bench, fields: Record<string, unknown> = {}): Promise<Json> {
  const made = await makeApplication(b.client, {
    env: "A=1",
    labelsSwarm: { rev: "1" },
    ...fields,
  });
  await deployed(b, made.applicationId);
  return made;
}

describe("swarm", () => {
  test("labels, aliases, limits, command and mounts reach the live service", async () => {
    const b = await bench();
    const made = await makeApplication(b.client, {
      labelsSwarm: { "capstan.want": "abc.1" },
      networkSwarm: [{ Target: "dokploy-network", Aliases: ["shop-web"] }],
      memoryLimit: "512m",
      cpuLimit: "500000000",
      command: "sh -c",
      args: ["exit 1"],
      replicas: 2,
    });
    await b.client.post("mounts.create", {
      serviceId: made.applicationId,
      serviceType: "application",
      type: "file",
      filePath: "a.conf",
      content: "x",
      mountPath: "/a.conf",
    });
    await deployed(b, made.applicationId);
    const { Spec } = await config(b.client, b.sim, made.appName);
    const container = Spec.TaskTemplate.ContainerSpec;
    expect(container.Labels).toEqual({ "capstan.want": "abc.1" });
    expect(container.Command).toEqual(["sh", "-c"]);
    expect(container.Args).toEqual(["exit 1"]);
    expect(container.Mounts).toEqual([
      {
        Type: "bind",
        Source: `/etc/dokploy/applications/${made.appName}/files/a.conf`,
        Target: "/a.conf",
      },
    ]);
    expect(Spec.TaskTemplate.Networks[0].Aliases).toEqual(["shop-web"]);
    // parseInt: what a person wrote as 512 megabytes is 512 bytes.
    expect(Spec.TaskTemplate.Resources.Limits).toEqual({ MemoryBytes: 512, NanoCPUs: 500000000 });
    expect(await replicas(b.client)).toEqual(["2/2"]);
  });

  test("a crash loop is a deployment that is done", async () => {
    const b = await bench();
    const { applicationId, appName } = await running(b, { image: "acme/crash:1" });
    expect(deploymentsOf(b.sim, applicationId)[0].status).toBe("done");
    expect(await replicas(b.client)).toEqual(["0/1"]);
    const tasks = await b.client.get("docker.getServiceContainersByAppName", { appName });
    expect(tasks.json[0].state).toBe("running");
    expect(tasks.json[1]).toMatchObject({ state: "shutdown", error: '"task: non-zero exit (2)"' });
  });

  test("a failed update is rolled back: done, 1/1, and the old spec is what runs", async () => {
    const b = await bench();
    const { applicationId, appName } = await running(b);
    await b.client.post("application.update", {
      applicationId,
      dockerImage: "acme/crash:2",
      env: "A=2",
      labelsSwarm: { rev: "2" },
    });
    await deployed(b, applicationId);
    await until(async () =>
      /rollback/.test((await config(b.client, b.sim, appName)).UpdateStatus.State),
    );
    const live = await config(b.client, b.sim, appName);
    expect(live.UpdateStatus).toMatchObject({
      State: "rollback_completed",
      Message: "rollback completed",
    });
    expect(live.Spec.TaskTemplate.ContainerSpec).toMatchObject({
      Image: "nginx:1",
      Env: ["A=1"],
      Labels: { rev: "1" },
    });
    const one = await b.client.get("application.one", { applicationId });
    expect(one.json.applicationStatus).toBe("done");
    expect(await replicas(b.client)).toEqual(["1/1"]);
  });

  test("an update that works is updating first and completed later; a first start has no status", async () => {
    const b = await bench({ timeScale: 0.1, deployMs: 10 });
    const { applicationId, appName } = await running(b);
    expect(await config(b.client, b.sim, appName)).not.toHaveProperty("UpdateStatus");
    await deployed(b, applicationId);
    expect((await config(b.client, b.sim, appName)).UpdateStatus.State).toBe("updating");
    await until(
      async () => (await config(b.client, b.sim, appName)).UpdateStatus.State === "completed",
    );
  });

  test("a port on the host with start-first updates for ever, stop-first does not", async () => {
    const b = await bench();
    const { applicationId, appName } = await makeApplication(b.client);
    await b.client.post("port.create", {
      applicationId,
      publishedPort: 2222,
      targetPort: 22,
      publishMode: "host",
      protocol: "tcp",
    });
    await deployed(b, applicationId);
    await b.client.post("application.update", { applicationId, dockerImage: "nginx:2" });
    await deployed(b, applicationId);
    const service = b.sim.state.swarmServices.get(appName);
    expect(service?.updateStatus?.State).toBe("updating");
    expect(service?.running.image).toBe("nginx:1");
    expect(await replicas(b.client)).toEqual(["1/1"]);
    await b.client.post("application.update", {
      applicationId,
      updateConfigSwarm: { Parallelism: 1, Order: "stop-first" },
    });
    await deployed(b, applicationId);
    expect(service?.running.image).toBe("nginx:2");
    await until(() => service?.updateStatus?.State === "completed");
  });

  test("stop leaves 0/0, start scales to one whatever the replicas are", async () => {
    const b = await bench();
    const { applicationId } = await running(b, { replicas: 3 });
    await b.client.post("application.stop", { applicationId });
    expect(await replicas(b.client)).toEqual(["0/0"]);
    expect(b.sim.state.applications.get(applicationId)?.applicationStatus).toBe("idle");
    await b.client.post("application.start", { applicationId });
    expect(await replicas(b.client)).toEqual(["1/1"]);
  });

  test("stop in the middle of an update ends it: docker forgets it with the new number of replicas", async () => {
    const b = await bench({ timeScale: 0.1, deployMs: 10 });
    const { applicationId, appName } = await running(b);
    await deployed(b, applicationId);
    expect((await config(b.client, b.sim, appName)).UpdateStatus.State).toBe("updating");
    b.sim.state.scaleSwarmService(appName, 0);
    expect(await config(b.client, b.sim, appName)).not.toHaveProperty("UpdateStatus");
    await deployed(b, applicationId);
    expect(await replicas(b.client)).toEqual(["1/1"]);
    await until(
      async () => (await config(b.client, b.sim, appName)).UpdateStatus.State === "completed",
    );
  });

  test("start without a service is a 500 with docker's text, reload creates it again", async () => {
    const b = await bench();
    const { applicationId, appName } = await running(b);
    b.sim.state.removeSwarmService(appName);
    const started = await b.client.post("application.start", { applicationId });
    expect(started.status).toBe(500);
    expect(started.json.message).toContain(`service ${appName} not found`);
    const rows = deploymentsOf(b.sim, applicationId).length;
    await b.client.post("application.reload", { applicationId, appName });
    expect(await replicas(b.client)).toEqual(["1/1"]);
    expect(deploymentsOf(b.sim, applicationId)).toHaveLength(rows);
  });

  test("replicas: null means none, a fraction is a 500, a negative number is accepted", async () => {
    const b = await bench();
    const { applicationId } = await running(b, { replicas: 2 });
    const update = (replicas: unknown): Promise<{ status: number }> =>
      b.client.post("application.update", { applicationId, replicas });
    expect((await update(null)).status).toBe(200);
    await deployed(b, applicationId);
    expect(await replicas(b.client)).toEqual(["0/0"]);
    expect((await update(1.5)).status).toBe(500);
    expect((await update(-1)).status).toBe(200);
    expect(b.sim.state.applications.get(applicationId)?.replicas).toBe(-1);
  });

  test("services named like Dokploy's own are never listed", async () => {
    const b = await bench();
    await running(b, { appName: "dokploy-web" });
    expect(await replicas(b.client)).toEqual([]);
    expect(b.sim.state.swarmServices.size).toBe(1);
  });

  test("docker errors read as an empty swarm, which only the nodes can unmask", async () => {
    const b = await bench();
    await running(b);
    const nodes = async (): Promise<{ status: number; text: string }> =>
      b.client.get("swarm.getNodes");
    expect((await nodes()).status).toBe(200);
    b.sim.faults.dockerDown(true);
    expect(await replicas(b.client)).toEqual([]);
    expect((await nodes()).text).toBe("");
    b.sim.faults.dockerDown("empty");
    expect((await nodes()).text).toBe("[]");
    b.sim.faults.dockerDown("error");
    expect((await nodes()).status).toBe(500);
    b.sim.faults.dockerDown(false);
    expect(await replicas(b.client)).toEqual(["1/1"]);
  });

  test("replicas can carry the limit per node", async () => {
    const b = await bench();
    const { appName } = await running(b);
    const service = b.sim.state.swarmServices.get(appName);
    service!.maxPerNode = 2;
    expect(await replicas(b.client)).toEqual(["1/1 (max 2 per node)"]);
  });

  test("a process that dies now and then reads as running most of the time", async () => {
    const b = await bench();
    const { appName } = await running(b, { image: "acme/flap:1" });
    expect(await replicas(b.client)).toEqual(["1/1"]);
    await until(async () => {
      const tasks = await b.client.get("docker.getServiceContainersByAppName", { appName });
      return tasks.json.some((task: Json) => task.error.includes("non-zero exit"));
    });
  });

  test("a crashing task reads as running for as long as it is told to", async () => {
    const b = await bench({ crashAfterMs: 100_000 });
    await running(b, { image: "acme/crash:1" });
    expect(await replicas(b.client)).toEqual(["1/1"]);
  });

  test("a slow image takes thirty times as long", async () => {
    const { sim, client } = await bench({ deployMs: 1000 });
    const slow = await makeApplication(client, { image: "acme/slow:1" });
    await client.post("application.deploy", { applicationId: slow.applicationId });
    await until(() => deploymentsOf(sim, slow.applicationId)[0]?.status === "done");
    const [row] = deploymentsOf(sim, slow.applicationId);
    const took = Date.parse(row.finishedAt) - Date.parse(row.startedAt);
    expect(took).toBeGreaterThanOrEqual(290);
  });
});
