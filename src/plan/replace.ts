// A service whose server changed in Git: Dokploy cannot move one, so that the old one is removed and a new one made. The
// old one goes first: a crash in between leaves a service that is missing, which every run knows how to make.
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { dataOf } from "../model/kinds/table.ts";
import type { ServiceDetails } from "../model/observed.ts";
import { swarmOn } from "../model/observed.ts";
import type { Action, Note } from "../model/plan.ts";
import { deleteService } from "./delete-service.ts";
import type { PlanInput } from "./input.ts";
import { headOf } from "./new-commit.ts";
import { planNew } from "./new-service.ts";
import type { ServicePlan } from "./new-service.ts";
import type { ServicePlace } from "./ownership.ts";
import { serverName, serverTitle, wantedServer } from "./servers.ts";

/** Whether the service stands on another server than Git says. A rollback removes nothing, and so moves nothing. */
export function standsElsewhere(
  desired: DesiredService,
  { service }: ServicePlace,
  { servers, rollback }: Pick<PlanInput, "servers" | "rollback">,
): boolean {
  return !rollback && service.serverId !== wantedServer(desired, servers);
}

/** Why nothing may be done to the services that stand, or are to stand, on a server that does not answer; by key. */
export function silentServices(
  input: PlanInput,
  placeOf: (key: string) => ServicePlace | undefined,
): ReadonlyMap<string, string> {
  const { desired, servers, rollback } = input;
  return new Map(
    desired.services.flatMap((service): [string, string][] => {
      const place = placeOf(service.key);
      const wanted = rollback && place !== undefined ? [] : [wantedServer(service, servers)];
      const involved = [...wanted, ...(place === undefined ? [] : [place.service.serverId])];
      // Dokploy's own host is looked at where something of it would go: no absence could be verified.
      const moves = place !== undefined && standsElsewhere(service, place, input);
      const silent = involved.find((id) => (id !== null || moves) && swarmOn(input, id) === null);
      if (silent === undefined) return [];
      return [[service.key, `${serverTitle(silent, servers)} does not answer`]];
    }),
  );
}

function refusal(
  desired: DesiredService,
  volumes: readonly string[],
  [from, to]: readonly [from: string, to: string],
): string {
  const { file, line, column } = desired.namePlaces?.get("server") ?? desired.place;
  const [holds, stays] =
    volumes.length === 1
      ? [`the volume ${volumes[0] ?? ""} holds its data`, "the volume stays"]
      : [`the volumes ${volumes.join(", ")} hold its data`, "the volumes stay"];
  return `${file}:${line}:${column} ${desired.key} server: cannot be moved from ${from} to ${to}: ${holds} there, and nothing carries that over; leave it where it is, or make a second service on ${to} and copy the data yourself, or set \`allowDataLoss: true\` on it to begin without the data: ${stays} on ${from}`;
}

export interface Replaced {
  readonly desired: DesiredService;
  readonly stack: DesiredStack;
  readonly owner: string;
  readonly place: ServicePlace;
  readonly details: ServiceDetails | null;
  readonly input: PlanInput;
}

/** The removal where it stands and the creation where it is to stand. */
export function planReplaced(replaced: Replaced): ServicePlan {
  const { desired, stack, owner, place, details, input } = replaced;
  const { servers } = input;
  const { serverId, appName } = place.service;
  const wanted = wantedServer(desired, servers);
  const made = planNew(desired, stack, owner, wanted, headOf(desired, input));
  const [from, to] = [serverTitle(serverId, servers), serverTitle(wanted, servers)];
  if (details === null) {
    const why = `${desired.key} cannot be moved from ${from} to ${to}: whether it has data could not be read`;
    return { ...made, actions: [], rollout: null, refusal: why };
  }
  const volumes = dataOf(details, appName);
  const isRefused = volumes.length > 0 && !desired.allowDataLoss;
  if (isRefused) {
    return { ...made, actions: [], rollout: null, refusal: refusal(desired, volumes, [from, to]) };
  }
  const names = { from: serverName(serverId, servers), to: serverName(wanted, servers) };
  const removal: Action = {
    ...deleteService(desired.key, place, { kind: "replaced", ...names }),
    risk: volumes.length > 0 ? "data-loss" : "replace",
    changes: [{ path: "server", was: names.from, is: names.to }],
  };
  const stays = volumes.length === 1 ? "its volume" : "its volumes";
  const left: Note = {
    kind: "retained",
    message: `${desired.key} begins without its data: ${stays} ${volumes.join(", ")} ${volumes.length === 1 ? "stays" : "stay"} on ${from}`,
  };
  const folders = details.spec.mounts.flatMap((mount) =>
    mount.type === "bind" ? [mount.source] : [],
  );
  const foldersStay: Note = {
    kind: "retained",
    message: `${desired.key} mounts ${folders.join(", ")} of ${from}: what is in there stays there`,
  };
  return {
    ...made,
    actions: [removal, ...made.actions],
    notes: [...(volumes.length > 0 ? [left] : []), ...(folders.length > 0 ? [foldersStay] : [])],
  };
}
