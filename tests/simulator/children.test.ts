import { describe, expect, test } from "vitest";
import { createClient, type Client, type Json, type Reply } from "../contract/client.ts";
import { bench, deployed, deploymentsOf, makeApplication, until } from "./support.ts";

const host = (i: number): string => `h${i}.example.com`;

function together(count: number, send: (i: number) => Promise<Reply>): Promise<Reply>[] {
  const sent = Array.from({ length: count }, (_unused, i) => send(i));
  for (const one of sent) one.catch(() => undefined);
  return sent;
}

async function answers(client: Client, withinMs: number): Promise<boolean> {
  const timeout = AbortSignal.timeout(withinMs);
  return client.raw("/api/settings.health", { signal: timeout }).then(
    () => true,
    () => false,
  );
}

describe("domains", () => {
  test("neither hosts nor ports nor names are unique", async () => {
    const { sim, client } = await bench();
    const first = await makeApplication(client);
    const second = await makeApplication(client);
    for (const { applicationId } of [first, first, second])
      expect((await client.post("domain.create", { applicationId, host: host(1) })).status).toBe(
        200,
      );
    const port = { publishedPort: 80, targetPort: 80, applicationId: first.applicationId };
    expect((await client.post("port.create", port)).status).toBe(200);
    expect((await client.post("port.create", port)).json.publishMode).toBe("ingress");
    expect(sim.state.domains.size).toBe(3);
    expect([...sim.state.projects.values()].map((row) => row.name)).toEqual(["shop", "shop"]);
  });

  test("a domain without an application is an orphan row", async () => {
    const { sim, client } = await bench();
    const reply = await client.post("domain.create", { host: host(1) });
    expect(reply.status).toBe(200);
    expect(reply.json.applicationId).toBeNull();
    expect(sim.state.routerFiles.size).toBe(0);
  });

  test("a domain applies at once, without a deployment", async () => {
    const { sim, client } = await bench();
    const { applicationId, appName } = await makeApplication(client);
    const made = await client.post("domain.create", { applicationId, host: host(1), port: 8080 });
    const served = (): unknown => [...(sim.state.routerFiles.get(appName)?.domains.values() ?? [])];
    expect(served()).toEqual([{ host: host(1), path: "/", port: 8080 }]);
    await client.post("domain.update", { domainId: made.json.domainId, host: host(2) });
    expect(served()).toEqual([{ host: host(2), path: "/", port: 8080 }]);
    await client.post("domain.delete", { domainId: made.json.domainId });
    expect(served()).toEqual([]);
  });

  test("a custom certificate without a resolver and a path without a slash are accepted", async () => {
    const { client } = await bench();
    const { applicationId } = await makeApplication(client);
    const odd = { applicationId, host: host(1), path: "api", certificateType: "custom" };
    expect((await client.post("domain.create", odd)).status).toBe(200);
  });
});

describe("the trap that takes the server down", () => {
  // Thirty are sent, as a busy machine may spread them over more than one moment.
  test.each([
    ["domain.create", (applicationId: string, i: number) => ({ applicationId, host: host(i) })],
    [
      "security.create",
      (applicationId: string, i: number) => ({ applicationId, username: `u${i}`, password: "p" }),
    ],
    [
      "redirects.create",
      (applicationId: string, i: number) => ({
        applicationId,
        regex: `^/${i}`,
        replacement: "/",
        permanent: true,
      }),
    ],
  ])("ten %s at the same moment hang everything until a restart", async (procedure, body) => {
    const { sim, client } = await bench();
    const { applicationId } = await makeApplication(client);
    void together(30, (i) => client.post(procedure, body(applicationId, i)));
    await until(() => sim.state.hung);
    expect(await answers(client, 150)).toBe(false);
    await sim.faults.restart({ downMs: 1 });
    expect(await answers(client, 60_000)).toBe(true);
  });

  test("deleting ten basic auths at once hangs too", async () => {
    const { sim, client } = await bench();
    const { applicationId } = await makeApplication(client);
    for (let i = 0; i < 10; i++)
      await client.post("security.create", { applicationId, username: `u${i}`, password: "p" });
    const ids = [...sim.state.security.keys()];
    const names = ids.map(() => "security.delete");
    const inputs = ids.map((securityId) => ({ securityId }));
    void together(1, () => client.batchPost(names, inputs));
    await until(() => sim.state.hung);
  });

  test("one batch is enough", async () => {
    const { sim, client } = await bench();
    const { applicationId } = await makeApplication(client);
    const names = Array<string>(10).fill("domain.create");
    const inputs = names.map((_unused, i) => ({ applicationId, host: host(i) }));
    void together(1, () => client.batchPost(names, inputs));
    await until(() => sim.state.hung);
  });

  test("four at once, and ten one after another, are fine", async () => {
    const { sim, client } = await bench();
    const { applicationId } = await makeApplication(client);
    const four = together(4, (i) => client.post("domain.create", { applicationId, host: host(i) }));
    expect((await Promise.all(four)).map((one) => one.status)).toEqual([200, 200, 200, 200]);
    for (let i = 4; i < 14; i++)
      await client.post("domain.create", { applicationId, host: host(i) });
    expect(sim.state.domains.size).toBe(14);
  });

  test("32 parallel applications, mounts and ports do no harm", async () => {
    const { sim, client } = await bench();
    const { applicationId, environmentId } = await makeApplication(client);
    await Promise.all([
      ...together(32, (i) =>
        client.post("mounts.create", {
          serviceId: applicationId,
          serviceType: "application",
          type: "volume",
          volumeName: `v${i}`,
          mountPath: `/${i}`,
        }),
      ),
      ...together(32, (i) =>
        client.post("port.create", { applicationId, publishedPort: i, targetPort: i }),
      ),
      ...together(32, (i) => client.post("application.create", { name: `a${i}`, environmentId })),
    ]);
    expect([sim.state.mounts.size, sim.state.ports.size, sim.state.applications.size]).toEqual([
      32, 32, 33,
    ]);
    expect(sim.state.hung).toBe(false);
  });
});

describe("basic auth and redirects", () => {
  // Slow enough that both have read the file before either writes it, on a busy machine too.
  test("two in parallel lose one entry of the shared file, though both rows exist", async () => {
    const { sim, client } = await bench({ timeScale: 0.5 });
    const first = await makeApplication(client);
    const second = await makeApplication(client);
    const reply = await client.batchPost(
      ["security.create", "security.create"],
      [first, second].map(({ applicationId }) => ({ applicationId, username: "u", password: "p" })),
    );
    expect(reply.status).toBe(200);
    expect(sim.state.security.size).toBe(2);
    expect(Object.keys(sim.state.middlewareFile)).toHaveLength(1);
  });

  test("basic auth beside a redirect loses the redirect", async () => {
    const { sim, client } = await bench({ timeScale: 0.5 });
    const { applicationId, appName } = await makeApplication(client);
    await client.batchPost(
      ["redirects.create", "security.create"],
      [
        { applicationId, regex: "^/a", replacement: "/b", permanent: true },
        { applicationId, username: "u", password: "p" },
      ],
    );
    expect(sim.state.redirects.size).toBe(1);
    expect(Object.keys(sim.state.middlewareFile)).toEqual([`auth-${appName}`]);
  });

  test("one after another keeps all of them", async () => {
    const { sim, client } = await bench();
    const { applicationId, appName } = await makeApplication(client);
    await client.post("security.create", { applicationId, username: "u", password: "p" });
    await client.post("security.create", { applicationId, username: "v", password: "p" });
    const redirect = { applicationId, regex: "^/a", replacement: "/b", permanent: true };
    await client.post("redirects.create", redirect);
    expect(Object.keys(sim.state.middlewareFile)).toEqual([
      `auth-${appName}`,
      `redirect-${appName}-1`,
    ]);
    expect(sim.state.middlewareFile[`auth-${appName}`]).toMatchObject({
      basicAuth: { users: [expect.stringMatching(/^u:/), expect.stringMatching(/^v:/)] },
    });
  });

  test("a user name is unique within an application", async () => {
    const { client } = await bench();
    const { applicationId } = await makeApplication(client);
    const body = { applicationId, username: "u", password: "secret-value" };
    await client.post("security.create", body);
    const again = await client.post("security.create", body);
    expect(again.status).toBe(400);
    expect(again.json.message).toContain("secret-value");
  });
});

describe("mounts", () => {
  test("without a serviceType the mount is lost", async () => {
    const { client } = await bench();
    const { applicationId } = await makeApplication(client);
    const body = { serviceId: applicationId, type: "bind", hostPath: "/x", mountPath: "/x" };
    expect((await client.post("mounts.create", body)).status).toBe(200);
    expect((await client.get("application.one", { applicationId })).json.mounts).toEqual([]);
  });

  test("update answers with the row as it was", async () => {
    const { sim, client } = await bench();
    const { applicationId } = await makeApplication(client);
    const made = await client.post("mounts.create", {
      serviceId: applicationId,
      serviceType: "application",
      type: "volume",
      volumeName: "v",
      mountPath: "/old",
    });
    const { mountId } = made.json;
    const reply = await client.post("mounts.update", { mountId, mountPath: "/new" });
    expect(reply.json.mountPath).toBe("/old");
    expect(sim.state.mounts.get(mountId)?.mountPath).toBe("/new");
  });

  test("a file without a path breaks every later file, whose row stays all the same", async () => {
    const b = await bench();
    const { applicationId } = await makeApplication(b.client);
    const file = {
      serviceId: applicationId,
      serviceType: "application",
      type: "file",
      content: "x",
    };
    expect((await b.client.post("mounts.create", { ...file, mountPath: "/a" })).status).toBe(200);
    const later = await b.client.post("mounts.create", {
      ...file,
      mountPath: "/b",
      filePath: "b.txt",
    });
    expect(later.status).toBe(400);
    expect(b.sim.state.mounts.size).toBe(2);
    await deployed(b, applicationId);
    expect(deploymentsOf(b.sim, applicationId)[0].status).toBe("error");
  });
});

describe("environments and applications", () => {
  test("environment.update answers 400 for everything that is wrong", async () => {
    const { client } = await bench();
    const { environmentId } = await makeApplication(client);
    const wrong = [
      { environmentId: "no", description: "x" },
      { environmentId, name: "production" },
    ];
    for (const body of wrong)
      expect((await client.post("environment.update", body)).status).toBe(400);
  });

  test("only the exact name production is refused", async () => {
    const { client } = await bench();
    const { projectId } = await makeApplication(client);
    const create = async (name: string): Promise<number> =>
      (await client.post("environment.create", { projectId, name })).status;
    expect([await create("production"), await create("Production")]).toEqual([400, 200]);
  });

  test("the default environment, and one with services, cannot be removed", async () => {
    const { client } = await bench();
    const { environmentId, projectId, applicationId } = await makeApplication(client);
    const staging = (await client.post("environment.create", { projectId, name: "s" })).json;
    const target = { environmentId: staging.environmentId };
    expect((await client.post("environment.remove", { environmentId })).status).toBe(400);
    await client.post("application.move", {
      applicationId,
      targetEnvironmentId: staging.environmentId,
    });
    expect((await client.post("environment.remove", target)).status).toBe(400);
    await client.post("application.delete", { applicationId });
    expect((await client.post("environment.remove", target)).status).toBe(200);
  });

  test("an update of only ignored fields is a 500, of a missing application a 400", async () => {
    const { client } = await bench();
    const { applicationId } = await makeApplication(client);
    const update = (body: object): Promise<Reply> => client.post("application.update", body);
    expect((await update({ applicationId, appName: "x", serverId: "y" })).json.message).toBe(
      "No values to set",
    );
    expect((await update({ applicationId: "no", name: "x" })).status).toBe(400);
  });

  test("one env key that is not plain makes the whole env vanish", async () => {
    const b = await bench();
    const { applicationId, appName } = await makeApplication(b.client, { env: "A=1\nB@C=2" });
    await deployed(b, applicationId);
    const spec = b.sim.state.swarmServices.get(appName)?.spec;
    expect(spec?.TaskTemplate.ContainerSpec).not.toHaveProperty("Env");
  });

  test("application.search loses applications that were created in parallel", async () => {
    const { client } = await bench();
    const { environmentId } = await makeApplication(client);
    await client.batchPost(
      Array<string>(20).fill("application.create"),
      Array.from({ length: 20 }, (_unused, i) => ({ name: `c${i}`, environmentId })),
    );
    const found = await client.get("application.search", { limit: 100 });
    expect(found.json.total).toBeLessThan(21);
    const all = await client.get("project.all");
    expect(all.json[0].environments[0].applications).toHaveLength(21);
  });
});

describe("roles", () => {
  test("a member sees only what it was given, which is no deletion", async () => {
    const { sim, client } = await bench();
    const seen = await makeApplication(client);
    await makeApplication(client);
    sim.state.addKey({ key: "nobody", role: "member" });
    sim.state.addKey({
      key: "member",
      role: "member",
      accessedProjects: [seen.projectId],
      accessedEnvironments: [seen.environmentId],
      accessedServices: [seen.applicationId],
    });
    expect((await createClient(sim.url, "nobody").get("project.all")).json).toEqual([]);
    const member = createClient(sim.url, "member");
    const list = (await member.get("project.all")).json;
    expect(list.map((row: Json) => row.projectId)).toEqual([seen.projectId]);
    expect((await member.get("project.allForPermissions")).status).toBe(401);
    expect((await member.post("project.create", { name: "x" })).status).toBe(400);
  });

  test("application.update does not look at the organisation, application.one does", async () => {
    const { sim, client } = await bench();
    const { projectId, applicationId } = await makeApplication(client);
    sim.state.editProject(projectId, { organizationId: "another" });
    expect((await client.get("application.one", { applicationId })).status).toBe(401);
    const pwn = await client.post("application.update", { applicationId, description: "pwn" });
    expect(pwn.status).toBe(200);
    expect((await client.get("project.all")).json).toEqual([]);
  });
});
