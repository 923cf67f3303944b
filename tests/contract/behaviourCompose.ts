/**
 * What Capstan relies on of compose services, of both types: containers of docker compose, and stacks of
 * the swarm. `done` proves nothing of them; labels in the file and states of containers do.
 */
import { describe, expect, test } from "vitest";
import type { Json } from "./client.ts";
import type { Compose, Workbench } from "./workbench.ts";

export function describeCompose(bench: () => Workbench): void {
  describeRows(bench);
  describe.each(["docker-compose", "stack"] as const)("compose of type %s", (type) => {
    describeRuns(bench, type);
  });
  describeDomains(bench);
}

/** What cannot be said in YAML without care. */
const AWKWARD = 'its $HOME $$ "two" #words \\n {"a":1}';

interface Part {
  readonly image: string;
  readonly want?: string;
  readonly more?: readonly string[];
}

function fileOf(parts: Readonly<Record<string, Part>>): string {
  const lines = Object.entries(parts).flatMap(([name, { image, want = "abc.1", more = [] }]) => [
    ...[`  ${name}:`, `    image: ${image}`, `    labels: { capstan.want: "${want}" }`],
    ...more.map((line) => `    ${line}`),
  ]);
  return ["services:", ...lines, ""].join("\n");
}

function describeRows(bench: () => Workbench): void {
  test("compose: file, type and source are taken at once, and an update is partial", async () => {
    const { client, image, prefix } = bench();
    const { composeId, appName } = await bench().compose("stack", fileOf({ web: { image } }));
    expect(appName).toMatch(new RegExp(`^${prefix}-\\d+-[a-z0-9]{6}$`));
    const one = (): Promise<Json> => client.get("compose.one", { composeId });
    expect((await one()).json).toMatchObject({
      ...{
        composeType: "stack",
        sourceType: "raw",
        composeStatus: "idle",
        mounts: [],
        domains: [],
      },
      composeFile: fileOf({ web: { image } }),
    });
    const fields = { env: "A=1", description: "m", autoDeploy: false, isolatedDeployment: false };
    const updated = await client.post("compose.update", { composeId, ...fields });
    expect(updated.json).toMatchObject({ composeId, ...fields });
    await client.post("compose.update", { composeId, env: "A=2" });
    expect((await one()).json).toMatchObject({ ...fields, env: "A=2" });
  });

  test("compose: broken YAML is taken, and an update of what is gone says nothing", async () => {
    const { client, image } = bench();
    const { composeId } = await bench().compose("docker-compose", fileOf({ web: { image } }));
    const broken = await client.post("compose.update", { composeId, composeFile: "services: [" });
    expect(broken.status).toBe(200);
    const missing = await client.post("compose.update", { composeId: "no-such", name: "x" });
    expect([missing.status, missing.text]).toEqual([200, ""]);
    expect((await client.get("compose.one", { composeId: "no-such" })).status).toBe(404);
  });

  test("compose: the lists show what a marker needs", async () => {
    const { client, image } = bench();
    const made = await bench().compose("docker-compose", fileOf({ web: { image } }));
    const { composeId, appName, environmentId } = made;
    await client.post("compose.update", { composeId, description: "m" });
    const environments = (await client.get("project.allForPermissions")).json.flatMap(
      (one: Json) => one.environments,
    );
    const inside = environments.find((one: Json) => one.environmentId === environmentId);
    expect(inside.compose).toMatchObject([
      { composeId, appName, name: "queue", description: "m", composeStatus: "idle" },
    ]);
  });
}

function describeRuns(bench: () => Workbench, type: Compose["type"]): void {
  /** The tasks or containers, by the name that their service has in the file. */
  async function containers({ appName }: Compose): Promise<Map<string, Json>> {
    const query = { appName, appType: type };
    const list: Json[] = (await bench().client.get("docker.getContainersByAppNameMatch", query))
      .json;
    const current = list.filter((one) => !/^(Shutdown|Rejected)/.test(one.status));
    return new Map(
      current.map((one) => [/^[-_]([a-z]+)/.exec(one.name.slice(appName.length))?.[1] ?? "", one]),
    );
  }

  /** What docker knows of what runs: of a stack its service, whose labels are those of its containers. */
  async function inspect(compose: Compose, service: string): Promise<Json> {
    const { client, listed } = bench();
    const containerId =
      type === "stack"
        ? (await listed(`${compose.appName}_${service}`)).ID
        : (await containers(compose)).get(service)?.containerId;
    const { json } = await client.get("docker.getConfig", { containerId });
    return type === "stack" ? json.Spec.TaskTemplate.ContainerSpec : json.Config;
  }

  async function run(
    compose: Compose,
    parts: Readonly<Record<string, Part>>,
    states: Readonly<Record<string, string>> = {},
  ): Promise<Json> {
    const { client, until } = bench();
    const { composeId } = compose;
    await client.post("compose.update", { composeId, composeFile: fileOf(parts) });
    const row = await bench().deployCompose(compose);
    await until(async () => {
      const found = await containers(compose);
      const wanted = Object.entries(states);
      return wanted.every(([name, state]) => found.get(name)?.state === state);
    });
    return row;
  }
  const made = (): Promise<Compose> =>
    bench().compose(type, fileOf({ web: { image: bench().image } }));

  test("a deployment is found by its title, and the file's labels and env are on what runs", async () => {
    const { client, image } = bench();
    const compose = await made();
    const { composeId } = compose;
    // Between single quotes a value arrives letter by letter.
    await client.post("compose.update", { composeId, env: `KEY='${AWKWARD}'\nOTHER=plain` });
    const more = ['environment: { KEY: "${KEY}", OTHER: "${OTHER}" }'];
    const row = await run(compose, { web: { image, more } }, { web: "running" });
    expect(row).toMatchObject({ status: "done", composeId, applicationId: null });
    const { Labels, Env } = await inspect(compose, "web");
    expect(Labels["capstan.want"]).toBe("abc.1");
    expect(Env).toContain(`KEY=${AWKWARD}`);
    expect(Env).toContain("OTHER=plain");
    expect((await client.get("compose.one", { composeId })).json.composeStatus).toBe("done");
  });

  test("a service that leaves the file goes, a changed label is on what runs after the next deploy", async () => {
    const { image, until } = bench();
    const compose = await made();
    const both = { web: "running", side: "running" };
    await run(compose, { web: { image }, side: { image } }, both);
    await run(compose, { web: { image, want: "abc.2" } }, { web: "running" });
    await until(async () => !(await containers(compose)).has("side"));
    await until(async () => {
      const { Labels } = await inspect(compose, "web");
      return Labels["capstan.want"] === "abc.2";
    });
  });

  test("a crash loop ends as done, and only what runs shows it", async () => {
    const { image, until, listed } = bench();
    const compose = await made();
    const bad = { image, more: ["restart: always", "command: sh -c 'exit 3'"] };
    const row = await run(compose, { web: { image }, bad });
    expect(row.status).toBe("done");
    await until(async () =>
      // Of a stack, a task that ended is in no list of containers.
      type === "stack"
        ? (await listed(`${compose.appName}_bad`))?.Replicas === "0/1"
        : (await containers(compose)).get("bad")?.state === "restarting",
    );
  });

  test("a missing image is an error of docker compose, and done for a stack", async () => {
    const { client, image, missingImage } = bench();
    const compose = await made();
    const row = await run(compose, { web: { image }, miss: { image: missingImage } });
    expect(row.status).toBe(type === "stack" ? "done" : "error");
    expect(row.errorMessage).toBeNull();
    if (type === "stack") return;
    const { deploymentId } = row;
    const log = (await client.get("deployment.readLogs", { deploymentId, tail: 100 })).json;
    expect(JSON.stringify(log)).toMatch(/Error|error/);
  });

  test("stopped nothing runs and the status is idle; removed nothing is left of it", async () => {
    const { client, image, until, listed } = bench();
    const compose = await made();
    const { composeId, appName } = compose;
    await run(compose, { web: { image } }, { web: "running" });
    expect((await client.post("compose.stop", { composeId })).json).toBe(true);
    await until(async () => (await containers(compose)).get("web")?.state !== "running");
    expect((await client.get("compose.one", { composeId })).json.composeStatus).toBe("idle");
    const gone = await client.post("compose.delete", { composeId, deleteVolumes: false });
    expect(gone.json).toMatchObject({ composeId });
    await until(async () => (await containers(compose)).size === 0);
    expect(await listed(`${appName}_web`)).toBeUndefined();
    expect((await client.get("compose.one", { composeId })).status).toBe(404);
    expect((await client.post("compose.deploy", { composeId })).status).toBe(404);
  });

  test("a file mount hangs on it", async () => {
    const { client } = bench();
    const { composeId } = await made();
    const file = { type: "file", content: "x = 1", filePath: "/app.conf", mountPath: "/app.conf" };
    await client.post("mounts.create", { ...file, serviceType: "compose", serviceId: composeId });
    expect((await client.get("compose.one", { composeId })).json.mounts).toMatchObject([
      { ...file, serviceType: "compose", composeId },
    ]);
  });
}

function describeDomains(bench: () => Workbench): void {
  test("compose: a domain becomes labels and the shared network in the file that docker gets", async () => {
    const { client, image, prefix } = bench();
    const { composeId } = await bench().compose("docker-compose", fileOf({ web: { image } }));
    const converted = async (): Promise<string> =>
      (await client.get("compose.getConvertedCompose", { composeId })).json;
    expect(await converted()).not.toContain("traefik.enable");
    const host = `${prefix}.example.test`;
    await client.post("domain.create", {
      ...{ host, port: 80, https: false, certificateType: "none" },
      ...{ composeId, domainType: "compose", serviceName: "web" },
    });
    const text = await converted();
    // As the file writes its labels: a list or a map.
    expect(text).toMatch(/traefik\.enable(=|: )"?true/);
    expect(text).toContain(`Host(\`${host}\`)`);
    expect(text).toContain("dokploy-network");
    expect(text).toContain("capstan.want");
    // It is the stored file that stays as it was.
    const { composeFile, domains } = (await client.get("compose.one", { composeId })).json;
    expect(composeFile).toBe(fileOf({ web: { image } }));
    expect(domains).toMatchObject([{ host, serviceName: "web", composeId, applicationId: null }]);
  });
}
