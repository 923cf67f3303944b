// What the tests with real name servers share.
import type { Rfc2136Options } from "../../src/dns/rfc2136.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { findNameServer } from "../support/name-server.ts";
import type { NameServerKind, RunningNameServer, TestKey } from "../support/name-server.ts";

const kinds: readonly NameServerKind[] = ["knot", "bind"];

/** Those that are installed; says which are not. */
export function installedKinds(): readonly NameServerKind[] {
  const missing = kinds.filter((kind) => findNameServer(kind) === null);
  if (missing.length > 0) {
    process.stdout.write(
      `RFC 2136 is not tested with ${missing.join(" and ")}: not installed (apt-get install knot bind9)\n`,
    );
  }
  return kinds.filter((kind) => !missing.includes(kind));
}

export const keyOf = ({ name, secret }: TestKey): Rfc2136Options["key"] => ({
  name,
  secret: Buffer.from(secret, "base64"),
  algorithm: "hmac-sha256",
});

export function optionsAt(server: RunningNameServer): Rfc2136Options {
  return {
    host: server.host,
    port: server.port,
    key: keyOf(server.key),
    zoneName: null,
    below: "ai.example.test",
    instance: "default",
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  };
}

/** What a resolver is told; null for nothing. */
export async function resolved(
  server: RunningNameServer,
  name: string,
  type: "A" | "AAAA" | "TXT" | "CNAME",
): Promise<readonly string[] | null> {
  try {
    const found: unknown = await server.resolver.resolve(name, type);
    return [...(found as readonly (string | readonly string[])[])].flat().sort();
  } catch {
    return null;
  }
}
