// The DNS side of the environment: the provider of the zone, and name servers to ask.
import type { DnsSide } from "./cli/context.ts";
import type { Config } from "./config.ts";
import { createHetzner } from "./dns/hetzner.ts";
import { createNameServers } from "./dns/name-servers.ts";
import { createRfc2136 } from "./dns/rfc2136.ts";
import { canonicalAddress } from "./lib/ip-address.ts";
import type { RecordSettings } from "./plan/record-wishes.ts";
import { createHostProbe } from "./hosts/probe.ts";
import type { Clock } from "./lib/clock.ts";
import type { EngineOptions } from "./engine/engine.ts";
import { httpClient } from "./lib/http.ts";
import type { Logger } from "./lib/logger.ts";
import type { Redactor } from "./lib/redact.ts";
import type { Dns } from "./ports-dns.ts";

const httpPort = 80;
const httpsPort = 443;

export interface DnsDeps {
  readonly config: Config;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** Null without a provider. `signal` gives up what is under way. */
export function dnsOf(deps: DnsDeps, signal?: AbortSignal): Dns | null {
  const { config, redactor, clock, random, logger } = deps;
  if (config.dns === null) return null;
  const below = config.variables.STACK_DOMAIN_SUFFIX ?? null;
  const { instance } = config;
  const shared = {
    clock,
    random,
    logger,
    below,
    instance,
    ...(signal === undefined ? {} : { signal }),
  };
  if (config.dns.kind === "hetzner") {
    return createHetzner({ ...shared, ...config.dns, http: httpClient, redactor });
  }
  const {
    host,
    port,
    zone: zoneName,
    keyName: name,
    keySecret,
    keyAlgorithm: algorithm,
  } = config.dns;
  redactor.register(keySecret);
  const key = { name, algorithm, secret: Buffer.from(keySecret, "base64") };
  return createRfc2136({ ...shared, host, port, zoneName, key });
}

/** How hosts are asked. */
export function hostPortsOf() {
  return { hostProbe: createHostProbe(), nameServers: createNameServers() };
}

export function dnsSideOf(deps: DnsDeps, signal?: AbortSignal): DnsSide {
  const { config } = deps;
  return {
    dns: dnsOf(deps, signal),
    nameServers: createNameServers(),
    suffix: config.variables.STACK_DOMAIN_SUFFIX ?? null,
    target: config.traefikAddress === null ? null : withoutPort(config.traefikAddress),
    instance: config.instance,
    random: deps.random,
  };
}

/** How the reconciler keeps records. */
export function recordSettingsOf({ dnsManaged, traefikAddress }: Config): RecordSettings {
  const target = traefikAddress === null ? null : canonicalAddress(withoutPort(traefikAddress));
  return { managed: dnsManaged, target };
}

/** Where hosts are asked, and how often; null: never. */
export function hostSettingsOf({
  hostChecks,
  traefikAddress,
}: Config): EngineOptions["hosts"] | null {
  if (hostChecks === null) return null;
  const traefik = traefikAddress === null ? null : withoutPort(traefikAddress);
  const http = Number(/:(\d+)$/.exec(traefikAddress ?? "")?.[1] ?? httpPort);
  return { ...hostChecks, traefik, ports: { http, https: httpsPort } };
}

/** `203.0.113.7` of `203.0.113.7:8080`, `2001:db8::1` of `[2001:db8::1]`. */
function withoutPort(address: string): string {
  return /^\[([^\]]*)\]/.exec(address)?.[1] ?? address.replace(/:\d+$/, "");
}
