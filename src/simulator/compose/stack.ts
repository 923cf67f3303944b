/** What `docker stack deploy` makes of a file, and what it logs. */
import { applySpec } from "../swarm.ts";
import type { ServiceSpec } from "../swarmTypes.ts";
import type { World } from "../world.ts";
import { commandOf, entriesOf, type ComposeFile, type ComposeService } from "./file.ts";
import { volumesOf, type Log } from "./up.ts";

const SECOND = 1_000_000_000;

export function deployStack(
  world: World,
  { appName, serverId }: { appName: string; serverId: string | null },
  file: ComposeFile,
  log: Log,
): boolean {
  const { swarmServices } = world.tables;
  log(
    "Since --detach=false was not specified, tasks will be created in the background.\n" +
      "In a future release, --detach=false will become the default.\n",
  );
  const services = Object.entries(file.services ?? {});
  const names = new Set(services.map(([name]) => `${appName}_${name}`));
  const isNew = ![...swarmServices.keys()].some((name) => name.startsWith(`${appName}_`));
  if (isNew) log(`Creating network ${appName}_default\n`);
  for (const name of [...swarmServices.keys()]) {
    if (!name.startsWith(`${appName}_`) || names.has(name)) continue;
    log(`Removing service ${name}\n`);
    swarmServices.delete(name);
  }
  volumesOf(world, { appName, serverId }, file, () => undefined);
  for (const [name, service] of services) {
    const spec = stackSpec(appName, name, service);
    const existing = swarmServices.get(spec.Name);
    if (existing === undefined) log(`Creating service ${spec.Name}\n`);
    else log(`Updating service ${spec.Name} (id: ${existing.ID})\n`);
    if (existing !== undefined && !isOther(existing.spec, spec)) continue;
    // A process whose command is to end crashes like one whose image does.
    const ends = /\bexit [1-9]/.test(commandOf(service));
    applySpec(world, spec, serverId, ends ? "crash" : undefined);
  }
  return true;
}

function isOther(have: ServiceSpec, want: ServiceSpec): boolean {
  const text = (spec: ServiceSpec): string =>
    JSON.stringify({ ...spec, TaskTemplate: { ...spec.TaskTemplate, ForceUpdate: 0 } });
  return text(have) !== text(want);
}

function stackSpec(appName: string, name: string, service: ComposeService): ServiceSpec {
  const { deploy = {} } = service;
  const namespace = { "com.docker.stack.namespace": appName };
  const command = commandOf(service);
  const env = Object.entries(entriesOf(service.environment)).map(
    ([key, value]) => `${key}=${value}`,
  );
  const update = deploy.update_config ?? {};
  return {
    Name: `${appName}_${name}`,
    Labels: { ...namespace, ...entriesOf(deploy.labels) },
    TaskTemplate: {
      ContainerSpec: {
        Image: service.image ?? "",
        Labels: { ...namespace, ...entriesOf(service.labels) },
        ...(command !== "" && { Args: command.split(" ") }),
        ...(env.length > 0 && { Env: env }),
        StopGracePeriod: 10 * SECOND,
      },
      Resources: { Limits: {}, Reservations: {} },
      RestartPolicy: { Condition: deploy.restart_policy?.condition ?? "any" },
      Placement: {},
      Networks: [],
      ForceUpdate: 0,
      Runtime: "container",
    },
    Mode: { Replicated: { Replicas: deploy.replicas ?? 1 } },
    UpdateConfig: {
      Order: update.order ?? "stop-first",
      FailureAction: update.failure_action ?? "pause",
    },
    RollbackConfig: {},
    EndpointSpec: { Mode: "vip" },
  };
}
