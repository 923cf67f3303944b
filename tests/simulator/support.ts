/** A simulator for one test file, fast and closed again, with the few steps every test begins with. */
import { afterEach, vi } from "vitest";
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from "../../src/simulator/server.ts";
import { createClient, type Client, type Json } from "../contract/client.ts";

export interface Bench {
  sim: Simulator;
  client: Client;
}

const open: Simulator[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((sim) => sim.close()));
});

export async function bench(options: SimulatorOptions = {}): Promise<Bench> {
  const sim = await startSimulator({ timeScale: 0.01, ...options });
  open.push(sim);
  return { sim, client: createClient(sim.url, sim.apiKey) };
}

export interface Made {
  projectId: string;
  environmentId: string;
  applicationId: string;
  appName: string;
}

/** A project with one docker application, made as a client would, not deployed. */
export async function makeApplication(
  client: Client,
  given: { image?: string; name?: string; appName?: string } & Record<string, unknown> = {},
): Promise<Made> {
  const { image = "nginx:1", name = "web", appName = "shop-web", ...fields } = given;
  const project = await client.post("project.create", { name: "shop" });
  const { projectId } = project.json.project;
  const { environmentId } = project.json.environment;
  const made = await client.post("application.create", { name, appName, environmentId });
  const { applicationId } = made.json;
  await client.post("application.update", {
    applicationId,
    sourceType: "docker",
    dockerImage: image,
    ...fields,
  });
  return { projectId, environmentId, applicationId, appName: made.json.appName };
}

export async function deploy(client: Client, applicationId: string, title = "t"): Promise<void> {
  await client.post("application.deploy", { applicationId, title });
}

/** Deploys and waits until nothing is queued any more. */
export async function deployed(bench: Bench, applicationId: string, title = "t"): Promise<void> {
  await deploy(bench.client, applicationId, title);
  await idle(bench.sim);
}

export async function idle(sim: Simulator): Promise<void> {
  await until(() => sim.state.queue.waiting.length + sim.state.queue.active.length === 0);
}

export async function until(test: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await test())) throw new Error("not yet");
    },
    { timeout: 60_000, interval: 2 },
  );
}

export function deploymentsOf(sim: Simulator, applicationId: string): Json[] {
  return [...sim.state.deployments.values()].filter((row) => row.applicationId === applicationId);
}
