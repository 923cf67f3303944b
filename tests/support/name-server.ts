// A real name server for tests: Knot or BIND from Debian's packages, on loopback, with one zone that a key may change
// and transfer. With CI=true one that is not installed is a failure.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Resolver } from "node:dns/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

export type NameServerKind = "knot" | "bind";

const programs: Readonly<Record<NameServerKind, readonly string[]>> = {
  knot: ["/usr/sbin/knotd", "/usr/bin/knotd", "/usr/local/sbin/knotd"],
  bind: ["/usr/sbin/named", "/usr/bin/named", "/usr/local/sbin/named"],
};

/** Null where it is not installed; with CI=true that is a failure. */
export function findNameServer(
  kind: NameServerKind,
  env: NodeJS.ProcessEnv = process.env,
  exists: (path: string) => boolean = existsSync,
): string | null {
  const found = programs[kind].find((path) => exists(path));
  if (found !== undefined) return found;
  if (env.CI === "true")
    throw new Error(`no ${kind} is installed here: apt-get install knot bind9`);
  return null;
}

export interface TestKey {
  readonly name: string;
  /** Base64. */
  readonly secret: string;
}

export interface RunningNameServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly zone: string;
  /** May change the zone and transfer it. */
  readonly key: TestKey;
  /** Known, and may do nothing of that. */
  readonly stranger: TestKey;
  /** Asks this server alone, as any resolver would. */
  readonly resolver: Resolver;
  close(): Promise<void>;
}

const usualZone = "example.test";

export async function startNameServer(
  kind: NameServerKind,
  /** Lines of the zone file, below its SOA and NS records. */
  records: readonly string[] = [],
  zone = usualZone,
): Promise<RunningNameServer> {
  const program = findNameServer(kind);
  if (program === null) throw new Error(`there is no ${kind} to start`);
  const folder = await mkdtemp(join(tmpdir(), "capstan-dns-"));
  const key = { name: "capstan", secret: randomBytes(32).toString("base64") };
  const stranger = { name: "stranger", secret: randomBytes(32).toString("base64") };
  const lines = [
    "$TTL 3600",
    "@ SOA ns1 hostmaster 1 3600 600 86400 60",
    "@ NS ns1",
    "@ NS ns2",
    "ns1 A 127.0.0.1",
    "ns2 A 127.0.0.1",
    ...records,
  ];
  await writeFile(join(folder, `${zone}.zone`), `${lines.join("\n")}\n`);
  const port = await freePort();
  const config = join(folder, "server.conf");
  const texts = { knot: knotConfig, bind: bindConfig };
  await writeFile(config, texts[kind](folder, port, [key, stranger], zone));
  const args = kind === "knot" ? ["-c", config] : ["-g", "-c", config];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
  }
  const ended = once(child, "close");
  const resolver = new Resolver({ timeout: 1_000, tries: 3 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const close = async (): Promise<void> => {
    resolver.cancel();
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(`${kind} serves the zone`, async () => {
      if (child.exitCode !== null) throw new Error(`${kind} ended: ${log}`);
      return resolver.resolveSoa(zone).catch(() => null);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { host: "127.0.0.1", port, zone, key, stranger, resolver, close };
}

function knotConfig(folder: string, port: number, keys: readonly TestKey[], zone: string): string {
  const keyLines = keys.flatMap(({ name, secret }) => [
    `  - id: ${name}`,
    "    algorithm: hmac-sha256",
    `    secret: ${secret}`,
  ]);
  return [
    "server:",
    `    rundir: "${folder}"`,
    `    listen: 127.0.0.1@${port}`,
    "    udp-workers: 1",
    "    tcp-workers: 1",
    "    background-workers: 1",
    "database:",
    `    storage: "${folder}"`,
    "log:",
    "  - target: stderr",
    "    any: info",
    "key:",
    ...keyLines,
    "acl:",
    "  - id: all",
    "    key: capstan",
    "    action: [update, transfer]",
    // Knot knows a key of a zone only by one of its rules.
    "  - id: little",
    "    key: stranger",
    "    action: notify",
    "zone:",
    `  - domain: ${zone}`,
    `    storage: "${folder}"`,
    `    file: ${zone}.zone`,
    "    acl: [all, little]",
    "",
  ].join("\n");
}

function bindConfig(folder: string, port: number, keys: readonly TestKey[], zone: string): string {
  return [
    "options {",
    `  directory "${folder}";`,
    `  pid-file "${folder}/named.pid";`,
    `  session-keyfile "${folder}/session.key";`,
    `  listen-on port ${port} { 127.0.0.1; };`,
    "  listen-on-v6 { none; };",
    "  recursion no;",
    "  dnssec-validation no;",
    "  notify no;",
    "  allow-transfer { key capstan; };",
    "};",
    "controls { };",
    ...keys.map(
      ({ name, secret }) => `key "${name}" { algorithm hmac-sha256; secret "${secret}"; };`,
    ),
    `zone "${zone}" {`,
    `  type primary; file "${folder}/${zone}.zone"; allow-update { key capstan; };`,
    "};",
    "",
  ].join("\n");
}
