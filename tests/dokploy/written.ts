// Applications as they are written to Dokploy and read back, without a server in between.
import type { NamedLists } from "../../src/dokploy/named.ts";
import { configurationFields, detailsShape } from "../../src/dokploy/kinds/table.ts";
import type { ServiceDetails } from "../../src/model/observed.ts";
import type { ApplicationSpec } from "../../src/model/specs.ts";
import { someNames } from "../support/git-sources.ts";
import { desiredOf } from "./specs.ts";
import { recording } from "./support.ts";

export const want = { hash: "3f9c0aa1b2c4", attempt: 1 };

/** A recorded application that was just created. */
export const fresh = recording("application.one-fresh").response as Record<string, unknown>;

/** The application as it is read when Dokploy has these fields. */
export const observe = (
  fields: Readonly<Record<string, unknown>>,
  names: NamedLists = someNames,
): ServiceDetails => {
  const row = JSON.parse(JSON.stringify({ ...fresh, ...fields })) as object;
  return detailsShape("application").parse({ ...row, names });
};

/** The fields that are sent for this application. */
export function write(
  spec: ApplicationSpec,
  observed: ServiceDetails | null = null,
  ignore: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  const desired = desiredOf(spec, ignore);
  return configurationFields("id", { desired, observed, description: "d", want }, someNames);
}

/** Children are requests of their own. */
export const withoutChildren = {
  mounts: [],
  ports: [],
  domains: [],
  redirects: [],
  basicAuth: [],
  schedules: [],
  volumeBackups: [],
};
