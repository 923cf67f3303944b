// Services that run once, as docker 20.10.24 was seen to treat them.
import { describe, expect, test } from "vitest";
import type { Json } from "../contract/client.ts";
import { bench, deployed, makeApplication, until, type Bench } from "./support.ts";

async function job(b: Bench, args: readonly string[], fields: Record<string, unknown> = {}) {
  return makeApplication(b.client, {
    command: "/bin/sh",
    args: ["-c", ...args],
    restartPolicySwarm: { Condition: "none" },
    labelsSwarm: { "capstan.want": "abc.1" },
    updateConfigSwarm: { Parallelism: 1, Order: "stop-first", FailureAction: "continue" },
    ...fields,
  });
}

const tasks = async ({ client }: Bench, appName: string): Promise<Json[]> =>
  (await client.get("docker.getServiceContainersByAppName", { appName })).json;
const replicas = async ({ client }: Bench): Promise<string> =>
  (await client.get("swarm.getNodeApps")).json[0]?.Replicas;
const first = async (b: Bench, appName: string): Promise<string> =>
  String((await tasks(b, appName))[0]?.currentState ?? "");

async function ended(b: Bench, appName: string, word: string): Promise<void> {
  await until(async () => (await first(b, appName)).startsWith(word));
}

describe("a service that runs once", () => {
  test("its task is complete, 0/1, and is not started again", async () => {
    const b = await bench();
    const { applicationId, appName } = await job(b, ["echo one; echo two"]);
    await deployed(b, applicationId);
    await ended(b, appName, "Complete");
    expect(await replicas(b)).toBe("0/1");
    const all = await tasks(b, appName);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ state: "shutdown", error: "Error:" });
    const { containerId } = all[0]!;
    const inspected = (await b.client.get("docker.getConfig", { containerId })).json;
    expect(inspected).toMatchObject({
      Spec: { ContainerSpec: { Labels: { "capstan.want": "abc.1" } } },
      Status: { State: "complete", ContainerStatus: { ExitCode: 0 } },
    });
    const log = (await b.client.get("application.readLogs", { applicationId })).json as string;
    expect(log).toMatch(/Z two\n.*Z one\n/);
  });

  test("one that fails says with which code, and an update is a task of its own", async () => {
    const b = await bench();
    const { applicationId, appName } = await job(b, ["exit 3"]);
    await deployed(b, applicationId);
    await ended(b, appName, "Failed");
    expect((await tasks(b, appName))[0]?.error).toBe('"task: non-zero exit (3)"');
    await b.client.post("application.update", {
      applicationId,
      labelsSwarm: { "capstan.want": "abc.2" },
      args: ["-c", "echo"],
    });
    await deployed(b, applicationId);
    await ended(b, appName, "Complete");
    const labels = await Promise.all(
      (await tasks(b, appName)).map(async ({ containerId }) => {
        const { json } = await b.client.get("docker.getConfig", { containerId });
        return json.Spec.ContainerSpec.Labels["capstan.want"];
      }),
    );
    expect(labels).toEqual(["abc.2", "abc.1"]);
  });

  test.each([
    ["pause", "paused"],
    ["continue", "completed"],
  ])("its update ends as %s makes it, also when it ended well", async (FailureAction, State) => {
    const b = await bench();
    const updateConfigSwarm = { Parallelism: 1, Order: "stop-first", FailureAction };
    const { applicationId, appName } = await job(b, ["echo"], { updateConfigSwarm });
    await deployed(b, applicationId);
    await deployed(b, applicationId);
    await until(() => b.sim.state.swarmServices.get(appName)?.updateStatus?.State === State);
  });

  test("the second restart of docker runs it once more, unless it is scaled to none", async () => {
    const b = await bench();
    const { applicationId, appName } = await job(b, ["echo"]);
    for (let time = 0; time < 2; time += 1) {
      await deployed(b, applicationId);
      await ended(b, appName, "Complete");
    }
    const made = (): number => b.sim.state.swarmServices.get(appName)?.tasksMade ?? 0;
    b.sim.state.restartDocker();
    expect(made()).toBe(2);
    b.sim.state.restartDocker();
    expect(made()).toBe(3);
    await b.client.post("application.stop", { applicationId });
    expect(await replicas(b)).toBe("0/0");
    for (let time = 0; time < 3; time += 1) b.sim.state.restartDocker();
    expect(made()).toBe(3);
  });

  test("a server does not end, whatever its restart condition", async () => {
    const b = await bench();
    const made = await makeApplication(b.client, {
      command: "./serve",
      restartPolicySwarm: { Condition: "none" },
    });
    await deployed(b, made.applicationId);
    expect(await replicas(b)).toBe("1/1");
  });
});
