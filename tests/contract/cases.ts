/**
 * What a recording needs beyond the rows that its answer and its request show. A recording without
 * an entry here needs nothing, and its answer has to be the same but for ids and times.
 */
import { vi } from "vitest";
import { scale } from "../../src/simulator/swarm.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import type { Case } from "./case.ts";
import { COMPOSE_CASES } from "./casesCompose.ts";
import { DATABASE_CASES } from "./casesDatabases.ts";
import { createClient, type Json } from "./client.ts";

const member: Case = {
  apiKey: "member",
  arrange: (sim) => void sim.state.addKey({ key: "member", role: "member" }),
};

const limited = (remaining: number): Case => ({
  apiKey: "limited",
  arrange: (sim) => {
    sim.state.addKey({ key: "limited", role: "owner", rateLimit: { max: 10, remaining } });
  },
});

const anotherOrganisation: Case = {
  arrange: (sim) => {
    for (const project of sim.state.projects.values()) project.organizationId = "another";
  },
};

const seen: Case = {
  arrange: (sim, { response }) => {
    const key = sim.state.keys.get(sim.apiKey);
    key!.accessedServices = response.items.map((one: Json) => one.applicationId);
  },
};

const runs: Case = {
  arrange: (sim) => {
    for (const row of sim.state.applications.values()) {
      row.dockerImage ??= "localhost:5000/tiny:1";
      const { applicationStatus } = row;
      sim.state.runApplication(row.applicationId);
      row.applicationStatus = applicationStatus;
    }
  },
};

/** A service of the swarm as `swarm.getNodeApps` shows it. */
function runService(
  sim: Simulator,
  shown: { Name: string; Image: string; Replicas: string; Ports?: string },
): void {
  const { project } = sim.state.addProject({ name: shown.Name });
  const image = shown.Replicas === "0/1" ? "acme/crash:1" : shown.Image;
  const row = sim.state.addApplication(project.projectId, { name: "web", dockerImage: image });
  row.appName = shown.Name;
  sim.state.runApplication(row.applicationId);
  const service = sim.state.swarmServices.get(shown.Name);
  service!.spec.TaskTemplate.ContainerSpec.Image = shown.Image;
  const [, wanted, perNode] = /\/(\d+)(?: \(max (\d+) per node\))?/.exec(shown.Replicas) ?? [];
  scale(service!, Number(wanted));
  if (perNode !== undefined) service!.maxPerNode = Number(perNode);
  const [, published, target] = /:(\d+)->(\d+)/.exec(shown.Ports ?? "") ?? [];
  const port = { PublishedPort: Number(published), TargetPort: Number(target), Protocol: "tcp" };
  if (published !== undefined)
    service!.spec.EndpointSpec.Ports = [{ ...port, PublishMode: "ingress" }];
}

const services: Case = {
  arrange: (sim, { response }) => {
    const shown = Array.isArray(response[2]?.result?.data?.json)
      ? response[2].result.data.json
      : response;
    const kept = new Map(sim.state.projects);
    for (const one of shown) runService(sim, one);
    for (const id of sim.state.projects.keys()) if (!kept.has(id)) sim.state.projects.delete(id);
  },
};

const task = (behind: { image: string; elapsedMs: number }): Case => ({
  timeScale: 1,
  arrange: (sim, { query }) => {
    const name: string = query?.appName;
    runService(sim, { Name: name, Image: behind.image, Replicas: "1/1" });
    const service = sim.state.swarmServices.get(name);
    service!.running.since = Date.now() - behind.elapsedMs;
  },
});

const finished = (sim: Simulator): Promise<void> =>
  pollUntil(() => sim.state.queue.active.length + sim.state.queue.waiting.length === 0);

async function pollUntil(test: () => boolean): Promise<void> {
  await vi.waitFor(
    () => {
      if (!test()) throw new Error("not yet");
    },
    { timeout: 60_000, interval: 1 },
  );
}

/** Deploys for real, then gives the deployment the recorded id. */
const deployedLog = (image: string, appName: string): Case => ({
  arrange: async (sim, { query }) => {
    const { project } = sim.state.addProject({ name: "p" });
    const { applicationId } = sim.state.addApplication(project.projectId, {
      name: "web",
      appName,
      sourceType: "docker",
      dockerImage: image,
    });
    if (image.endsWith("nope:9")) sim.faults.image("nope:9", "missing");
    await createClient(sim.url, sim.apiKey).post("application.deploy", { applicationId });
    await finished(sim);
    const [deployment] = sim.state.deployments.values();
    const log = sim.state.deploymentLogs.get(deployment!.deploymentId) ?? "";
    const deploymentId: string = query?.deploymentId;
    sim.state.deployments.set(deploymentId, { ...deployment!, deploymentId });
    sim.state.deploymentLogs.set(deploymentId, log);
  },
});

/** Deploys for real what was running when docker was asked, then gives it the recorded id. */
const inspected = (rolledBack: boolean): Case => ({
  arrange: async (sim, { query, response }) => {
    const client = createClient(sim.url, sim.apiKey);
    const { project } = sim.state.addProject({ name: "p" });
    const row = sim.state.addApplication(project.projectId, {
      name: "opencode",
      sourceType: "docker",
      dockerImage: "localhost:5000/tiny:1",
      env: "A=1",
      labelsSwarm: { "capstan.want": "3f9c0aa1b2c4.1" },
      networkSwarm: [{ Target: "dokploy-network", Aliases: ["bob-opencode"] }],
    });
    row.appName = response.Spec.Name;
    const { applicationId } = row;
    await client.post("application.deploy", { applicationId });
    await finished(sim);
    const service = sim.state.swarmServices.get(row.appName);
    if (rolledBack) {
      sim.state.editApplication(applicationId, {
        dockerImage: "acme/crash:1",
        labelsSwarm: { "capstan.want": "aaaabbbbcccc.1" },
      });
      await client.post("application.deploy", { applicationId });
      await pollUntil(() => service?.updateStatus?.State === "rollback_completed");
    }
    service!.ID = `${query?.containerId}${service!.ID.slice(12)}`;
  },
});

const queued: Case = {
  arrange: (sim, { response }) => {
    for (const job of response.toReversed()) {
      const [, , , projectId = "", , environmentId = "", , , applicationId = ""] =
        job.servicePath.href.split("/");
      addPlace(sim, projectId, environmentId);
      const row = sim.state.addApplication(projectId, { name: "web" });
      sim.state.applications.delete(row.applicationId);
      sim.state.applications.set(applicationId, { ...row, applicationId });
      const { id, data, timestamp, processedOn, state } = job;
      const one = { id, data, timestamp, state, ...(processedOn !== undefined && { processedOn }) };
      sim.state.queue[state === "active" ? "active" : "waiting"].push(one);
    }
  },
};

function addTag(sim: Simulator, tagId: string, name: string): void {
  sim.state.tags.set(tagId, { tagId, name, color: null, createdAt: "", organizationId: "" });
}

/** A project and its environment with ids that are given. */
function addPlace(sim: Simulator, projectId: string, environmentId: string): void {
  if (sim.state.projects.has(projectId)) return;
  const { project, environment } = sim.state.addProject({ name: "p" });
  sim.state.projects.delete(project.projectId);
  sim.state.environments.delete(environment.environmentId);
  sim.state.projects.set(projectId, { ...project, projectId });
  sim.state.environments.set(environmentId, { ...environment, environmentId, projectId });
}

export const CASES: Readonly<Record<string, Case>> = {
  "application.readLogs": runs,
  "application.readLogs-healthy": runs,
  "application.search": {
    arrange: (sim) => {
      const key = sim.state.keys.get(sim.apiKey);
      const [project] = sim.state.projects.values();
      for (let i = 0; i < 3; i++) {
        sim.state.addApplication(project!.projectId, { name: "web", createdAt: "2026-01-01" });
      }
      key!.accessedServices = [...sim.state.applications.keys()];
    },
  },
  "application.search-after-20-parallel-creates": seen,
  "application.start": runs,
  "application.start-no-service": {
    arrange: (sim) => {
      for (const row of sim.state.applications.values()) row.appName = "c1-yuauvn";
    },
  },
  "application.stop": runs,
  "auth-bad-key": { apiKey: "wrong" },
  "cors-get": { compare: "shape" },
  "deployment.killProcess": {
    arrange: async (sim, recording) => {
      const image = "localhost:5000/tiny:1";
      const { body } = recording;
      await deployedLog(image, "dep").arrange?.(sim, { ...recording, query: body });
    },
  },
  "deployment.queueList-3": queued,
  "deployment.queueList-active": queued,
  "deployment.readLogs": deployedLog("localhost:5000/tiny:1", "dep"),
  "deployment.readLogs-bad-image": deployedLog("localhost:5000/nope:9", "bad"),
  "deployment.readLogs-long-appName": deployedLog("localhost:5000/tiny:1", "a".repeat(63)),
  "docker.getConfig-service-healthy": inspected(false),
  "docker.getConfig-service-rolled-back": inspected(true),
  "docker.getServiceContainersByAppName-crashing": task({ image: "a/crash", elapsedMs: 7000 }),
  "docker.getServiceContainersByAppName-healthy": task({ image: "a/web", elapsedMs: 11_000 }),
  "docker.getServiceContainersByAppName-rolled-back": {
    // How a process ended is not simulated: it is always 2.
    compare: "shape",
    arrange: async (sim, recording) => {
      const name: string = recording.query?.appName;
      const given = { query: { containerId: "0123456789ab" }, response: { Spec: { Name: name } } };
      await inspected(true).arrange?.(sim, { ...recording, ...given });
    },
  },
  "domain.generateDomain": { compare: "type" },
  "domain.toggleEnable": {
    arrange: (sim) => {
      for (const row of sim.state.domains.values()) row.enabled = true;
    },
  },
  "environment.remove-with-services": {
    arrange: (sim) => {
      for (const row of sim.state.projects.values())
        sim.state.addApplication(row.projectId, { name: "web" });
      for (const row of sim.state.environments.values()) row.isDefault = false;
    },
  },
  "other-org-application.create": anotherOrganisation,
  "other-org-application.one": anotherOrganisation,
  "other-org-application.update": anotherOrganisation,
  "other-org-project.one": anotherOrganisation,
  "permission-denied-allForPermissions": member,
  "permission-denied-application.one": member,
  "permission-denied-project.create": member,
  "permission-denied-project.one": member,
  ...DATABASE_CASES,
  ...COMPOSE_CASES,
  // The command is another one, but it is there, with the keys of the destination.
  // None of the recorded ones had been authorised.
  "gitProvider.getAll-three": { compare: "shape" },
  "backup.manualBackupPostgres": { compare: "shape" },
  "schedule.runManually": {
    arrange: (sim) => {
      const { project } = sim.state.addProject({ name: "p" });
      const web = sim.state.addApplication(project.projectId, { name: "web", dockerImage: "a:1" });
      sim.state.runApplication(web.applicationId);
      for (const row of sim.state.schedules.values()) row.applicationId = web.applicationId;
    },
  },
  "project.homeStats": { compare: "shape" },
  "project.search": {
    arrange: (sim) => {
      for (let i = 0; i < 4; i++)
        sim.state.addProject({ name: "shop" }).project.createdAt = "2026-01-01";
    },
  },
  "ratelimit-exceeded": limited(0),
  "ratelimit-second-verify-denied": limited(1),
  "security.update": {
    arrange: (sim, { body }) => {
      const { project } = sim.state.addProject({ name: "p" });
      const { applicationId } = sim.state.addApplication(project.projectId, { name: "web" });
      const row = { ...body, createdAt: "", applicationId };
      sim.state.security.set(body.securityId, row);
    },
  },
  "swarm.getNodeApps-healthy-and-crashing": services,
  "swarm.getNodeApps-rolled-back": services,
  "swarm.getNodeApps-with-database": services,
  "tag.assignToProject-again": {
    arrange: (sim, { body }) => void sim.state.projectTags.push({ id: "x", ...body }),
  },
  "tag.create-as-member": member,
  "tag.create-duplicate": { arrange: (sim, { body }) => addTag(sim, "x", body.name) },
  "tag.update-nothing": { arrange: (sim, { body }) => addTag(sim, body.tagId, "zebra") },
  "tag.update-taken": {
    arrange: (sim, { body }) => {
      addTag(sim, body.tagId, "zebra");
      addTag(sim, "x", body.name);
    },
  },
  "trpc-batch": {
    path: () => {
      const input = { 0: { json: { applicationId: "a" } }, 1: { json: { applicationId: "b" } } };
      const encoded = encodeURIComponent(JSON.stringify(input));
      return `/api/trpc/application.one,application.one?batch=1&input=${encoded}`;
    },
  },
  "trpc-batch-four-lists": services,
  "trpc-batch-mutation-mixed": {
    arrange: (sim) => {
      const { project } = sim.state.addProject({ name: "p" });
      for (const applicationId of ["a5", "a6"]) {
        const row = sim.state.addApplication(project.projectId, { name: "web" });
        sim.state.applications.set(applicationId, { ...row, applicationId });
      }
    },
  },
  "trpc-project.one": {
    path: ({ response }) => {
      const { projectId } = response.result.data.json;
      return `/api/trpc/project.one?input=${encodeURIComponent(JSON.stringify({ json: { projectId } }))}`;
    },
  },
  // Which rights and which services the person had is not part of the contract.
  "user.get": {
    compare: "shape",
    arrange: (sim) => {
      const key = sim.state.keys.get(sim.apiKey);
      for (const list of ["accessedProjects", "accessedEnvironments", "accessedServices"] as const)
        key![list] = ["one"];
    },
  },
};
