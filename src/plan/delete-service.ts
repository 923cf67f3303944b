// The removal of one service, for whichever reason.
import type { Cause } from "../model/cause.ts";
import type { Action } from "../model/plan.ts";
import { isJobKey } from "../model/rollout-job.ts";
import type { ServicePlace } from "./ownership.ts";

/**
 * In which order services go: jobs, applications, compose services, databases. What names another one goes before it, and
 * while the command of a job runs, nothing does.
 */
export function removalRank(key: string): string {
  return `${isJobKey(key) ? 0 : 1} ${key}`;
}

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
