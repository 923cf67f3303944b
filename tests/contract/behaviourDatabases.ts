/**
 * What Capstan relies on of databases. They are made with an image that is no database at all, as
 * those of the recordings were: Dokploy deploys whatever image a row names.
 */
import { expect, test } from "vitest";
import { databaseKinds } from "../../src/simulator/kinds/databases.ts";
import type { Json } from "./client.ts";
import type { Database, Workbench } from "./workbench.ts";

/** A libsql runs an image of its own, which a test server may not be able to pull. */
const deployable = databaseKinds.filter((kind) => kind !== "libsql");

const DATA: Readonly<Record<string, string>> = {
  postgres: "/var/lib/postgresql/data",
  mysql: "/var/lib/mysql",
  mariadb: "/var/lib/mysql",
  mongo: "/data/db",
  redis: "/data",
  libsql: "/var/lib/sqld",
};

export function describeDatabases(bench: () => Workbench): void {
  describeRows(bench);
  describeRuns(bench);
}

function describeRows(bench: () => Workbench): void {
  test.each(databaseKinds)("%s: made with a volume for its data, and removed", async (kind) => {
    const { client, prefix } = bench();
    const { key, id, appName } = await bench().database(kind);
    expect(appName).toMatch(new RegExp(`^${prefix}-\\d+-[a-z0-9]{6}$`));
    const one = (await client.get(`${kind}.one`, key)).json;
    expect(one).toMatchObject({ appName, applicationStatus: "idle", env: null, replicas: 1 });
    const volume = { type: "volume", volumeName: `${appName}-data`, mountPath: DATA[kind] };
    expect(one.mounts).toMatchObject([{ ...volume, serviceType: kind, [`${kind}Id`]: id }]);
    expect((await client.post(`${kind}.remove`, key)).status).toBe(200);
    expect((await client.get(`${kind}.one`, key)).status).toBe(404);
    expect((await client.post(`${kind}.deploy`, key)).status).toBe(404);
  });

  test("one list shows only its id, the other what a marker needs", async () => {
    const { client } = bench();
    const { id, appName, environmentId } = await bench().database("postgres", { description: "m" });
    const inside = async (list: string): Promise<Json> => {
      const environments = (await client.get(list)).json.flatMap((one: Json) => one.environments);
      return environments.find((one: Json) => one.environmentId === environmentId).postgres;
    };
    expect(await inside("project.all")).toEqual([{ postgresId: id }]);
    const [row] = await inside("project.allForPermissions");
    expect(row).toMatchObject({ postgresId: id, name: "db", appName, description: "m" });
    expect(row).toMatchObject({ applicationStatus: "idle", serverId: null });
  });

  test("an update is partial, and refuses to set nothing", async () => {
    const { client } = bench();
    const { key } = await bench().database("postgres");
    const fields = { env: "A=1", memoryLimit: "67108864", args: ["x"], externalPort: 25432 };
    await client.post("postgres.update", { ...key, ...fields });
    await client.post("postgres.update", { ...key, memoryLimit: null, appName: "other" });
    const one = (await client.get("postgres.one", key)).json;
    expect(one).toMatchObject({ ...fields, memoryLimit: null });
    const empty = await client.post("postgres.update", key);
    expect([empty.status, empty.json.message]).toEqual([500, "No values to set"]);
    const missing = await client.post("postgres.update", { postgresId: "no-such", name: "x" });
    expect(missing.status).toBe(400);
  });

  test("a password that a shell could read differently is refused, but not by redis", async () => {
    const { client } = bench();
    for (const kind of ["postgres", "mysql", "mariadb", "mongo"] as const) {
      const { key } = await bench().database(kind);
      for (const databasePassword of ["a b", "q'uote", 'a"b', "dollar$x", "bang!", "a/b", "a\\b"]) {
        const reply = await client.post(`${kind}.update`, { ...key, databasePassword });
        expect([reply.status, reply.json.issues[0].path]).toEqual([400, ["databasePassword"]]);
      }
    }
    const redis = await bench().database("redis");
    const taken = await client.post("redis.update", { ...redis.key, databasePassword: "a b" });
    expect(taken.json).toBe(true);
  });

  test("it can be moved, and its environment stays while it is there", async () => {
    const { client } = bench();
    const { projectId } = await bench().project();
    const made = await client.post("environment.create", { name: "staging", projectId });
    const { environmentId } = made.json;
    const { key } = await bench().database("postgres");
    await client.post("postgres.move", { ...key, targetEnvironmentId: environmentId });
    expect((await client.get("postgres.one", key)).json.environmentId).toBe(environmentId);
    expect((await client.post("environment.remove", { environmentId })).status).toBe(400);
    await client.post("postgres.remove", key);
    expect((await client.post("environment.remove", { environmentId })).status).toBe(200);
  });

  test("a further mount hangs on it like the first", async () => {
    const { client, prefix } = bench();
    const { key, id } = await bench().database("postgres");
    const volume = { type: "volume", volumeName: `${prefix}-extra`, mountPath: "/extra" };
    await client.post("mounts.create", { ...volume, serviceType: "postgres", serviceId: id });
    const listed = { serviceType: "postgres", serviceId: id };
    const paths = (await client.get("mounts.listByServiceId", listed)).json;
    expect(paths.map((one: Json) => one.mountPath).sort()).toEqual(["/extra", DATA.postgres]);
    expect((await client.get("postgres.one", key)).json.mounts).toHaveLength(2);
  });
}

function describeRuns(bench: () => Workbench): void {
  const running = async ({ appName }: Database): Promise<Json> => {
    const { listed, until, client } = bench();
    await until(async () => (await listed(appName))?.Replicas === "1/1");
    const { ID } = await listed(appName);
    return (await client.get("docker.getConfig", { containerId: ID })).json.Spec;
  };
  const status = async ({ key }: Database): Promise<string> =>
    (await bench().client.get("postgres.one", key)).json.applicationStatus;

  test.each(deployable)(
    "%s: the deploy is over when it answers, and its label runs",
    async (kind) => {
      const { client, listed, prefix, until } = bench();
      const database = await bench().database(kind);
      await client.post(`${kind}.update`, {
        ...database.key,
        labelsSwarm: { "capstan.want": "abc.1" },
        networkSwarm: [{ Target: "dokploy-network", Aliases: [`${prefix}-${kind}`] }],
        // redis would start its own server where it has neither.
        args: [],
      });
      const before = (await client.get("deployment.queueList")).json.length;
      const deployed = await client.post(`${kind}.deploy`, database.key);
      expect(deployed.status).toBe(200);
      expect((await client.get("deployment.queueList")).json).toHaveLength(before);
      expect((await client.get(`${kind}.one`, database.key)).json.applicationStatus).toBe("done");
      const spec = await running(database);
      expect(spec.UpdateConfig.Order).toBe("stop-first");
      const { ContainerSpec, Networks } = spec.TaskTemplate;
      expect(ContainerSpec.Labels).toEqual({ "capstan.want": "abc.1" });
      expect(Networks[0].Aliases).toContain(`${prefix}-${kind}`);
      expect(ContainerSpec.Mounts).toMatchObject([
        { Type: "volume", Source: `${database.appName}-data`, Target: DATA[kind] },
      ]);
      const { appName } = database;
      const tasks = await client.get("docker.getServiceContainersByAppName", { appName });
      expect(tasks.json).toMatchObject([{ state: "running" }]);
      expect((await client.get(`${kind}.readLogs`, { ...database.key, tail: 5 })).status).toBe(200);
      await client.post(`${kind}.remove`, database.key);
      await until(async () => (await listed(appName)) === undefined);
    },
  );

  test("what is changed runs only after the next deploy", async () => {
    const { client } = bench();
    const database = await bench().database("postgres");
    const { key } = database;
    const label = (value: string): Promise<Json> =>
      client.post("postgres.update", { ...key, labelsSwarm: { "capstan.want": value } });
    await label("abc.1");
    await client.post("postgres.deploy", key);
    await label("abc.2");
    const read = async (): Promise<string> =>
      (await running(database)).TaskTemplate.ContainerSpec.Labels["capstan.want"];
    expect(await read()).toBe("abc.1");
    await client.post("postgres.deploy", key);
    expect(await read()).toBe("abc.2");
  });

  test("stopped reads 0/0, started 1/1", async () => {
    const { client, listed } = bench();
    const database = await bench().database("postgres");
    const { appName, key } = database;
    await client.post("postgres.deploy", key);
    await running(database);
    expect((await client.post("postgres.stop", key)).json.applicationStatus).toBe("done");
    expect((await listed(appName)).Replicas).toBe("0/0");
    expect(await status(database)).toBe("idle");
    expect((await client.post("postgres.start", key)).json.applicationStatus).toBe("idle");
    await running(database);
    expect(await status(database)).toBe("done");
  });

  test("a missing image is a 500 with docker's reason, and nothing runs", async () => {
    const { client, listed, missingImage } = bench();
    const database = await bench().database("postgres", { dockerImage: missingImage });
    const reply = await client.post("postgres.deploy", database.key);
    expect(reply.status).toBe(500);
    expect(reply.json.message).toMatch(/^Error on deploy postgresError: /);
    expect(await status(database)).toBe("error");
    expect(await listed(database.appName)).toBeUndefined();
  });

  test("a password is changed in a database that answers, and nowhere else", async () => {
    const { client } = bench();
    const { key } = await bench().database("postgres");
    const reply = await client.post("postgres.changePassword", { ...key, password: "newp" });
    // Where nothing runs, v0.30.2 answers 500, and what was written after it 400.
    expect([400, 500]).toContain(reply.status);
    const one = await client.get("postgres.one", key);
    expect(one.json.databasePassword).toBe("not-a-secret");
  });
}
