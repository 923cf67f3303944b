/** What the recordings of compose services need: each is deployed for real before it is looked at. */
import { vi } from "vitest";
import type { Simulator } from "../../src/simulator/server.ts";
import type { Case } from "./case.ts";
import { createClient } from "./client.ts";

const TWO = [
  "services:",
  "  web:",
  "    image: localhost:5000/tiny:1",
  "    command: [/bin/httpd, -f, -p, '8080', -h, /www]",
  "    labels: { capstan.want: v1.1 }",
  "    volumes: [data:/data]",
  "  side:",
  "    image: localhost:5000/tiny:1",
  "    command: [/bin/httpd, -f, -p, '8080', -h, /www]",
  "    labels: { capstan.want: v1.1 }",
  "volumes:",
  "  data: {}",
  "",
].join("\n");
const ONE = "services:\n  web:\n    image: localhost:5000/tiny:1\n";
const BAD =
  "  bad:\n    image: localhost:5000/tiny:1\n    restart: always\n    command: sh -c 'exit 3'\n";
const MISSING = "  miss:\n    image: localhost:5000/none:9\n";
const CRASHING = "  bad:\n    image: acme/crash:1\n";

interface Given {
  type: "docker-compose" | "stack";
  appName: string;
  file: string;
  /** A file that is deployed before it. */
  before?: string;
}

async function deploy(sim: Simulator, { type, appName, file, before }: Given): Promise<string> {
  const client = createClient(sim.url, sim.apiKey);
  const { environment } = sim.state.addProject({ name: "p" });
  sim.faults.image("none:9", "missing");
  const made = await client.post("compose.create", {
    ...{ name: "svc", environmentId: environment.environmentId },
    ...{ composeType: type, sourceType: "raw", composeFile: before ?? file },
  });
  const { composeId } = made.json as { composeId: string };
  sim.state.compose.get(composeId)!.appName = appName;
  const run = async (): Promise<void> => {
    await client.post("compose.deploy", { composeId });
    await vi.waitFor(
      () => {
        const { active, waiting } = sim.state.queue;
        if (active.length + waiting.length > 0) throw new Error("not yet");
      },
      { timeout: 60_000, interval: 1 },
    );
  };
  await run();
  if (before !== undefined) {
    sim.state.compose.get(composeId)!.composeFile = file;
    await run();
  }
  return composeId;
}

/** As docker lists it so many milliseconds after it began. */
const listed = (given: Omit<Given, "appName">, elapsedMs: number, order?: string[]): Case => ({
  timeScale: 0.01,
  arrange: async (sim, { query }) => {
    await deploy(sim, { ...given, appName: query?.appName });
    for (const service of sim.state.swarmServices.values()) {
      service.running.since = Date.now() - elapsedMs;
    }
    for (const one of sim.state.composeProjects.get(query?.appName)?.containers ?? []) {
      one.since = Date.now() - elapsedMs;
      if (order !== undefined) one.createdAt = Date.now() - order.indexOf(one.service);
    }
  },
});

const logged = (given: Given): Case => ({
  compare: "lines",
  arrange: async (sim, { query }) => {
    await deploy(sim, given);
    const deployment = [...sim.state.deployments.values()].at(-1)!;
    const deploymentId: string = query?.deploymentId;
    const all = (sim.state.deploymentLogs.get(deployment.deploymentId) ?? "").split("\n");
    const tail = Number(query?.tail ?? all.length);
    const log = all.slice(-tail - 1).join("\n");
    sim.state.deployments.set(deploymentId, { ...deployment, deploymentId });
    sim.state.deploymentLogs.set(deploymentId, log);
  },
});

const inspected = (type: Given["type"], appName: string): Case => ({
  compare: "shape",
  without: [
    ...["ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "MountLabel", "ProcessLabel"],
    ...["AppArmorProfile", "ExecIDs", "HostConfig", "GraphDriver", "Mounts", "NetworkSettings"],
  ],
  arrange: async (sim, { query }) => {
    const id: string = query?.containerId;
    await deploy(sim, { type, appName, file: TWO });
    const container = sim.state.composeProjects.get(appName)?.containers.at(-1);
    if (container !== undefined) container.id = `${id}${container.id.slice(12)}`;
    if (type !== "stack") return;
    const asked = { appName, appType: "stack" };
    const tasks = await createClient(sim.url, sim.apiKey).get(
      "docker.getContainersByAppNameMatch",
      asked,
    );
    query!.containerId = tasks.json[0].containerId;
  },
});

/** The domain as it stands in the answer: its number is part of the labels. */
const converted = (composeType: string, appName: string, number: number, host: string): Case => ({
  arrange: (sim, { query }) => {
    const row = sim.state.compose.get(query?.composeId)!;
    const file = [
      ...["services:", "  web:", "    image: localhost:5000/tiny:1", "    environment:"],
      ...["      A: ${A}", "    labels:", "      capstan.want: v1.5", "    volumes: [data:/data]"],
      ...["volumes:", "  data: {}", ""],
    ].join("\n");
    Object.assign(row, { composeType, appName, sourceType: "raw", composeFile: file });
    return addDomain(sim, row.composeId, { number, host, port: 8080 });
  },
});

async function addDomain(
  sim: Simulator,
  composeId: string,
  { number, host, port }: { number: number; host: string; port: number },
): Promise<void> {
  sim.state.serials.domain = number - 1;
  await createClient(sim.url, sim.apiKey).post("domain.create", {
    ...{ composeId, host, port, serviceName: "web", domainType: "compose" },
  });
}

const COMPOSE = "rec-compose-qow1vy";
const STACK = "rec-stack-urewpc";
const compose = { type: "docker-compose" } as const;
const stack = { type: "stack" } as const;

export const COMPOSE_CASES: Readonly<Record<string, Case>> = {
  "compose.getConvertedCompose": {
    arrange: (sim, { query }) => {
      const row = sim.state.compose.get(query?.composeId)!;
      const composeFile =
        "services:\n  web:\n    image: localhost:5000/tiny:1\n    labels:\n      a: b\n    environment:\n      - X=${X}\n";
      Object.assign(row, { appName: "stack1-y7deqc", sourceType: "raw", composeFile });
      return addDomain(sim, row.composeId, { number: 8, host: "c.example.com", port: 80 });
    },
  },
  "compose.getConvertedCompose-domain-compose": converted(
    ...(["docker-compose", COMPOSE, 78, "compose.example.test"] as const),
  ),
  "compose.getConvertedCompose-domain-stack": converted(
    ...(["stack", STACK, 79, "stack.example.test"] as const),
  ),
  "compose.loadServices": {
    arrange: async (sim, { query }) => {
      const id = await deploy(sim, { ...compose, appName: "stack1-y7deqc", file: ONE });
      const row = sim.state.compose.get(id)!;
      sim.state.compose.set(query?.composeId, { ...row, composeId: query?.composeId });
    },
  },
  "deployment.readLogs-compose": {
    ...logged({ ...compose, appName: "stack1-y7deqc", file: ONE }),
  },
  "deployment.readLogs-compose-live": logged({ ...compose, appName: COMPOSE, file: TWO }),
  "deployment.readLogs-compose-missing": logged({
    ...{ ...compose, appName: COMPOSE, file: `${ONE}${MISSING}` },
  }),
  "deployment.readLogs-stack-live": logged({ ...stack, appName: STACK, file: TWO }),
  "deployment.readLogs-stack-missing": logged({
    ...{ ...stack, appName: STACK, before: TWO.replace("services:\n", `services:\n${CRASHING}`) },
    file: TWO.replace("services:\n", `services:\n${MISSING}`),
  }),
  "docker.getConfig-compose-container": inspected("docker-compose", COMPOSE),
  "docker.getConfig-stack-container": inspected("stack", STACK),
  "docker.getContainersByAppNameMatch-compose": listed({ ...compose, file: ONE }, 6200),
  "docker.getContainersByAppNameMatch-compose-live": listed({ ...compose, file: TWO }, 4200),
  "docker.getContainersByAppNameMatch-compose-crashing": {
    ...listed(
      { ...compose, file: TWO.replace("volumes:\n  data", `${BAD}volumes:\n  data`) },
      6200,
      [...["web", "side", "bad"]],
    ),
  },
  "docker.getContainersByAppNameMatch-compose-stopped": {
    arrange: async (sim, { query }) => {
      const composeId = await deploy(sim, { ...compose, appName: query?.appName, file: ONE });
      await createClient(sim.url, sim.apiKey).post("compose.stop", { composeId });
    },
  },
  "docker.getContainersByAppNameMatch-stack-crashing": listed(
    { ...stack, file: TWO.replace("services:\n", `services:\n${CRASHING}`) },
    3200,
  ),
  "docker.getContainersByAppNameMatch-stack-live": listed({ ...stack, file: TWO }, 3200),
};
