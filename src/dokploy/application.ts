// An application's configuration both ways: what Dokploy stores to an ServiceDetails, and a desired
// one to the fields of one `application.update`. One row a field or group of fields; children (domains,
// mounts, …) are rows of their own in Dokploy and stand in children.ts.
import type { ApplicationSpec } from "../model/desired.ts";
import { formatEnvText, parseEnvText } from "../model/env-text.ts";
import { defaultSpec } from "../model/application-fields.ts";
import { isIgnored, keepIgnored } from "../model/fields.ts";
import type { ServiceDetails, Stored } from "../model/observed.ts";
import type { Configuration } from "../ports.ts";
import type { StoredApplication } from "./answers.ts";
import { readChildren } from "./children.ts";
import { readLabels, readNetworks, writeLabels, writeNetworks } from "./networks.ts";
import {
  readHealthcheck,
  readPlacement,
  readRestart,
  readUpdate,
  writeHealthcheck,
  writePlacement,
  writeRestart,
  writeUpdate,
} from "./swarm-settings.ts";

interface Read {
  readonly spec: Partial<ApplicationSpec>;
  /** The stored value cannot be expressed. */
  readonly foreign?: boolean;
}

interface Row {
  /** First part of the field paths of this row. */
  readonly root: string;
  /** Dokploy's fields with the path that each one is, which `ignore` may name. */
  readonly fields: Readonly<Partial<Record<keyof StoredApplication, string>>>;
  readonly read: (stored: StoredApplication) => Read;
  /** Values by Dokploy's field names; `others` are networks that people added. */
  readonly write: (
    spec: ApplicationSpec,
    others: readonly unknown[],
  ) => Readonly<Partial<Record<keyof StoredApplication, unknown>>>;
}

/** Dokploy reads amounts with parseInt and treats 0 like none. */
function readAmount(text: string | null): {
  readonly amount: number | null;
  readonly foreign: boolean;
} {
  if (text === null || text.trim() === "") return { amount: null, foreign: false };
  const amount = Number.parseInt(text);
  if (Number.isNaN(amount) || amount < 0) return { amount: null, foreign: true };
  return { amount: amount === 0 ? null : amount, foreign: false };
}

function writeAmount(amount: number | null): string | null {
  return amount === null ? null : String(amount);
}

const orNull = (text: string | null): string | null => (text === "" ? null : text);

const rows: readonly Row[] = [
  {
    root: "image",
    fields: { dockerImage: "image" },
    read: ({ dockerImage }) => ({ spec: { image: dockerImage ?? "" } }),
    write: ({ image }) => ({ dockerImage: image }),
  },
  {
    root: "registry",
    fields: {
      registryUrl: "registry.url",
      username: "registry.username",
      password: "registry.password",
    },
    read({ registryUrl, username, password }) {
      const login = {
        url: registryUrl ?? "",
        username: username ?? "",
        password: password ?? "",
      };
      const isEmpty = login.url === "" && login.username === "" && login.password === "";
      return { spec: { registry: isEmpty ? null : login } };
    },
    write: ({ registry }) => ({
      registryUrl: orNull(registry?.url ?? null),
      username: orNull(registry?.username ?? null),
      password: orNull(registry?.password ?? null),
    }),
  },
  {
    root: "command",
    fields: { command: "command" },
    read: ({ command }) => ({ spec: { command: orNull(command) } }),
    write: ({ command }) => ({ command: orNull(command) }),
  },
  {
    root: "args",
    fields: { args: "args" },
    read: ({ args }) => ({ spec: { args: args ?? [] } }),
    write: ({ args }) => ({ args: args.length === 0 ? null : args }),
  },
  {
    root: "replicas",
    fields: { replicas: "replicas" },
    read: ({ replicas }) => ({ spec: { replicas } }),
    // Never null: Dokploy would store 0, which stops the application.
    write: ({ replicas }) => ({ replicas }),
  },
  {
    root: "resources",
    fields: {
      cpuLimit: "resources.limits.cpu",
      memoryLimit: "resources.limits.memory",
      cpuReservation: "resources.reservations.cpu",
      memoryReservation: "resources.reservations.memory",
    },
    read(stored) {
      const cpuLimit = readAmount(stored.cpuLimit);
      const memoryLimit = readAmount(stored.memoryLimit);
      const cpuReservation = readAmount(stored.cpuReservation);
      const memoryReservation = readAmount(stored.memoryReservation);
      return {
        spec: {
          resources: {
            limits: { nanoCpus: cpuLimit.amount, memoryBytes: memoryLimit.amount },
            reservations: {
              nanoCpus: cpuReservation.amount,
              memoryBytes: memoryReservation.amount,
            },
          },
        },
        foreign: [cpuLimit, memoryLimit, cpuReservation, memoryReservation].some(
          ({ foreign }) => foreign,
        ),
      };
    },
    write: ({ resources: { limits, reservations } }) => ({
      cpuLimit: writeAmount(limits.nanoCpus),
      memoryLimit: writeAmount(limits.memoryBytes),
      cpuReservation: writeAmount(reservations.nanoCpus),
      memoryReservation: writeAmount(reservations.memoryBytes),
    }),
  },
  {
    root: "env",
    fields: { env: "env" },
    read({ env }) {
      const { values, clean } = parseEnvText(env ?? "");
      return { spec: { env: values }, foreign: !clean };
    },
    write: ({ env }) => ({ env: formatEnvText(env) }),
  },
  {
    root: "aliases",
    fields: { networkSwarm: "aliases" },
    read({ networkSwarm }) {
      const { aliases, foreign } = readNetworks(networkSwarm);
      return { spec: { aliases }, foreign };
    },
    write: ({ aliases }, others) => ({ networkSwarm: writeNetworks(aliases, others) }),
  },
  {
    root: "healthcheck",
    fields: { healthCheckSwarm: "healthcheck" },
    read({ healthCheckSwarm }) {
      const { value, foreign } = readHealthcheck(healthCheckSwarm);
      return { spec: { healthcheck: value }, foreign };
    },
    write: ({ healthcheck }) => ({ healthCheckSwarm: writeHealthcheck(healthcheck) }),
  },
  {
    root: "restart",
    fields: { restartPolicySwarm: "restart" },
    read({ restartPolicySwarm }) {
      const { value, foreign } = readRestart(restartPolicySwarm);
      return { spec: { restart: value }, foreign };
    },
    write: ({ restart }) => ({ restartPolicySwarm: writeRestart(restart) }),
  },
  {
    root: "update",
    fields: { updateConfigSwarm: "update" },
    read({ updateConfigSwarm }) {
      const { value, foreign } = readUpdate(updateConfigSwarm);
      return { spec: { update: value }, foreign };
    },
    write: ({ update }) => ({ updateConfigSwarm: writeUpdate(update) }),
  },
  {
    root: "placement",
    fields: { placementSwarm: "placement" },
    read({ placementSwarm }) {
      const { value, foreign } = readPlacement(placementSwarm);
      return { spec: { placement: value }, foreign };
    },
    write: ({ placement }) => ({ placementSwarm: writePlacement(placement) }),
  },
];

/** The body of the one `application.update` that configures an application. */
export function configurationFields(
  applicationId: string,
  { desired, observed, description, want }: Configuration,
): Readonly<Record<string, unknown>> {
  const spec = keepIgnored(desired.spec, observed?.spec ?? null, desired.ignore);
  const fields: Record<string, unknown> = {
    applicationId,
    sourceType: "docker",
    autoDeploy: false,
    description,
    labelsSwarm: writeLabels(observed?.labels ?? {}, want),
  };
  for (const row of rows) {
    const values = row.write(spec, observed?.otherNetworks ?? []);
    for (const [name, path] of Object.entries(row.fields)) {
      if (!isIgnored(desired.ignore, path)) fields[name] = values[name as keyof StoredApplication];
    }
  }
  return fields;
}

export function observedApplication(stored: StoredApplication): ServiceDetails {
  const children = readChildren(stored);
  const foreignFields = new Set<string>();
  let spec: ApplicationSpec = {
    ...defaultSpec,
    mounts: children.mounts.map(withoutId),
    ports: children.ports.map(withoutId),
    domains: children.domains.map(withoutId),
    redirects: children.redirects.map(withoutId),
    basicAuth: children.basicAuth.map(withoutId),
  };
  for (const row of rows) {
    const read = row.read(stored);
    spec = { ...spec, ...read.spec };
    if (read.foreign === true) foreignFields.add(row.root);
  }
  return {
    serviceId: stored.applicationId,
    name: stored.name,
    description: stored.description,
    appName: stored.appName,
    spec,
    foreignFields,
    sourceType: stored.sourceType,
    autoDeploy: stored.autoDeploy ?? false,
    labels: readLabels(stored.labelsSwarm),
    otherNetworks: readNetworks(stored.networkSwarm).others,
    children,
    deployments: [...stored.deployments].sort(newestFirst),
  };
}

function withoutId<T extends object>(row: Stored<T>): T {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== "id")) as T;
}

/** ISO texts compare like the times that they are. */
export function newestFirst(
  a: { readonly createdAt: string },
  b: { readonly createdAt: string },
): number {
  return a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0;
}
