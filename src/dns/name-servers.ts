// Asks name servers directly, with Node's resolver.
import { lookup, Resolver } from "node:dns/promises";
import { CapstanError } from "../lib/errors.ts";
import type { NameServers } from "../ports-dns.ts";
import { canonical, compareTexts, zoneCandidates } from "./names.ts";

/** Each server gets this long, twice. */
const timeoutMs = 3_000;
const tries = 2;

/** Answers that say that there is nothing. */
const empty: ReadonlySet<string> = new Set(["ENODATA", "ENOTFOUND", "ENONAME"]);
const reasons: Readonly<Record<string, string>> = {
  ETIMEOUT: "it does not answer",
  ECONNREFUSED: "nothing listens there",
  EREFUSED: "it does not answer for this zone",
  ESERVFAIL: "it reports a failure of its own",
};

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? "";
}

function unavailable(what: string, error: unknown): CapstanError {
  const code = codeOf(error);
  return new CapstanError("unavailable", `${what}: ${reasons[code] ?? code}`, { cause: error });
}

/** Empty where the answer is that there is nothing. */
async function orNone(what: string, asked: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await asked;
  } catch (error) {
    if (empty.has(codeOf(error))) return [];
    throw unavailable(what, error);
  }
}

export interface NameServersOptions {
  /** Of the servers that are asked directly. */
  readonly port?: number;
  /** Who is asked for zones, as `address:port`; this machine's resolvers when left out. */
  readonly resolvers?: readonly string[];
}

export function createNameServers(options: NameServersOptions = {}): NameServers {
  const { port = 53, resolvers } = options;
  const addressesOf = (host: string): Promise<readonly string[]> =>
    orNone(
      `the address of ${host} cannot be found`,
      lookup(host, { all: true, order: "ipv4first" }).then((all) =>
        all.map(({ address }) => address),
      ),
    );

  return {
    addressesOf,

    async ask(server, name, family) {
      const resolver = new Resolver({ timeout: timeoutMs, tries });
      resolver.setServers([server.includes(":") ? `[${server}]:${port}` : `${server}:${port}`]);
      const what = `the name server ${server} cannot be asked`;
      const resolve = family === 4 ? resolver.resolve4(name) : resolver.resolve6(name);
      const found = await orNone(what, resolve);
      if (found.length > 0) return [...found].sort(compareTexts);
      // An alias of a name in another zone: this server cannot follow it.
      const [alias] = await orNone(what, resolver.resolveCname(name));
      if (alias === undefined) return [];
      const all = await addressesOf(canonical(alias));
      return all.filter((one) => one.includes(":") === (family === 6)).sort(compareTexts);
    },

    async zoneOf(name) {
      const resolver = new Resolver({ timeout: timeoutMs, tries });
      if (resolvers !== undefined) resolver.setServers(resolvers);
      for (const candidate of zoneCandidates(name)) {
        // Nobody's stacks lie in a top-level domain itself.
        if (!candidate.includes(".")) break;
        const what = `the zone of ${name} cannot be found`;
        const servers = await orNone(what, resolver.resolveNs(candidate));
        if (servers.length === 0) continue;
        const nameServers = servers.map(canonical).sort(compareTexts);
        return { name: candidate, nameServers, delegated: true };
      }
      return null;
    },
  };
}
