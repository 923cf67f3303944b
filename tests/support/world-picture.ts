// What the simulated server holds, without the ids and times that differ from run to run: two runs that
// ended alike have equal pictures.
import { parseMarker, sameWant, withoutMarker } from "../../src/model/marker.ts";
import { serviceKinds } from "../../src/model/observed.ts";
import type { ServiceKind } from "../../src/model/observed.ts";
import { SERVICES } from "../../src/simulator/kinds/services.ts";
import type { ServiceRow } from "../../src/simulator/kinds/services.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import type { SwarmService } from "../../src/simulator/swarmTypes.ts";

/** Without what Dokploy appends to make it unique. */
function bare(appName: string): string {
  return appName.replace(/-[a-z0-9]{6}$/, "");
}

/** Whether nothing is open: it has its id, and what is wanted is what was last seen healthy. */
function settled(description: string | null): boolean {
  const marker = parseMarker(description);
  if (marker === null) return false;
  return marker.id !== null && sameWant(marker.want, marker.done);
}

/** Of a service that runs once, how often it did, and whether it may again. */
function ofOnce(service: SwarmService | undefined) {
  if (service === undefined || service.tasksMade === 0) return {};
  return { ran: service.tasksMade, isStopped: service.spec.Mode.Replicated.Replicas === 0 };
}

/** The image and the label of everything that runs under a name. */
export function runningOf(
  { swarmServices, composeProjects }: Simulator["state"],
  appName: string,
): readonly { readonly image: string; readonly label: string | undefined }[] {
  const containers = composeProjects.get(appName)?.containers ?? [];
  const services = [...swarmServices.values()].filter(
    (one) => one.appName === appName || one.appName.startsWith(`${appName}_`),
  );
  return [
    ...containers.map(({ image, labels }) => ({ image, label: labels["capstan.want"] })),
    ...services.map(({ running, spec }) => ({
      image: running.image,
      label: spec.TaskTemplate.ContainerSpec.Labels?.["capstan.want"],
    })),
  ];
}

/** A service that is no application. */
function otherService({ state }: Simulator, kind: ServiceKind, row: ServiceRow) {
  const { id } = SERVICES[kind];
  const children = <T extends object>(rows: Map<string, T>, text: (one: T) => string): string[] =>
    [...rows.values()]
      .filter((one) => (one as Record<string, unknown>)[id] === row[id])
      .map(text)
      .sort();
  const { want } = parseMarker(row.description) ?? { want: null };
  const label = want === null ? null : `${want.hash}.${want.attempt}`;
  const runs = runningOf(state, row.appName);
  return {
    kind,
    name: bare(row.appName),
    text: withoutMarker(row.description),
    settled: settled(row.description),
    status: row[SERVICES[kind].status],
    image: row.dockerImage ?? null,
    env: row.env,
    file: (typeof row.composeFile === "string" ? row.composeFile : "").replaceAll(
      /capstan.want: \S+/g,
      "capstan.want: …",
    ),
    domains: children(state.domains, ({ host, path }) => `${host}${path ?? ""}`),
    mounts: children(state.mounts, ({ mountPath }) => mountPath),
    schedules: children(state.schedules, ({ name, cronExpression: cron }) => `${name} ${cron}`),
    backups: children(state.backups, ({ prefix, schedule }) => `${prefix} ${schedule}`),
    volumeBackups: children(state.volumeBackups, (one) => `${one.name} ${one.cronExpression}`),
    deployments: children(state.deployments, ({ status }) => status),
    runs: runs.map(({ image }) => image).sort(),
    runsWhatIsWanted: runs.length > 0 && runs.every((one) => one.label === label),
  };
}

export function worldPicture(simulator: Simulator) {
  const { state } = simulator;
  const rowsOf = (kind: ServiceKind): ServiceRow[] => [...SERVICES[kind].rows(state).values()];
  const owned = new Set(serviceKinds.flatMap((kind) => rowsOf(kind).map(({ appName }) => appName)));
  /** Services of a stack have its name before theirs. */
  const isOwned = (name: string): boolean =>
    owned.has(name) || owned.has(name.slice(0, name.indexOf("_")));
  return {
    ...applicationsPicture(simulator),
    services: serviceKinds
      .filter((kind) => kind !== "application")
      .flatMap((kind) => rowsOf(kind).map((row) => otherService(simulator, kind, row)))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    volumes: [...state.volumes]
      .map((name) => name.replace(/-[a-z0-9]{6}(?=(?:-data|_[^_]*)$)/, ""))
      .sort(),
    orphans: [...state.swarmServices.keys(), ...state.composeProjects.keys()]
      .filter((name) => !isOwned(name))
      .map(bare),
    hung: state.hung,
  };
}

function applicationsPicture({ state }: Simulator) {
  const ofApplication = <T extends { applicationId: string | null }>(
    rows: Map<string, T>,
    id: string,
    text: (row: T) => string,
  ): string[] =>
    [...rows.values()]
      .filter((row) => row.applicationId === id)
      .map(text)
      .sort();
  const applications = [...state.applications.values()].map((row) => {
    const id = row.applicationId;
    const service = state.swarmServices.get(row.appName);
    const { want } = parseMarker(row.description) ?? { want: null };
    const label = service?.spec.TaskTemplate.ContainerSpec.Labels?.["capstan.want"];
    return {
      name: bare(row.appName),
      server: state.servers.get(row.serverId ?? "")?.row.name ?? null,
      runsThere: service === undefined || service.serverId === row.serverId,
      text: withoutMarker(row.description),
      settled: settled(row.description),
      image: row.dockerImage,
      env: row.env,
      replicas: row.replicas,
      domains: ofApplication(state.domains, id, ({ host, path }) => `${host}${path ?? ""}`),
      ports: ofApplication(state.ports, id, (port) => `${port.publishedPort}:${port.targetPort}`),
      mounts: ofApplication(state.mounts, id, (mount) => mount.mountPath),
      basicAuth: ofApplication(state.security, id, ({ username }) => username),
      schedules: ofApplication(state.schedules, id, ({ name }) => name),
      volumeBackups: ofApplication(state.volumeBackups, id, ({ name }) => name),
      redirects: ofApplication(state.redirects, id, ({ regex }) => regex),
      deployments: ofApplication(state.deployments, id, ({ status }) => status),
      ...ofOnce(service),
      // What Dokploy built has the name of its application, with the letters that it made up.
      runs: service?.running.image.replace(row.appName, row.name) ?? null,
      runsWhatIsWanted: want !== null && label === `${want.hash}.${want.attempt}`,
    };
  });
  return {
    projects: [...state.projects.values()]
      .map((row) => ({
        name: row.name,
        text: withoutMarker(row.description),
        hasId: parseMarker(row.description)?.id !== null,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    environments: [...state.environments.values()].map(({ name }) => name).sort(),
    applications: applications.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
