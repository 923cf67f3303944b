import { describe, expect, test } from "vitest";
import type { Json } from "../contract/client.ts";
import { bench, deploy, deployed, deploymentsOf, idle, makeApplication, until } from "./support.ts";

describe("deployments", () => {
  test("a row appears only when the job starts, and the status keeps its value until then", async () => {
    const { sim, client } = await bench();
    const release = sim.faults.holdPulls("nginx");
    const first = await makeApplication(client);
    const second = await makeApplication(client);
    await deploy(client, first.applicationId, "one");
    await deploy(client, second.applicationId, "two");
    await until(() => deploymentsOf(sim, first.applicationId).length === 1);
    expect(sim.state.applications.get(first.applicationId)?.applicationStatus).toBe("running");
    expect(deploymentsOf(sim, second.applicationId)).toEqual([]);
    expect(sim.state.applications.get(second.applicationId)?.applicationStatus).toBe("idle");

    const list = await client.get("deployment.queueList");
    expect(list.json.map((job: Json) => [job.data.titleLog, job.state])).toEqual([
      ["two", "waiting"],
      ["one", "active"],
    ]);
    expect(list.json[0]).not.toHaveProperty("processedOn");
    expect(list.json[1].processedOn).toBeTypeOf("number");
    release();
    await idle(sim);
    expect(deploymentsOf(sim, second.applicationId)[0]).toMatchObject({
      status: "done",
      title: "two",
    });
    expect((await client.get("deployment.queueList")).json).toEqual([]);
  });

  test("jobs run in order, one at a time, and are not deduplicated", async () => {
    const { sim, client } = await bench();
    const { applicationId } = await makeApplication(client);
    for (const title of ["a", "b", "c"]) await deploy(client, applicationId, title);
    await idle(sim);
    const rows = deploymentsOf(sim, applicationId);
    expect(rows.map((row) => row.title)).toEqual(["a", "b", "c"]);
    for (let i = 1; i < rows.length; i++)
      expect(rows[i].startedAt >= rows[i - 1].finishedAt).toBe(true);
  });

  test("more than one job runs at once only when the server is told so", async () => {
    const { sim, client } = await bench({ deployMs: 100_000 });
    await client.post("settings.updateBuildsConcurrency", { buildsConcurrency: 2 });
    for (let i = 0; i < 3; i++) await deploy(client, (await makeApplication(client)).applicationId);
    await until(() => sim.state.queue.active.length === 2);
    expect(sim.state.queue.waiting).toHaveLength(1);
  });

  test("the job reads the application at its start; what changes later is not applied", async () => {
    const { sim, client } = await bench();
    const release = sim.faults.holdPulls("nginx");
    const { applicationId, appName } = await makeApplication(client, { env: "A=old" });
    await deploy(client, applicationId);
    await until(() => deploymentsOf(sim, applicationId).length === 1);
    await client.post("application.update", { applicationId, env: "A=new" });
    release();
    await idle(sim);
    expect(sim.state.applications.get(applicationId)?.applicationStatus).toBe("done");
    const spec = sim.state.swarmServices.get(appName)?.spec;
    expect(spec?.TaskTemplate.ContainerSpec.Env).toEqual(["A=old"]);
  });

  test("a failed pull tells its reason only in the log", async () => {
    const b = await bench();
    const { applicationId } = await makeApplication(b.client, { image: "acme/doesnotexist:9" });
    await deployed(b, applicationId);
    const [row] = (await b.client.get("deployment.all", { applicationId })).json;
    expect(row).toMatchObject({ status: "error", errorMessage: null });
    const log = await b.client.get("deployment.readLogs", { deploymentId: row.deploymentId });
    expect(log.json).toContain("manifest for acme/doesnotexist:9 not found: manifest unknown");
    const tail = await b.client.get("deployment.readLogs", {
      deploymentId: row.deploymentId,
      tail: 1,
    });
    expect(tail.json).toBe("Error occurred ❌, check the logs for details.\n");
    expect(b.sim.state.swarmServices.size).toBe(0);
  });

  test("a git source overwrites title and description at the end", async () => {
    const b = await bench();
    const { applicationId } = await makeApplication(b.client, {
      sourceType: "git",
      customGitUrl: "http://git.example/fast.git",
      customGitBranch: "main",
    });
    await deployed(b, applicationId, "mine");
    const [row] = deploymentsOf(b.sim, applicationId);
    expect(row.title).toBe("commit of fast");
    expect(row.description).toMatch(/^Commit: [0-9a-f]{40}$/);
  });

  test("at most eleven deployments are kept", async () => {
    const { sim, client } = await bench();
    const { applicationId } = await makeApplication(client);
    for (let i = 0; i < 14; i++) await deploy(client, applicationId, `n${i}`);
    await idle(sim);
    const one = await client.get("application.one", { applicationId });
    expect(one.json.deployments).toHaveLength(11);
    expect(deploymentsOf(sim, applicationId).at(-1).title).toBe("n13");
  });

  test("an appName that docker finds too long is accepted and fails when deployed", async () => {
    const b = await bench();
    const { applicationId } = await makeApplication(b.client, { appName: "a".repeat(57) });
    await deployed(b, applicationId);
    const [row] = deploymentsOf(b.sim, applicationId);
    expect(row.status).toBe("error");
    expect(b.sim.state.deploymentLogs.get(row.deploymentId)).toContain(
      "name must be 63 characters or fewer",
    );
  });

  test("an unknown reference fails the deployment, known ones resolve", async () => {
    const b = await bench();
    const made = await makeApplication(b.client, { env: "A=${{project.X}}\nB=${{github.sha}}" });
    const { applicationId, projectId, appName } = made;
    await b.client.post("project.update", { projectId, env: "X=1" });
    await deployed(b, applicationId);
    expect(deploymentsOf(b.sim, applicationId)[0].status).toBe("error");
    await b.client.post("application.update", {
      applicationId,
      env: "# why\nA=${{project.X}} # one\nC='two words'",
    });
    await deployed(b, applicationId);
    const spec = b.sim.state.swarmServices.get(appName)?.spec;
    expect(spec?.TaskTemplate.ContainerSpec.Env).toEqual(["A=1", "C=two words"]);
  });

  test("deploying an application that is gone is a 404, and its answer is empty otherwise", async () => {
    const { client } = await bench();
    expect((await client.post("application.deploy", { applicationId: "no" })).status).toBe(404);
    const { applicationId } = await makeApplication(client);
    const reply = await client.post("application.deploy", { applicationId });
    expect([reply.status, reply.text]).toEqual([200, ""]);
  });

  test("a provider saved in mid-deploy resets the status to idle", async () => {
    const { sim, client } = await bench({ deployMs: 100_000 });
    const { applicationId } = await makeApplication(client);
    await deploy(client, applicationId);
    await until(() => sim.state.applications.get(applicationId)?.applicationStatus === "running");
    const docker = { dockerImage: "x", username: null, password: null, registryUrl: null };
    await client.post("application.saveDockerProvider", { applicationId, ...docker });
    expect(sim.state.applications.get(applicationId)?.applicationStatus).toBe("idle");
  });

  test("a restart forgets what waits and cancels what runs, without an end", async () => {
    const { sim, client } = await bench({ deployMs: 100_000 });
    const first = await makeApplication(client);
    const second = await makeApplication(client);
    await deploy(client, first.applicationId);
    await deploy(client, second.applicationId);
    await until(() => deploymentsOf(sim, first.applicationId).length === 1);
    const returns = new AbortController();
    const up = sim.faults.restart({ sooner: returns.signal, downMs: 3_600_000 });
    await expect(client.get("settings.health")).rejects.toThrow();
    returns.abort();
    await up;
    expect((await client.get("settings.health")).status).toBe(200);
    expect(deploymentsOf(sim, first.applicationId)[0]).toMatchObject({
      status: "cancelled",
      finishedAt: null,
    });
    expect(sim.state.applications.get(first.applicationId)?.applicationStatus).toBe("idle");
    expect((await client.get("deployment.queueList")).json).toEqual([]);
    expect(deploymentsOf(sim, second.applicationId)).toEqual([]);
  });

  test("deleting in mid-deploy answers 200 and leaves a service that nobody owns", async () => {
    const { sim, client } = await bench();
    const { applicationId, appName } = await makeApplication(client);
    const release = sim.faults.holdPulls("nginx");
    await deploy(client, applicationId);
    await until(() => sim.state.queue.active.length === 1);
    expect((await client.post("application.delete", { applicationId })).status).toBe(200);
    expect(sim.state.swarmServices.has(appName)).toBe(false);
    release();
    await idle(sim);
    const apps = await client.get("swarm.getNodeApps");
    expect(apps.json.map((one: Json) => one.Name)).toEqual([appName]);
    expect(sim.state.applications.has(applicationId)).toBe(false);
  });

  test("deleting at rest takes the service, removing the project does not", async () => {
    const b = await bench();
    const first = await makeApplication(b.client);
    const second = await makeApplication(b.client);
    await deployed(b, first.applicationId);
    await deployed(b, second.applicationId);
    await b.client.post("application.delete", { applicationId: first.applicationId });
    await b.client.post("project.remove", { projectId: second.projectId });
    expect([...b.sim.state.swarmServices.keys()]).toEqual([second.appName]);
    expect(b.sim.state.applications.size).toBe(0);
  });

  test("cleanQueues drops what waits and leaves what runs", async () => {
    const { sim, client } = await bench({ deployMs: 100_000 });
    const { applicationId } = await makeApplication(client);
    await deploy(client, applicationId, "one");
    await deploy(client, applicationId, "two");
    await until(() => sim.state.queue.active.length === 1);
    await client.post("application.cleanQueues", { applicationId });
    expect(sim.state.queue.waiting).toEqual([]);
    expect(sim.state.queue.active).toHaveLength(1);
  });

  test("redeploy pulls nothing: a missing image is done, and never runs", async () => {
    const b = await bench();
    const { applicationId } = await makeApplication(b.client, { image: "acme/doesnotexist:1" });
    await b.client.post("application.redeploy", { applicationId, title: "re" });
    await idle(b.sim);
    expect(deploymentsOf(b.sim, applicationId)[0]).toMatchObject({ title: "re", status: "done" });
    expect((await b.client.get("swarm.getNodeApps")).json[0].Replicas).toBe("0/1");
  });

  test("killBuild ends the builds of every application on the host", async () => {
    const { sim, client } = await bench({ deployMs: 1_000 });
    const git = {
      sourceType: "git",
      customGitUrl: "http://git.example/slow.git",
      customGitBranch: "main",
    };
    const building = await makeApplication(client, git);
    const other = await makeApplication(client);
    await deploy(client, building.applicationId);
    const logs = sim.state.deploymentLogs;
    const log = (): string =>
      deploymentsOf(sim, building.applicationId)
        .map((row) => logs.get(row.deploymentId))
        .join("");
    await until(() => log().includes("Building "));
    await client.post("application.killBuild", { applicationId: other.applicationId });
    await idle(sim);
    const [row] = deploymentsOf(sim, building.applicationId);
    expect(row).toMatchObject({ status: "error", errorMessage: null, title: "commit of slow" });
  });

  test("every deployment replaces the container, also when nothing changed", async () => {
    const b = await bench();
    const { applicationId, appName } = await makeApplication(b.client);
    await deployed(b, applicationId);
    const before = b.sim.state.swarmServices.get(appName)?.spec.TaskTemplate.ForceUpdate;
    await deployed(b, applicationId);
    const after = b.sim.state.swarmServices.get(appName)?.spec.TaskTemplate.ForceUpdate;
    expect([before, after]).toEqual([0, 1]);
  });
});
