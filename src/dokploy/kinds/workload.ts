// What every service that runs from an image stores in the same fields, both ways: Dokploy's row to a spec, and a spec
// to the fields of one `update`. One row a field or group of fields; children (domains, mounts, …) are rows of their own
// in Dokploy and stand in children.ts.
import { z } from "zod";
import type { WorkloadSpec } from "../../model/specs.ts";
import { storedMounts } from "../children.ts";
import { readNetworks, writeNetworks } from "../networks.ts";
import {
  readHealthcheck,
  readPlacement,
  readRestart,
  writeHealthcheck,
  writePlacement,
  writeRestart,
} from "../swarm-settings.ts";
import { storedNames } from "../named.ts";
import { storedVolumeBackups } from "../timed.ts";
import { envRow } from "./env-row.ts";
import type { FieldRow } from "./field-row.ts";

const maybeText = z.string().nullable().default(null);
/** A setting that docker defines. */
export const settings = z.record(z.string(), z.unknown()).nullable().default(null);

/** Only the fields that Capstan reads. */
export const workloadShape = {
  name: z.string(),
  appName: z.string(),
  description: maybeText,
  dockerImage: maybeText,
  command: maybeText,
  args: z.array(z.string()).nullable().default(null),
  env: maybeText,
  replicas: z.number(),
  memoryReservation: maybeText,
  memoryLimit: maybeText,
  cpuReservation: maybeText,
  cpuLimit: maybeText,
  healthCheckSwarm: settings,
  restartPolicySwarm: settings,
  placementSwarm: settings,
  stopGracePeriodSwarm: z.coerce.number().nullable().default(null),
  labelsSwarm: z.record(z.string(), z.string()).nullable().default(null),
  networkSwarm: z.array(z.record(z.string(), z.unknown())).nullable().default(null),
  mounts: storedMounts,
  /** Listed apart. */
  volumeBackups: storedVolumeBackups.default([]),
  /** Behind the ids that it has. */
  names: storedNames,
};

export type StoredWorkload = z.output<z.ZodObject<typeof workloadShape>>;

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

export const orNull = (text: string | null): string | null => (text === "" ? null : text);

export const workloadRows: readonly FieldRow<StoredWorkload, WorkloadSpec>[] = [
  {
    root: "image",
    fields: { dockerImage: "image" },
    read: ({ dockerImage }) => ({ spec: { image: dockerImage ?? "" } }),
    write: ({ image }) => ({ dockerImage: image }),
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
  envRow,
  {
    root: "aliases",
    fields: { networkSwarm: "aliases" },
    read({ networkSwarm }) {
      const { aliases, foreign } = readNetworks(networkSwarm);
      return { spec: { aliases }, foreign };
    },
    write: ({ aliases }, { others }) => ({ networkSwarm: writeNetworks(aliases, others) }),
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
    root: "placement",
    fields: { placementSwarm: "placement" },
    read({ placementSwarm }) {
      const { value, foreign } = readPlacement(placementSwarm);
      return { spec: { placement: value }, foreign };
    },
    write: ({ placement }) => ({ placementSwarm: writePlacement(placement) }),
  },
  {
    root: "stopGracePeriod",
    fields: { stopGracePeriodSwarm: "stopGracePeriod" },
    read: ({ stopGracePeriodSwarm }) => ({ spec: { stopGracePeriodNs: stopGracePeriodSwarm } }),
    write: ({ stopGracePeriodNs }) => ({ stopGracePeriodSwarm: stopGracePeriodNs }),
  },
];
