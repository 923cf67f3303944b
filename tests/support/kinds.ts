// Applications in tests, where a service of any kind could stand.
import { kinds } from "../../src/model/kinds/table.ts";
import type { DesiredService } from "../../src/model/desired.ts";
import type { ServiceDetails } from "../../src/model/observed.ts";
import type { ApplicationSpec, Configured, DomainSpec } from "../../src/model/specs.ts";

export const defaultSpec: ApplicationSpec = kinds.application.defaults;

export type DesiredApplication = Extract<DesiredService, { readonly kind: "application" }>;
export type ApplicationDetails = Extract<ServiceDetails, { readonly kind: "application" }>;

export const applicationOf = (spec: ApplicationSpec): Configured => ({ kind: "application", spec });

/** The spec of what must be an application. */
export function specOf(service: Configured): ApplicationSpec {
  if (service.kind !== "application") throw new Error(`a ${service.kind}, not an application`);
  return service.spec;
}

/** What every desired application says of its data. */
export const keeping = { deletionPolicy: "delete", allowDataLoss: false } as const;

/** A domain of which nothing but its host is said. */
export const domainAt = (host: string): DomainSpec => ({
  host,
  path: "/",
  port: 80,
  https: false,
  certificate: "none",
  stripPath: false,
  internalPath: "/",
  middlewares: [],
  entrypoint: null,
});
