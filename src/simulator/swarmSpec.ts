/** The spec of the swarm service that Dokploy builds from a row, with the defaults docker adds. */
import type { MountRow, PortRow } from "./rows.ts";
import type { RunnableRow } from "./serviceRows.ts";
import type { ServiceSpec } from "./swarmTypes.ts";

const SECOND = 1_000_000_000;
export const SHARED_NETWORK = "dokploy-network";

export type SpecResult = { ok: true; spec: ServiceSpec } | { ok: false; message: string };

export interface SpecInput {
  row: RunnableRow;
  image: string;
  env: string[];
  mounts: MountRow[];
  ports: PublishedPort[];
  networkId: string;
  defaults: SpecDefaults;
}

export type PublishedPort = NonNullable<ServiceSpec["EndpointSpec"]["Ports"]>[number];

/** What Dokploy asks of swarm where the row says nothing: applications and databases differ. */
export interface SpecDefaults {
  order: "start-first" | "stop-first";
  endpointMode: "vip" | "dnsrr";
  stopGraceSeconds: number;
}

export const APPLICATION_DEFAULTS: SpecDefaults = {
  order: "start-first",
  endpointMode: "vip",
  stopGraceSeconds: 10,
};

/** Databases stop first, so that two never write to one volume. */
export const DATABASE_DEFAULTS: SpecDefaults = {
  order: "stop-first",
  endpointMode: "dnsrr",
  stopGraceSeconds: 30,
};

export function publishedPort(port: PortRow): PublishedPort {
  return {
    Protocol: port.protocol,
    TargetPort: port.targetPort,
    PublishedPort: port.publishedPort,
    PublishMode: port.publishMode,
  };
}

export function buildSpec(input: SpecInput): SpecResult {
  const { row, image, ports, defaults } = input;
  if (row.appName.length > 63) {
    return refused("InvalidArgument", "name must be 63 characters or fewer");
  }
  const replicas = row.modeSwarm?.Replicated?.Replicas ?? row.replicas;
  if (replicas < 0) {
    return refused("InvalidArgument", "Number of replicas must be non-negative");
  }
  const networks = [];
  for (const attachment of row.networkSwarm ?? [{ Target: SHARED_NETWORK }]) {
    const target = attachment.Target ?? "";
    if (target !== SHARED_NETWORK && target !== input.networkId) {
      return {
        ok: false,
        message: `(HTTP code 404) no such network - network ${target} not found `,
      };
    }
    networks.push({
      Target: input.networkId,
      ...(attachment.Aliases !== undefined && { Aliases: attachment.Aliases }),
    });
  }
  const mounts = mountSpecs(row.appName, input.mounts);
  const update = row.updateConfigSwarm;
  return {
    ok: true,
    spec: {
      Name: row.appName,
      Labels: {},
      TaskTemplate: {
        ContainerSpec: {
          Image: image,
          ...(row.labelsSwarm !== null && { Labels: { ...row.labelsSwarm } }),
          ...(row.command !== null && row.command !== "" && { Command: row.command.split(" ") }),
          ...(row.args !== null && row.args.length > 0 && { Args: [...row.args] }),
          ...(input.env.length > 0 && { Env: input.env }),
          ...(mounts.length > 0 && { Mounts: mounts }),
          StopGracePeriod: row.stopGracePeriodSwarm ?? defaults.stopGraceSeconds * SECOND,
          ...(row.healthCheckSwarm !== null && { Healthcheck: row.healthCheckSwarm }),
          ...(row.ulimitsSwarm !== null && { Ulimits: row.ulimitsSwarm }),
          DNSConfig: {},
          Isolation: "default",
        },
        Resources: {
          Limits: resources(row.memoryLimit, row.cpuLimit),
          Reservations: resources(row.memoryReservation, row.cpuReservation),
        },
        RestartPolicy: row.restartPolicySwarm ?? {
          Condition: "any",
          Delay: 5 * SECOND,
          MaxAttempts: 0,
        },
        Placement:
          row.placementSwarm ??
          (input.mounts.length > 0 ? { Constraints: ["node.role==manager"] } : {}),
        Networks: networks,
        ForceUpdate: 0,
        Runtime: "container",
      },
      Mode: { Replicated: { Replicas: replicas } },
      UpdateConfig: {
        Parallelism: update?.Parallelism ?? 1,
        FailureAction: update === null ? "rollback" : (update.FailureAction ?? "pause"),
        Monitor: update?.Monitor ?? 5 * SECOND,
        MaxFailureRatio: 0,
        Order: update?.Order ?? defaults.order,
      },
      RollbackConfig: row.rollbackConfigSwarm ?? {
        Parallelism: 1,
        FailureAction: "pause",
        Monitor: 5 * SECOND,
        MaxFailureRatio: 0,
        Order: "start-first",
      },
      // Where the row has one, the application's own ports are not published.
      EndpointSpec: {
        Mode: row.endpointSpecSwarm?.Mode ?? defaults.endpointMode,
        ...(row.endpointSpecSwarm === null && ports.length > 0 && { Ports: ports }),
      },
    },
  };
}

function refused(code: string, reason: string): SpecResult {
  const message = `(HTTP code 400) unexpected - rpc error: code = ${code} desc = ${reason} `;
  return { ok: false, message };
}

/** Dokploy reads both as whole numbers: `512m` is 512 bytes. */
function resources(
  memory: string | null,
  cpu: string | null,
): { MemoryBytes?: number; NanoCPUs?: number } {
  const bytes = memory === null ? NaN : Number.parseInt(memory, 10);
  const nano = cpu === null ? NaN : Number.parseInt(cpu, 10);
  return {
    ...(Number.isFinite(nano) && { NanoCPUs: nano }),
    ...(Number.isFinite(bytes) && { MemoryBytes: bytes }),
  };
}

function mountSpecs(
  appName: string,
  mounts: MountRow[],
): { Type: "volume" | "bind"; Source: string; Target: string }[] {
  return mounts.map((mount) => {
    const Target = mount.mountPath;
    if (mount.type === "volume") return { Type: "volume", Source: mount.volumeName ?? "", Target };
    if (mount.type === "bind") return { Type: "bind", Source: mount.hostPath ?? "", Target };
    const Source = `/etc/dokploy/applications/${appName}/files/${mount.filePath ?? ""}`;
    return { Type: "bind", Source, Target };
  });
}
