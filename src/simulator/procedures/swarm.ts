/** swarm.* and docker.*: what really runs, as docker's own commands print it. */
import { z } from "zod";
import { containerNow } from "../compose/containers.ts";
import { inspectContainer, inspectStackContainer } from "../compose/inspect.ts";
import { shownTasks } from "../compose/stackTasks.ts";
import { requirePrivilege } from "../access.ts";
import { fail } from "../failure.ts";
import { query, type Router } from "../procedure.ts";
import { findServer, noDocker, reach } from "../remote.ts";
import { isoNow } from "../time.ts";
import { inspectTask } from "../swarmOnce.ts";
import { ago, replicasText, tasksOf } from "../swarmService.ts";
import type { SwarmService } from "../swarmTypes.ts";
import type { Call, World } from "../world.ts";

const optionalServer = z.object({ serverId: z.string().optional() }).nullish();
const dockerName = (message: string): z.ZodString =>
  z
    .string()
    .min(1)
    .regex(/^[a-zA-Z0-9.\-_]+$/, message);

const node = {
  Availability: "Active",
  EngineVersion: "20.10.24+dfsg1",
  Hostname: "vm",
  ID: "",
  ManagerStatus: "Leader",
  Self: true,
  Status: "Ready",
  TLSStatus: "Ready",
};

export const swarmRouter: Router = {
  getNodeApps: query(optionalServer, async (input, call) => {
    requirePrivilege(call, "docker");
    const serverId = await reached(call, input?.serverId);
    if (noDocker(call.world, serverId) !== null) return [];
    return listed(call.world, serverId)
      .sort((a, b) => naturally(a.appName, b.appName))
      .map((service) => ({
        ID: service.ID.slice(0, 12),
        Image: service.spec.TaskTemplate.ContainerSpec.Image,
        Mode: "replicated",
        Name: service.appName,
        Ports: portsText(service),
        Replicas: replicasText(service, call.world.time, call.world.crashAfterMs),
      }));
  }),
  getNodes: query(optionalServer, async (input, call) => {
    requirePrivilege(call, "docker");
    const serverId = await reached(call, input?.serverId);
    if (serverId !== null) {
      return noDocker(call.world, serverId) === null
        ? [
            {
              ...node,
              Hostname: "edge",
              ID: `${call.world.nodeId.slice(0, 20)}${serverId.slice(0, 5)}`,
            },
          ]
        : undefined;
    }
    switch (call.world.tables.dockerDown) {
      case "off":
        return [{ ...node, ID: call.world.nodeId }];
      case "empty":
        return [];
      case "undefined":
        return undefined;
      case "error":
        throw fail("INTERNAL_SERVER_ERROR", "Cannot connect to the Docker daemon");
    }
  }),
};

export const dockerRouter: Router = {
  // Not recorded: as Dokploy's source of v0.30.2 answers, without the parts that Capstan does not read.
  getServerHealth: query(optionalServer, (input, call) => {
    requirePrivilege(call, "docker");
    if (input?.serverId !== undefined) findServer(call.world, input.serverId);
    const { hostDisk, swarmServices } = call.world.tables;
    const usage = { name: "dokploy-network", driver: "overlay", subnet: "10.0.1.0/24" };
    return {
      checkedAt: isoNow(),
      containers: { containerCount: swarmServices.size, serviceCount: swarmServices.size },
      resources: { memTotalBytes: 8 * 2 ** 30, memUsedBytes: 2 * 2 ** 30, cpuCount: 4 },
      disk: { ...hostDisk },
      dockerNetworks: {
        count: 4,
        addressPools: null,
        usage: [{ ...usage, containersInUse: swarmServices.size, capacity: 253, percentUsed: 0 }],
      },
      daemonErrors: [],
      daemonLogsWindow: null,
      reservation: null,
    };
  }),
  getConfig: query(
    z.object({ containerId: dockerName("Invalid container id."), serverId: z.string().optional() }),
    async (input, call) => {
      requirePrivilege(call, "docker");
      const serverId = await reached(call, input.serverId);
      const { tables } = call.world;
      if (noDocker(call.world, serverId) !== null) return undefined;
      const wanted = input.containerId;
      for (const service of tables.swarmServices.values())
        if (service.serverId === serverId && service.ID.startsWith(wanted) && wanted.length >= 4)
          return inspect(call, service);
      for (const service of tables.swarmServices.values()) {
        if (service.serverId !== serverId) continue;
        const task = inspectTask(service, wanted, call.world.time);
        if (task !== undefined) return task;
      }
      for (const [appName, { containers, serverId: on }] of tables.composeProjects) {
        if (on !== serverId) continue;
        const found = containers.find(
          ({ id, name }) => (id.startsWith(wanted) && wanted.length >= 4) || name === wanted,
        );
        if (found !== undefined) return inspectContainer(call.world, appName, found);
      }
      const named = tables.swarmServices.get(wanted);
      if (named?.serverId === serverId) return inspect(call, named);
      return inspectStackContainer(call.world, wanted, serverId);
    },
  ),
  getContainersByAppNameMatch: query(
    z.object({
      appName: dockerName("Invalid app name."),
      appType: z.enum(["stack", "docker-compose"]).optional(),
      serverId: z.string().optional(),
    }),
    async ({ appName, appType, serverId: given }, call) => {
      requirePrivilege(call, "docker");
      const serverId = await reached(call, given);
      const { world } = call;
      // On any error of docker, too.
      if (noDocker(world, serverId) !== null) return [];
      if (appType === "stack") return shownTasks(world, appName, serverId);
      const project = world.tables.composeProjects.get(appName);
      const containers = project?.serverId === serverId ? project.containers : [];
      return [...containers]
        .reverse()
        .sort((a, b) => b.createdAt - a.createdAt)
        .map((container) => {
          const { state, status } = containerNow(world, container);
          const { id, name } = container;
          return { containerId: id.slice(0, 12), name, state, status };
        });
    },
  ),
  getServiceContainersByAppName: query(
    z.object({ appName: dockerName("Invalid app name."), serverId: z.string().optional() }),
    async (input, call) => {
      requirePrivilege(call, "docker");
      const serverId = await reached(call, input.serverId);
      const { world } = call;
      const service = world.tables.swarmServices.get(input.appName);
      if (service?.serverId !== serverId || noDocker(world, serverId) !== null) return [];
      const tasks = tasksOf(service, world.time, world.scratch);
      return tasks.map((task, i) => ({
        containerId: task.containerId,
        name: `${service.appName}.1`,
        state: task.state,
        currentState: `${task.verb} ${ago(task.at)}`,
        node: "vm",
        // The output is trimmed, so the last line keeps the label of a column that is empty.
        error: task.error === "" && i === tasks.length - 1 ? "Error:" : task.error,
      }));
    },
  ),
};

/** Which docker is asked, once a command has reached it or come to nothing; null: that of Dokploy's own host. */
async function reached({ world }: Call, serverId: string | undefined): Promise<string | null> {
  // Dokploy reads an empty one as none.
  if (serverId === undefined || serverId === "") return null;
  findServer(world, serverId);
  await reach(world, serverId);
  return serverId;
}

/** Dokploy hides its own services by this prefix, and so every one that is named alike. */
function listed(world: World, serverId: string | null): SwarmService[] {
  return [...world.tables.swarmServices.values()].filter(
    (service) =>
      service.serverId === serverId && !service.compose && !service.appName.startsWith("dokploy-"),
  );
}

/** Docker's order of names: `web-2` comes before `web-10`. */
function naturally(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.match(/\d+|\D+/g) ?? []);
  for (const [i, chunk] of (left ?? []).entries()) {
    const other = right?.[i];
    if (other === undefined) return 1;
    if (chunk === other) continue;
    const difference = Number(chunk) - Number(other);
    if (Number.isFinite(difference) && difference !== 0) return difference;
    return chunk < other ? -1 : 1;
  }
  return -1;
}

function portsText(service: SwarmService): string {
  const ports = service.spec.EndpointSpec.Ports ?? [];
  return ports
    .filter((port) => port.PublishMode === "ingress")
    .map((port) => `*:${port.PublishedPort}->${port.TargetPort}/${port.Protocol}`)
    .join(", ");
}

function inspect(call: Call, service: SwarmService): object {
  return structuredClone({
    ID: service.ID,
    Version: { Index: service.versionIndex },
    CreatedAt: nano(service.CreatedAt),
    UpdatedAt: nano(service.UpdatedAt),
    Spec: service.spec,
    Endpoint: endpointOf(call, service),
    ...(service.updateStatus !== undefined && {
      UpdateStatus: {
        ...service.updateStatus,
        StartedAt: nano(service.updateStatus.StartedAt),
        ...(service.updateStatus.CompletedAt !== undefined && {
          CompletedAt: nano(service.updateStatus.CompletedAt),
        }),
      },
    }),
  });
}

/** Databases have no virtual address; the addresses of their tasks are resolved by name. */
function endpointOf(call: Call, { spec }: SwarmService): object {
  if (spec.EndpointSpec.Mode === "dnsrr") return { Spec: {} };
  return {
    Spec: spec.EndpointSpec,
    VirtualIPs: [{ NetworkID: call.world.networkId, Addr: "10.0.1.66/24" }],
  };
}

/** Docker's clocks show nine digits. */
function nano(iso: string): string {
  return iso.replace("Z", "000000Z");
}
