/**
 * What Capstan relies on, said in tests that run against the simulator and, where one is given,
 * against a real server. Nothing here is done in parallel that a real server could not bear.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeCompose } from "./behaviourCompose.ts";
import { describeDatabases } from "./behaviourDatabases.ts";
import { describeTimed } from "./behaviourTimed.ts";
import { createClient, type Json } from "./client.ts";
import { createWorkbench, type Target, type Workbench } from "./workbench.ts";

export function describeBehaviour(name: string, connect: () => Promise<Target>): void {
  describe(name, () => {
    let bench: Workbench;
    beforeAll(async () => {
      bench = createWorkbench(await connect());
      const { json } = await bench.client.get("settings.getDokployVersion");
      process.stdout.write(`the contract suite runs on Dokploy ${String(json)}, ${name}\n`);
    });
    afterAll(async () => {
      try {
        await bench.cleanUp();
      } finally {
        await bench.close();
      }
    });
    const current = (): Workbench => bench;
    describeTransport(current);
    describeRows(current);
    describeChildren(current);
    describeRuns(current);
    describeDatabases(current);
    describeCompose(current);
    describeTimed(current);
  });
}

const LISTS = [
  "project.all",
  "project.allForPermissions",
  "swarm.getNodeApps",
  "swarm.getNodes",
] as const;

function describeTransport(bench: () => Workbench): void {
  test("a bad key is a 401 without a code", async () => {
    const reply = await createClient(bench().client.url, "not-a-key").get("project.all");
    expect([reply.status, reply.json]).toEqual([401, { message: "Unauthorized" }]);
  });

  test("only a missing row carries data.path", async () => {
    const { client } = bench();
    const missing = await client.get("project.one", { projectId: "no-such-project" });
    const unknown = await client.get("nope.nope");
    expect([missing.status, missing.json.data.path]).toEqual([404, "project.one"]);
    expect([unknown.status, unknown.json.data.path]).toEqual([404, undefined]);
  });

  test("an input that does not fit is a 400 with issues", async () => {
    const reply = await bench().client.post("project.create", { description: "no name" });
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({
      message: "Input validation failed",
      issues: [{ path: ["name"] }],
    });
  });

  test("all lists come in one request, and the node list proves the swarm's", async () => {
    const { client } = bench();
    const { projectId } = await bench().project({ description: "listed" });
    const reply = await client.batch(LISTS, [null, null, {}, {}]);
    expect(reply.status).toBe(200);
    const [projects, services, apps, nodes] = reply.json.map((one: Json) => one.result.data.json);
    const row = projects.find((one: Json) => one.projectId === projectId);
    expect(row).toMatchObject({ description: "listed", environments: [{ name: "production" }] });
    expect(services.some((one: Json) => one.projectId === projectId)).toBe(true);
    expect(Array.isArray(apps)).toBe(true);
    expect(nodes.length).toBeGreaterThan(0);
  });

  test("in a batch every item has its own fate", async () => {
    const { client } = bench();
    const { projectId } = await bench().project();
    const reply = await client.batch(
      ["project.one", "project.one"],
      [{ projectId }, { projectId: "no-such-project" }],
    );
    expect(reply.status).toBe(207);
    expect(reply.json[0].result.data.json.projectId).toBe(projectId);
    expect(reply.json[1].error.json.data).toMatchObject({ code: "NOT_FOUND", path: "project.one" });
  });
}

function describeRows(bench: () => Workbench): void {
  test("names of projects are not unique, and descriptions come back unchanged", async () => {
    const { client, prefix } = bench();
    const description = "Über. [capstan:1 owner=a/b key=project id=12345678]\nline two";
    const first = await bench().project({ name: `${prefix}-same`, description });
    const second = await bench().project({ name: `${prefix}-same` });
    expect(first.projectId).not.toBe(second.projectId);
    const one = await client.get("project.one", { projectId: first.projectId });
    expect(one.json.description).toBe(description);
  });

  test("appName gets a suffix and cannot be changed", async () => {
    const { client } = bench();
    const { applicationId, appName } = await bench().application();
    expect(appName).toMatch(new RegExp(`^${bench().prefix}-\\d+-[a-z0-9]{6}$`));
    await client.post("application.update", { applicationId, appName: "other", title: "x" });
    const one = await client.get("application.one", { applicationId });
    expect(one.json).toMatchObject({ appName, title: "x" });
  });

  test("an update is partial, null clears, and unknown fields are stripped", async () => {
    const { client } = bench();
    const { applicationId } = await bench().application({ env: "A=1", memoryLimit: "67108864" });
    const body = { applicationId, memoryLimit: null, bogus: 1 };
    expect((await client.post("application.update", body)).json).toBe(true);
    const one = await client.get("application.one", { applicationId });
    expect(one.json).toMatchObject({ env: "A=1", memoryLimit: null });
    expect(one.json).not.toHaveProperty("bogus");
  });

  test("an update that sets nothing is a 500, of a missing application a 400", async () => {
    const { client } = bench();
    const { applicationId } = await bench().application();
    const empty = await client.post("application.update", { applicationId });
    expect([empty.status, empty.json.message]).toEqual([500, "No values to set"]);
    const missing = { applicationId: "no-such-application", name: "x" };
    expect((await client.post("application.update", missing)).status).toBe(400);
  });

  test("env is kept exactly as given", async () => {
    const { client } = bench();
    const { applicationId } = await bench().application();
    for (const env of ['A=1\n# kept\nB="two words"\nC=${{project.X}}', "", null]) {
      await client.post("application.update", { applicationId, env });
      expect((await client.get("application.one", { applicationId })).json.env).toBe(env);
    }
  });

  test("environments: production is refused, one with services stays", async () => {
    const { client } = bench();
    const { projectId, environmentId, applicationId } = await bench().application();
    const create = (name: string): Promise<Json> =>
      client.post("environment.create", { name, projectId });
    expect((await create("production")).status).toBe(400);
    const staging = (await create("staging")).json.environmentId;
    await client.post("application.move", { applicationId, targetEnvironmentId: staging });
    const remove = async (id: string): Promise<number> =>
      (await client.post("environment.remove", { environmentId: id })).status;
    expect([await remove(environmentId), await remove(staging)]).toEqual([400, 400]);
    await client.post("application.delete", { applicationId });
    expect(await remove(staging)).toBe(200);
  });
}

function describeChildren(bench: () => Workbench): void {
  test("domains: made, changed, removed, and the same host twice", async () => {
    const { client, prefix } = bench();
    const { applicationId } = await bench().application();
    const host = `${prefix}.example.test`;
    const body = { applicationId, host, port: 8080, https: false, certificateType: "none" };
    const first = (await client.post("domain.create", body)).json;
    const second = (await client.post("domain.create", body)).json;
    expect(first.domainId).not.toBe(second.domainId);
    const partial = await client.post("domain.update", { domainId: first.domainId, port: 81 });
    expect(partial.status).toBe(400);
    await client.post("domain.update", { domainId: first.domainId, host, port: 81 });
    const one = await client.get("application.one", { applicationId });
    const ports = one.json.domains.map((row: Json) => row.port);
    expect(ports.sort()).toEqual([8080, 81].sort());
    for (const { domainId } of [first, second])
      expect((await client.post("domain.delete", { domainId })).status).toBe(200);
    expect((await client.post("domain.delete", { domainId: first.domainId })).status).toBe(404);
  });

  test("mounts, ports, basic auth and redirects hang on their application", async () => {
    const { client, prefix } = bench();
    const { applicationId } = await bench().application();
    const mount = { serviceId: applicationId, serviceType: "application", type: "volume" };
    const volume = { ...mount, volumeName: `${prefix}-v`, mountPath: "/data" };
    const { mountId } = (await client.post("mounts.create", volume)).json;
    const old = await client.post("mounts.update", { mountId, mountPath: "/new" });
    expect(old.json.mountPath).toBe("/data");
    const port = { applicationId, publishedPort: 20999, targetPort: 80, publishMode: "ingress" };
    await client.post("port.create", { ...port, protocol: "tcp" });
    const user = { applicationId, username: "u", password: "not-a-secret" };
    expect((await client.post("security.create", user)).json).toBe(true);
    expect((await client.post("security.create", user)).status).toBe(400);
    const redirect = { applicationId, regex: "^/a", replacement: "/b", permanent: true };
    expect((await client.post("redirects.create", redirect)).json).toBe(true);

    const one = (await client.get("application.one", { applicationId })).json;
    expect(one.mounts).toMatchObject([{ mountPath: "/new", volumeName: `${prefix}-v` }]);
    expect(one.ports).toMatchObject([{ publishedPort: 20999, publishMode: "ingress" }]);
    expect(one.security).toMatchObject([{ username: "u" }]);
    expect(one.redirects).toMatchObject([{ regex: "^/a", permanent: true }]);

    const { securityId } = one.security[0];
    const { redirectId } = one.redirects[0];
    const { portId } = one.ports[0];
    expect((await client.post("security.delete", { securityId })).status).toBe(200);
    expect((await client.post("redirects.delete", { redirectId })).status).toBe(200);
    expect((await client.post("port.delete", { portId })).status).toBe(200);
    expect((await client.post("mounts.remove", { mountId })).status).toBe(200);
    const empty = (await client.get("application.one", { applicationId })).json;
    for (const children of ["mounts", "ports", "security", "redirects"])
      expect(empty[children], children).toEqual([]);
  });
}

function describeRuns(bench: () => Workbench): void {
  const listed: Workbench["listed"] = (appName) => bench().listed(appName);

  test("a deployment is found by its title, and its label and alias are on what runs", async () => {
    const { client, prefix } = bench();
    const app = await bench().application({
      labelsSwarm: { "capstan.want": "abc.1" },
      networkSwarm: [{ Target: "dokploy-network", Aliases: [`${prefix}-alias`] }],
    });
    const row = await bench().deploy(app);
    expect(row).toMatchObject({ status: "done", errorMessage: null });
    await bench().until(async () => (await listed(app.appName))?.Replicas === "1/1");
    const { ID } = await listed(app.appName);
    const config = (await client.get("docker.getConfig", { containerId: ID })).json;
    const template = config.Spec.TaskTemplate;
    expect(template.ContainerSpec.Labels).toMatchObject({ "capstan.want": "abc.1" });
    expect(template.Networks[0].Aliases).toContain(`${prefix}-alias`);
    expect(config).not.toHaveProperty("UpdateStatus");
    const one = await client.get("application.one", { applicationId: app.applicationId });
    expect(one.json.applicationStatus).toBe("done");
  });

  test("an image that is missing fails, and only the log says why", async () => {
    const { client, missingImage } = bench();
    const app = await bench().application({ dockerImage: missingImage });
    const row = await bench().deploy(app);
    expect(row).toMatchObject({ status: "error", errorMessage: null });
    const { deploymentId } = row;
    const log = await client.get("deployment.readLogs", { deploymentId, tail: 50 });
    expect(log.json).toContain("Pulling image failed");
    expect(await listed(app.appName)).toBeUndefined();
  });

  test("an unknown reference fails the deployment", async () => {
    const app = await bench().application({ env: "A=${{project.NO_SUCH}}" });
    const row = await bench().deploy(app);
    expect(row.status).toBe("error");
    const { deploymentId } = row;
    const log = await bench().client.get("deployment.readLogs", { deploymentId, tail: 50 });
    expect(log.json).toContain("project.NO_SUCH");
  });

  test("stopped reads 0/0, started 1/1, deleted is gone with its service", async () => {
    const { client } = bench();
    const app = await bench().application();
    const { applicationId } = app;
    await bench().deploy(app);
    await client.post("application.stop", { applicationId });
    expect((await listed(app.appName)).Replicas).toBe("0/0");
    await client.post("application.start", { applicationId });
    await bench().until(async () => (await listed(app.appName))?.Replicas === "1/1");
    expect((await client.post("application.delete", { applicationId })).status).toBe(200);
    await bench().until(async () => (await listed(app.appName)) === undefined);
    expect((await client.get("application.one", { applicationId })).status).toBe(404);
  });

  test("deploying what does not exist is a 404", async () => {
    const reply = await bench().client.post("application.deploy", { applicationId: "no-such" });
    expect(reply.status).toBe(404);
  });
}
