import { describe, expect, test } from "vitest";
import type { DatabaseKind } from "../../src/simulator/kinds/databaseRow.ts";
import { databaseKinds } from "../../src/simulator/kinds/databases.ts";
import { createClient, type Json } from "../contract/client.ts";
import { bench, until, type Bench } from "./support.ts";

interface Made {
  key: Record<string, string>;
  id: string;
  appName: string;
  projectId: string;
}

/** A database of a project of its own, not deployed. */
function make(b: Bench, kind: DatabaseKind, given: Record<string, unknown> = {}): Made {
  const { project } = b.sim.state.addProject({ name: "shop" });
  const row = b.sim.state.addDatabase(project.projectId, kind, {
    name: "db",
    appName: "shop-db",
    ...given,
  });
  const id = String(row[`${kind}Id`]);
  return { key: { [`${kind}Id`]: id }, id, appName: row.appName, projectId: project.projectId };
}

async function service(b: Bench, appName: string): Promise<Json> {
  const ID = b.sim.state.swarmServices.get(appName)?.ID.slice(0, 12) ?? "";
  return (await b.client.get("docker.getConfig", { containerId: ID })).json;
}

async function replicas(b: Bench, appName: string): Promise<string | undefined> {
  const apps: Json[] = (await b.client.get("swarm.getNodeApps")).json;
  return apps.find((one) => one.Name === appName)?.Replicas;
}

describe("deploying a database", () => {
  test.each(databaseKinds)("%s gets its own variables before those of people", async (kind) => {
    const b = await bench();
    const { key, appName } = make(b, kind, { env: "A=1", databaseUser: "u", databaseName: "d" });
    expect((await b.client.post(`${kind}.deploy`, key)).status).toBe(200);
    const { Spec } = await service(b, appName);
    const env: string[] = Spec.TaskTemplate.ContainerSpec.Env;
    expect(env.length).toBeGreaterThan(1);
    expect(env.at(-1)).toBe("A=1");
    expect(b.sim.state.queue).toEqual({ waiting: [], active: [] });
    expect(b.sim.state.deployments.size).toBe(0);
  });

  test("a crash loop is 200 and done (postgres.deploy-crashing)", async () => {
    const b = await bench();
    const { key, appName } = make(b, "postgres", { dockerImage: "acme/crash:1" });
    expect((await b.client.post("postgres.deploy", key)).status).toBe(200);
    expect((await b.client.get("postgres.one", key)).json.applicationStatus).toBe("done");
    await until(async () => (await replicas(b, appName)) === "0/1");
    const tasks = await b.client.get("docker.getServiceContainersByAppName", { appName });
    expect(tasks.json.map((one: Json) => one.error)).toContain('"task: non-zero exit (2)"');
  });

  test("a crash after an update is rolled back by swarm, and stays done", async () => {
    // Slow enough for a look in between.
    const b = await bench({ timeScale: 0.3 });
    const { key, id, appName } = make(b, "postgres", { labelsSwarm: { rev: "1" } });
    await b.client.post("postgres.deploy", key);
    const changes = { dockerImage: "acme/crash:1", labelsSwarm: { rev: "2" } };
    b.sim.state.editDatabase("postgres", id, changes);
    await b.client.post("postgres.deploy", key);
    await until(async () => (await service(b, appName)).UpdateStatus.State !== "updating");
    // Measured: the old version carries its label again at once, and swarm watches it for five seconds.
    const watched = await service(b, appName);
    expect(watched.UpdateStatus.State).toBe("rollback_started");
    expect(watched.Spec.TaskTemplate.ContainerSpec.Labels).toEqual({ rev: "1" });
    await until(
      async () => (await service(b, appName)).UpdateStatus.State === "rollback_completed",
    );
    const { Spec } = await service(b, appName);
    expect(Spec.TaskTemplate.ContainerSpec.Labels).toEqual({ rev: "1" });
    expect((await b.client.get("postgres.one", key)).json.applicationStatus).toBe("done");
  });

  test("the row is read at the start, and what was removed meanwhile becomes an orphan", async () => {
    const b = await bench();
    const { key, appName } = make(b, "postgres", { labelsSwarm: { rev: "1" } });
    const release = b.sim.faults.holdPulls("postgres");
    const answer = b.client.post("postgres.deploy", key);
    await until(() => [...b.sim.state.postgres.values()][0]?.applicationStatus === "running");
    await b.client.post("postgres.update", { ...key, labelsSwarm: { rev: "2" } });
    await b.client.post("postgres.remove", key);
    release();
    expect((await answer).status).toBe(200);
    const { Spec } = await service(b, appName);
    expect(Spec.TaskTemplate.ContainerSpec.Labels).toEqual({ rev: "1" });
    expect(b.sim.state.postgres.size).toBe(0);
  });

  test("a registry that does not answer fails the deploy with docker's text (redis.deploy)", async () => {
    const b = await bench();
    b.sim.faults.image("redis", "unreachable");
    const { key } = make(b, "redis");
    const reply = await b.client.post("redis.deploy", key);
    expect([reply.status, reply.json.message]).toEqual([
      500,
      'Error on deploy redisError: Error response from daemon: Get "https://registry.example/v2/": ' +
        "dial tcp: lookup registry.example on 192.0.2.53:53: no such host\n",
    ]);
  });

  test("a failed pull leaves what runs as it is", async () => {
    const b = await bench();
    const { key, id, appName } = make(b, "postgres");
    await b.client.post("postgres.deploy", key);
    b.sim.state.editDatabase("postgres", id, { dockerImage: "acme/missing:1" });
    expect((await b.client.post("postgres.deploy", key)).status).toBe(500);
    expect((await b.client.get("postgres.one", key)).json.applicationStatus).toBe("error");
    expect(await replicas(b, appName)).toBe("1/1");
  });

  test("without docker a deploy fails, and a removal leaves an orphan", async () => {
    const b = await bench();
    const { key, appName } = make(b, "postgres");
    await b.client.post("postgres.deploy", key);
    b.sim.faults.dockerDown(true);
    expect((await b.client.post("postgres.deploy", key)).status).toBe(500);
    expect((await b.client.post("postgres.remove", key)).status).toBe(200);
    b.sim.faults.dockerDown(false);
    expect(await replicas(b, appName)).toBe("1/1");
  });

  test("a deploy whose answer is lost was carried out", async () => {
    const b = await bench();
    const { key, appName } = make(b, "postgres");
    b.sim.faults.add({ kind: "answerLost", procedure: "postgres.deploy" });
    await expect(b.client.post("postgres.deploy", key)).rejects.toThrow();
    expect(await replicas(b, appName)).toBe("1/1");
    expect((await b.client.get("postgres.one", key)).json.applicationStatus).toBe("done");
  });

  test("a restart in the middle leaves the status running forever", async () => {
    const b = await bench();
    const { key } = make(b, "postgres");
    b.sim.faults.holdPulls("postgres");
    const answer = b.client.post("postgres.deploy", key).catch(() => "cut off");
    await until(() => [...b.sim.state.postgres.values()][0]?.applicationStatus === "running");
    await b.sim.faults.restart({ downMs: 1 });
    expect(await answer).toBe("cut off");
    expect((await b.client.get("postgres.one", key)).json.applicationStatus).toBe("running");
  });

  test("an unknown reference in its env fails it", async () => {
    const b = await bench();
    const { key } = make(b, "mysql", { env: "A=${{project.NOPE}}" });
    const reply = await b.client.post("mysql.deploy", key);
    expect([reply.status, reply.json.message]).toEqual([
      500,
      "Error on deploy mysqlError: Invalid project environment variable: project.NOPE",
    ]);
  });

  test("a container that ignores SIGTERM is counted until it is killed", async () => {
    const b = await bench({ timeScale: 0.02 });
    const { key, appName } = make(b, "postgres", { dockerImage: "localhost:5000/tiny:1" });
    await b.client.post("postgres.deploy", key);
    expect(await replicas(b, appName)).toBe("1/1");
    await b.client.post("postgres.deploy", key);
    expect(await replicas(b, appName)).toBe("2/1");
    await until(async () => (await replicas(b, appName)) === "1/1");
  });

  test("people's order of an update wins over the one of databases", async () => {
    const b = await bench();
    const updateConfigSwarm = { Parallelism: 1, Order: "start-first" };
    const { key, appName } = make(b, "postgres", { updateConfigSwarm });
    await b.client.post("postgres.deploy", key);
    expect((await service(b, appName)).Spec.UpdateConfig.Order).toBe("start-first");
  });
});

describe("what runs of a database", () => {
  test("reload stops and starts it, and applies nothing", async () => {
    const b = await bench({ timeScale: 0.001 });
    const { key, id, appName } = make(b, "postgres", { labelsSwarm: { rev: "1" } });
    await b.client.post("postgres.deploy", key);
    b.sim.state.editDatabase("postgres", id, { labelsSwarm: { rev: "2" } });
    expect((await b.client.post("postgres.reload", { ...key, appName })).json).toBe(true);
    const { Spec } = await service(b, appName);
    expect(Spec.TaskTemplate.ContainerSpec.Labels).toEqual({ rev: "1" });
    expect(await replicas(b, appName)).toBe("1/1");
  });

  test("start brings nothing back that was removed by hand", async () => {
    const b = await bench();
    const { key, appName } = make(b, "postgres");
    await b.client.post("postgres.deploy", key);
    b.sim.state.removeSwarmService(appName);
    const reply = await b.client.post("postgres.start", key);
    expect([reply.status, reply.json.message]).toEqual([
      500,
      expect.stringContaining(`service ${appName} not found`),
    ]);
  });

  test("its volume outlives it, and rebuild alone removes one", async () => {
    const b = await bench({ timeScale: 0.001 });
    const kept = make(b, "postgres", { appName: "kept" });
    await b.client.post("postgres.deploy", kept.key);
    await b.client.post("postgres.remove", kept.key);
    expect([...b.sim.state.volumes]).toEqual([`${kept.appName}-data`]);

    const other = make(b, "postgres", { appName: "other" });
    await b.client.post("postgres.deploy", other.key);
    b.sim.faults.image("postgres", "missing");
    // The data are gone before the deploy that fails.
    expect((await b.client.post("postgres.rebuild", other.key)).status).toBe(500);
    expect([...b.sim.state.volumes]).toEqual([`${kept.appName}-data`]);
  });

  test("rebuild fails while another service holds the volume, with the service gone", async () => {
    const b = await bench({ timeScale: 0.001 });
    const { key, id, appName } = make(b, "postgres");
    await b.client.post("postgres.deploy", key);
    const user = make(b, "redis");
    const volume = { type: "volume", volumeName: `${appName}-data`, mountPath: "/other" };
    const owner = { serviceType: "redis", serviceId: user.id };
    await b.client.post("mounts.create", { ...volume, ...owner });
    await b.client.post("redis.deploy", user.key);
    const reply = await b.client.post("postgres.rebuild", { postgresId: id });
    expect(reply.json.message).toContain(`remove ${appName}-data: volume is in use`);
    expect(await replicas(b, appName)).toBeUndefined();
  });

  test("a password is changed where a real database answers", async () => {
    const b = await bench();
    const { key } = make(b, "mysql", { databaseRootPassword: "old" });
    await b.client.post("mysql.deploy", key);
    const change = { ...key, password: "new", type: "root" };
    expect((await b.client.post("mysql.changePassword", change)).json).toBe(true);
    const one = (await b.client.get("mysql.one", key)).json;
    expect(one.databaseRootPassword).toBe("new");
  });

  test("a port that another service publishes is refused, and a free one deployed", async () => {
    const b = await bench();
    const first = make(b, "postgres", { appName: "first" });
    const save = (key: object): Promise<Json> =>
      b.client.post("postgres.saveExternalPort", { ...key, externalPort: 15432 });
    expect((await save(first.key)).status).toBe(200);
    const { Spec } = await service(b, first.appName);
    expect(Spec.EndpointSpec.Ports).toEqual([
      { Protocol: "tcp", TargetPort: 5432, PublishedPort: 15432, PublishMode: "host" },
    ]);
    expect((await save(make(b, "postgres", { appName: "second" }).key)).status).toBe(409);
  });
});

describe("the kinds of databases", () => {
  test("redis starts its server with the password unless it is told what to run", async () => {
    const b = await bench();
    const { key, id, appName } = make(b, "redis", { databasePassword: "pw" });
    const container = async (): Promise<Json> => {
      await b.client.post("redis.deploy", key);
      return (await service(b, appName)).Spec.TaskTemplate.ContainerSpec;
    };
    const command = { Command: ["/bin/sh"], Args: ["-c", "redis-server --requirepass pw"] };
    expect(await container()).toMatchObject(command);
    b.sim.state.editDatabase("redis", id, { args: ["redis-server", "/etc/redis.conf"] });
    const told = await container();
    expect(told).not.toHaveProperty("Command");
    expect(told.Args).toEqual(["redis-server", "/etc/redis.conf"]);
  });

  test("libsql runs its own image whatever the row names, and an update puts it back", async () => {
    const b = await bench();
    const { key, appName } = make(b, "libsql", { dockerImage: "acme/libsql:1" });
    await b.client.post("libsql.deploy", key);
    const image = "ghcr.io/tursodatabase/libsql-server:v0.24.32";
    expect((await service(b, appName)).Spec.TaskTemplate.ContainerSpec.Image).toBe(image);
    await b.client.post("libsql.update", { ...key, description: "d" });
    const one = (await b.client.get("libsql.one", key)).json;
    expect(one).toMatchObject({ description: "d", dockerImage: image, enableNamespaces: false });
  });

  test("a libsql that replicates needs the address of its primary", async () => {
    const b = await bench();
    const { environment } = b.sim.state.addProject({ name: "shop" });
    const { environmentId } = environment;
    const base = { name: "l", appName: "l", environmentId, description: null, serverId: null };
    const user = { databaseUser: "u", databasePassword: "p", sqldNode: "replica" };
    const create = (sqldPrimaryUrl: string | null): Promise<Json> =>
      b.client.post("libsql.create", { ...base, ...user, sqldPrimaryUrl });
    expect((await create(null)).json.issues).toMatchObject([{ path: ["sqldPrimaryUrl"] }]);
    expect((await create("http://primary:8080")).json).toBe(true);
  });

  test("postgres keeps its data where its version does", async () => {
    const b = await bench();
    make(b, "postgres", { dockerImage: "postgres:18" });
    make(b, "postgres", { dockerImage: "postgres:17-alpine" });
    expect([...b.sim.state.mounts.values()].map((mount) => mount.mountPath)).toEqual([
      "/var/lib/postgresql/18/docker",
      "/var/lib/postgresql/data",
    ]);
  });

  test.each(databaseKinds)("%s goes with its project, and its service stays", async (kind) => {
    const b = await bench();
    const { key, appName, projectId } = make(b, kind);
    await b.client.post(`${kind}.deploy`, key);
    expect((await b.client.post("project.remove", { projectId })).status).toBe(200);
    expect(b.sim.state[kind].size).toBe(0);
    expect(b.sim.state.mounts.size).toBe(0);
    expect(await replicas(b, appName)).toBe("1/1");
  });

  test("the home page counts databases with everything else", async () => {
    const b = await bench();
    await b.client.post("redis.deploy", make(b, "redis").key);
    make(b, "mysql");
    const stats = (await b.client.get("project.homeStats")).json;
    expect(stats).toMatchObject({ databases: 2, services: 2 });
    expect(stats.status).toEqual({ running: 1, error: 0, idle: 1 });
  });

  test("a duplicate keeps description and volume, and has an id and an appName of its own", async () => {
    const b = await bench();
    const { appName, id, projectId } = make(b, "mongo", { description: "marker" });
    b.sim.state.duplicateProject(projectId, { sameProject: true });
    const copy = [...b.sim.state.mongo.values()].find((row) => row.mongoId !== id);
    expect(copy).toMatchObject({ name: "db (copy)", description: "marker" });
    expect(copy?.appName).not.toBe(appName);
    const { mongoId } = copy as Json;
    expect((await b.client.get("mongo.one", { mongoId })).json.mounts).toMatchObject([
      { volumeName: `${appName}-data`, mongoId },
    ]);
  });

  test("a member sees only the databases that it was given", async () => {
    const b = await bench();
    const { project, environment } = b.sim.state.addProject({ name: "shop" });
    const { projectId } = project;
    const seen = b.sim.state.addDatabase(projectId, "redis", { name: "seen" });
    b.sim.state.addDatabase(projectId, "redis", { name: "hidden" });
    const accessedEnvironments = [environment.environmentId];
    const given = { accessedProjects: [projectId], accessedServices: [String(seen.redisId)] };
    b.sim.state.addKey({ key: "member", role: "member", ...given, accessedEnvironments });
    const client = createClient(b.sim.url, "member");
    const [listed] = (await client.get("project.all")).json;
    expect(listed.environments[0].redis.map((one: Json) => one.name)).toEqual(["seen"]);
    expect((await client.post("redis.deploy", { redisId: seen.redisId })).status).toBe(200);
    expect((await client.post("redis.remove", { redisId: seen.redisId })).status).toBe(401);
  });
});
