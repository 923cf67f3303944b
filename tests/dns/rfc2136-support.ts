// What the tests with real name servers share.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
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

/** What is passed on instead of these bytes; null cuts the connection. */
export type Bend = (
  bytes: Buffer,
  of: "request" | "answer",
) => Buffer | null | Promise<Buffer | null>;

/** Passes everything on, except updates that change something and their answers: `bend` gets those. */
export async function startBadConnection(
  server: RunningNameServer,
  bend: Bend,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const proxy = createServer((client) => {
    client.on("error", () => undefined);
    const upstream = connect(server.port, server.host);
    upstream.on("error", () => undefined);
    client.on("close", () => upstream.destroy());
    client.on("data", (chunk: Buffer) => {
      // Updates have the opcode 5; those that change something have rows in their third section.
      const isChange = (chunk[4] ?? 0) >> 3 === 5 && chunk.readUInt16BE(10) > 0;
      const pass = async (bytes: Buffer, of: "request" | "answer"): Promise<void> => {
        const passed = isChange ? await bend(bytes, of) : bytes;
        if (passed === null) client.destroy();
        else (of === "request" ? upstream : client).write(passed);
      };
      upstream.on("data", (answered: Buffer) => void pass(answered, "answer"));
      void pass(chunk, "request");
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    async close() {
      proxy.close();
      await once(proxy, "close");
    },
  };
}
