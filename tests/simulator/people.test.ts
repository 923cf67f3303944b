import { describe, expect, test } from "vitest";
import type { Json } from "../contract/client.ts";
import { latencyOf } from "../../src/simulator/latency.ts";
import { bench, deployed, makeApplication } from "./support.ts";

const MARKER = "Web. [capstan:1 owner=default/shop key=app/web id=abcdefgh]";

describe("people", () => {
  test("a duplicated project carries the descriptions, markers included", async () => {
    const { sim, client } = await bench();
    const { projectId, applicationId, appName } = await makeApplication(client, {
      description: MARKER,
    });
    await client.post("domain.create", { applicationId, host: "a.example.com" });
    await client.post("security.create", { applicationId, username: "u", password: "p" });
    const copyId = sim.state.duplicateProject(projectId);
    const copy = (await client.get("project.one", { projectId: copyId })).json;
    const [copied] = copy.environments[0].applications;
    expect(copied).toMatchObject({ name: "web", description: MARKER });
    expect(copied.applicationId).not.toBe(applicationId);
    expect(copied.appName).not.toBe(appName);
    expect(copied.appName).toMatch(/^shop-web-\w{6}$/);
    const one = await client.get("application.one", { applicationId: copied.applicationId });
    expect(one.json.domains[0].host).toBe("a.example.com");
    expect(one.json.security[0].username).toBe("u");
    expect(one.json.dockerImage).toBe("nginx:1");
  });

  test("duplicated in the same project it is called a copy", async () => {
    const { sim, client } = await bench();
    const { projectId } = await makeApplication(client, { description: MARKER });
    expect(sim.state.duplicateProject(projectId, { sameProject: true })).toBe(projectId);
    const list = (await client.get("project.allForPermissions")).json;
    const names = list[0].environments[0].applications.map((one: Json) => one.name);
    expect(names.sort()).toEqual(["web", "web (copy)"]);
  });

  test("what people do by hand is seen by the lists and leaves no request", async () => {
    const b = await bench();
    const { projectId, applicationId, appName } = await makeApplication(b.client);
    await deployed(b, applicationId);
    b.sim.log.clear();
    b.sim.state.editApplication(applicationId, { description: "mine now" });
    b.sim.state.stopApplication(applicationId);
    const own = b.sim.state.addApplication(projectId, { name: "by-hand", dockerImage: "nginx:1" });
    b.sim.state.runApplication(own.applicationId);
    expect(b.sim.log.entries).toEqual([]);
    const apps = (await b.client.get("swarm.getNodeApps")).json;
    const shown = Object.fromEntries(apps.map((one: Json) => [one.Name, one.Replicas]));
    expect(shown).toEqual({ [appName]: "0/0", [own.appName]: "1/1" });
    b.sim.state.removeSwarmService(appName);
    expect((await b.client.get("swarm.getNodeApps")).json).toHaveLength(1);
  });
});

describe("size", () => {
  test("ten thousand projects are listed in well under a second", async () => {
    const { sim, client } = await bench();
    sim.state.seed(10_000);
    const before = process.cpuUsage();
    const reply = await client.batch([
      "project.all",
      "project.allForPermissions",
      "swarm.getNodeApps",
      "swarm.getNodes",
    ]);
    expect(reply.json[0].result.data.json).toHaveLength(10_000);
    // Measured at 300 ms, this client's own parsing included; twenty times that would be quadratic.
    const spent = process.cpuUsage(before);
    expect((spent.user + spent.system) / 1000).toBeLessThan(3000);
  });

  test("the measured latency of the lists grows with the projects, that of the rest does not", async () => {
    const { sim } = await bench();
    const at = (projects: number, procedure: string): number => {
      const tables = { ...sim.state, projects: { size: projects } };
      return Math.round(latencyOf({ tables } as never, [procedure], 1));
    };
    expect([10, 100, 1000].map((n) => at(n, "project.all"))).toEqual([35, 41, 579]);
    expect(at(10_000, "project.all")).toBeGreaterThan(29_000);
    expect(at(10_000, "application.one")).toBe(38);
  });

  test("many ids in one batch cost less than one after another", async () => {
    const { sim } = await bench();
    const fifty = Array<string>(50).fill("application.one");
    const ms = latencyOf({ tables: sim.state } as never, fifty, 1);
    expect(ms).toBeGreaterThan(350);
    expect(ms).toBeLessThan(520);
  });
});
