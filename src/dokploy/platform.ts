// The Platform port on a real Dokploy server: puts the parts together.
import type { Clock } from "../lib/clock.ts";
import { CapstanError } from "../lib/errors.ts";
import { httpClient } from "../lib/http.ts";
import type { HttpClient } from "../lib/http.ts";
import type { Logger } from "../lib/logger.ts";
import type { Redactor } from "../lib/redact.ts";
import type { PlatformDoctor } from "../ports-diagnosis.ts";
import type { Lease } from "../ports-lease.ts";
import type { Platform, PlatformInfo } from "../ports.ts";
import { tellNobody } from "../ports-telemetry.ts";
import type { Tell } from "../ports-telemetry.ts";
import { createWrites } from "./apply.ts";
import { checkServer } from "./check.ts";
import { createClient } from "./client.ts";
import type { Client } from "./client.ts";
import { createWriteDescriptions } from "./descriptions.ts";
import { diagnoseServer } from "./diagnose.ts";
import { createHosts } from "./hosts.ts";
import { createLease } from "./lease/lease.ts";
import type { LeaseOptions } from "./lease/lease.ts";
import { createLeaseTags } from "./lease/tags.ts";
import { createLastRuns } from "./last-runs.ts";
import { createObserve } from "./observe.ts";
import { createDescriptions } from "./read-description.ts";
import type { DescriptionMemory } from "./read-description.ts";
import { createRemoteLooks } from "./remote-looks.ts";
import { createRollouts } from "./rollouts.ts";

export interface DokployOptions {
  /** Address of Dokploy's web interface; `/api` at its end is left out. */
  readonly url: string;
  readonly apiKey: string;
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter of waits. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly http?: HttpClient;
  /** Requests at a time; null, or absent: as usual. */
  readonly requests?: number | null;
  /** A version beside the recorded one that somebody vouches for. */
  readonly acceptVersion?: string | null;
  /** Where it is kept what a server's description of its API says. */
  readonly descriptions?: DescriptionMemory;
  /** Told of each request. */
  readonly tell?: Tell;
  /** Null, or absent: no lease guards this server, and every write is sent. */
  readonly lease?: (LeaseOptions & { readonly instance: string }) | null;
}

export type Dokploy = Platform &
  PlatformDoctor & {
    /** Null: none guards this server. */
    readonly lease: Lease | null;
  };

/** Throws `invalid` when the address is none; asks nothing of the server yet. */
export function createDokploy(options: DokployOptions): Dokploy {
  const origin = serverAddress(options.url);
  options.redactor.register(options.apiKey);
  const client = createClient({
    origin,
    apiKey: options.apiKey,
    clock: options.clock,
    random: options.random,
    logger: options.logger,
    redactor: options.redactor,
    http: options.http ?? httpClient,
    tell: options.tell ?? tellNobody,
    requests: options.requests ?? null,
  });
  const guarded = guardedBy(client, options);
  const hosts = createHosts(client);
  const looks = createRemoteLooks(hosts, options.clock);
  const { alongside, ...observe } = createObserve(client, hosts, looks, guarded?.along ?? null);
  const descriptions = createDescriptions(client, options.descriptions ?? null);
  const rollouts = createRollouts(client, hosts, looks);
  let newest: PlatformInfo | null = null;
  async function check(withList = false): Promise<PlatformInfo> {
    newest = await checkServer(client, {
      apiKey: options.apiKey,
      acceptVersion: options.acceptVersion ?? null,
      alongside: withList ? alongside : null,
      descriptions,
    });
    return newest;
  }
  const maySend = async (): Promise<boolean> => (newest ?? (await check())).supported;
  return {
    lease: guarded === null ? null : onlyWhereWritten(guarded.lease, maySend),
    title: origin,
    check,
    diagnose: () => diagnoseServer(client),
    ...observe,
    ...createWrites(client, hosts),
    lastRuns: createLastRuns(client),
    writeDescriptions: createWriteDescriptions(client),
    ...rollouts,
    // What is followed will be written to: the lease must not lapse meanwhile.
    observeRollouts(services, running) {
      guarded?.gate.busy();
      return rollouts.observeRollouts(services, running);
    },
    stop: () => client.stop(),
    close: () => client.close(),
  };
}

/** The lease is a write too: a server whose version is not written to keeps none, as no other write is sent either. */
function onlyWhereWritten(lease: Lease, maySend: () => Promise<boolean>): Lease {
  return {
    ...lease,
    take: async (onlyLooks) => ((await maySend()) ? lease.take(onlyLooks) : { kind: "unguarded" }),
  };
}

function guardedBy(client: Client, { lease, clock, logger }: DokployOptions) {
  if (lease === undefined || lease === null) return null;
  const tags = createLeaseTags(client, `capstan/${lease.instance}`);
  const made = createLease(tags, clock, logger, lease);
  client.guard(made.gate);
  return { ...made, along: { call: tags.call, look: made.lookAlong } };
}

/** The address without a slash, `/api`, a query or credentials. */
function serverAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CapstanError("invalid", "DOKPLOY_URL is not a valid URL", {
      hint: "set it to the address of Dokploy's web interface, like https://dokploy.example.com",
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/api(?:\/trpc)?$/, "")}`;
}
