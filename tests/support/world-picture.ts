// What the simulated server holds, without the ids and times that differ from run to run: two runs that
// ended alike have equal pictures.
import { parseMarker, sameWant, withoutMarker } from "../../src/model/marker.ts";
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

export function worldPicture({ state }: Simulator) {
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
      redirects: ofApplication(state.redirects, id, ({ regex }) => regex),
      deployments: ofApplication(state.deployments, id, ({ status }) => status),
      ...ofOnce(service),
      runs: service?.running.image ?? null,
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
    orphans: [...state.swarmServices.keys()]
      .filter((name) => ![...state.applications.values()].some((row) => row.appName === name))
      .map(bare),
    hung: state.hung,
  };
}
