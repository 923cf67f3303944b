// The removal of one service, for whichever reason.
import type { Cause } from "../model/cause.ts";
import type { Action } from "../model/plan.ts";
import type { ServicePlace } from "./ownership.ts";

type DeleteService = Extract<Action, { readonly type: "delete-service" }>;

export function deleteService(key: string, place: ServicePlace, cause: Cause): DeleteService {
  const { service } = place;
  return {
    type: "delete-service",
    service: key,
    kind: service.kind,
    id: service.id,
    name: service.name,
    appName: service.appName,
    serverId: service.serverId,
    cause,
    risk: "data-loss",
    changes: [],
  };
}
