// Who this process is in the lease of its server.
import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { LeaseSession } from "./cli/context.ts";
import type { Config } from "./config.ts";
import type { Dokploy, DokployOptions } from "./dokploy/platform.ts";
import type { Logger } from "./lib/logger.ts";
import { createMoments } from "./lib/moment.ts";
import { createLeaseMemory } from "./store/lease-memory.ts";

export function leaseOf(
  { instance, leaseTtlMs, dokploy, database }: Config,
  about: {
    /** `capstan run`, `capstan apply`. */
    readonly by: string;
    readonly stateDir: string;
    /** Of Capstan. */
    readonly version: string;
    readonly logger: Logger;
  },
): NonNullable<DokployOptions["lease"]> {
  const { by, stateDir, version, logger } = about;
  const server = createHash("sha256")
    .update(dokploy?.url ?? "")
    .digest("hex")
    .slice(0, 8);
  return {
    instance,
    ttlMs: leaseTtlMs,
    isSteady: database !== null,
    by,
    host: hostname(),
    pid: process.pid,
    version,
    writer: randomBytes(8).toString("hex"),
    memory: createLeaseMemory(stateDir, `${instance}-${server}`, logger),
    moment: createMoments(),
  };
}

/** The lease of a platform that was made with a holder. */
export function leaseSessionOf({ instance, leaseTtlMs }: Config, platform: Dokploy): LeaseSession {
  const { lease, title: platformTitle } = platform;
  if (lease === null) throw new Error("a platform with a holder has a lease");
  const close = (): Promise<void> => platform.close();
  return { lease, platformTitle, instance, ttlMs: leaseTtlMs, close };
}
