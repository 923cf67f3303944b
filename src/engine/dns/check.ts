// Whether a name resolves to where Traefik is, at the zone's own name servers, past all caches. What is found is
// data with the next step in it; nothing is thrown.
import { toCapstanError } from "../../lib/errors.ts";
import { addressFamily, canonicalAddress } from "../../lib/ip-address.ts";
import type { DnsCheck, DnsVerdict, ServerAnswer, Zone } from "../../model/dns.ts";
import type { NameServers } from "../../ports-dns.ts";

export interface CheckDeps {
  readonly zone: Zone;
  /** Where names should point to: an IP address or a host name, without a port; null: nobody said. */
  readonly target: string | null;
  readonly nameServers: NameServers;
}

interface Found {
  readonly status: DnsVerdict;
  readonly what: string;
  readonly next: string | null;
}

/** A label that nobody uses; `random` is a number in [0, 1). */
export function checkLabel(random: number): string {
  return `capstan-check-${Math.floor(random * 36 ** 8)
    .toString(36)
    .padStart(8, "0")}`;
}

/** Whether `*.{suffix}` resolves to the target, asked with a name below it that nobody uses. */
export function checkWildcard(
  deps: CheckDeps & { readonly suffix: string; readonly label: string },
): Promise<DnsCheck> {
  return check(deps, `${deps.label}.${deps.suffix}`, `*.${deps.suffix}`);
}

/** Whether one name resolves to the target, by a record of its own or a wildcard's. */
export function checkName(deps: CheckDeps & { readonly name: string }): Promise<DnsCheck> {
  return check(deps, deps.name, deps.name);
}

async function check(deps: CheckDeps, name: string, subject: string): Promise<DnsCheck> {
  const { zone, target } = deps;
  const expected = await expectedOf(deps);
  const [first] = expected;
  const family = first === undefined ? 4 : addressFamily(first);
  const answers = await Promise.all(
    zone.nameServers.map((server) => answerOf(deps.nameServers, server, name, family)),
  );
  const wanted = expected.filter((address) => addressFamily(address) === family);
  const found = judge(subject, zone, target, wanted, answers);
  return { ...found, name, expected: wanted, answers };
}

async function expectedOf({ target, nameServers }: CheckDeps): Promise<readonly string[]> {
  if (target === null) return [];
  const address = canonicalAddress(target);
  if (address !== null) return [address];
  return nameServers.addressesOf(target).catch(() => []);
}

async function answerOf(
  nameServers: NameServers,
  server: string,
  name: string,
  family: 4 | 6,
): Promise<ServerAnswer> {
  let error = "it has no address";
  try {
    for (const address of await nameServers.addressesOf(server)) {
      try {
        return { server, values: await nameServers.ask(address, name, family), error: null };
      } catch (thrown) {
        error = toCapstanError(thrown).message;
      }
    }
  } catch (thrown) {
    error = toCapstanError(thrown).message;
  }
  return { server, values: null, error };
}

function judge(
  subject: string,
  zone: Zone,
  target: string | null,
  expected: readonly string[],
  answers: readonly ServerAnswer[],
): Found {
  const servers = `the name servers of ${zone.name}`;
  if (answers.length === 0) {
    return {
      status: "fail",
      what: `the zone ${zone.name} has no name servers`,
      next: "ask the provider of the zone: it must have NS records",
    };
  }
  const heard = answers.flatMap(({ server, values }) =>
    values === null ? [] : [{ server, values }],
  );
  const [first, ...others] = heard;
  if (first === undefined) {
    return {
      status: "warn",
      what: `none of ${servers} can be asked: ${answers[0]?.error ?? ""}`,
      next: "allow this machine to ask other networks' name servers (port 53, UDP and TCP)",
    };
  }
  const wrong = addressFault(subject, zone, target, expected, heard);
  if (wrong !== null) return wrong;
  const { values } = first;
  if (others.some((other) => listed(other.values) !== listed(values))) {
    const said = heard.map((each) => `${each.server} says ${listed(each.values)}`).join(", ");
    return {
      status: "warn",
      what: `${servers} do not agree on ${subject}: ${said}`,
      next: "changes take a few minutes to reach all name servers: check again, then ask the provider",
    };
  }
  const silent = answers.find((answer) => answer.values === null);
  if (silent !== undefined) {
    return {
      status: "warn",
      what: `${subject} resolves to ${listed(values)}, but ${silent.server} cannot be asked: ${silent.error ?? ""}`,
      next: "check that this name server is up: visitors whose resolver asks it have to wait",
    };
  }
  if (zone.delegated === false) {
    return {
      status: "warn",
      what: `${subject} resolves to ${listed(values)} at ${servers}, but the domain does not point to all of them`,
      next: `enter these name servers at the domain's registrar, and no others: ${zone.nameServers.join(", ")}`,
    };
  }
  return {
    status: "pass",
    what: `${subject} resolves to ${listed(values)} at all of ${servers}`,
    next: null,
  };
}

/** What is wrong with the addresses that the servers give; null: nothing, or they differ. */
function addressFault(
  subject: string,
  zone: Zone,
  target: string | null,
  expected: readonly string[],
  heard: readonly { readonly values: readonly string[] }[],
): Found | null {
  const all = [...new Set(heard.flatMap(({ values }) => values))].sort();
  const type = expected.some((address) => addressFamily(address) === 6) ? "AAAA" : "A";
  if (all.length === 0) {
    const to = expected[0] ?? "the address of Traefik";
    return {
      status: "fail",
      what: `${subject} has no address at the name servers of ${zone.name}`,
      next: `create the ${type} record ${subject} with the value ${to}`,
    };
  }
  if (expected.length === 0) {
    const isName = target !== null;
    return {
      status: "warn",
      what: `${subject} resolves to ${listed(all)}; ${isName ? `TRAEFIK_IP (${target}) has no address` : "TRAEFIK_IP is not set, so that cannot be compared"}`,
      next: "set TRAEFIK_IP to the public address of Traefik",
    };
  }
  const right = all.filter((address) => expected.includes(address));
  const wrong = all.filter((address) => !expected.includes(address));
  if (right.length === 0) {
    return {
      status: "fail",
      what: `${subject} resolves to ${listed(wrong)}, not to ${listed(expected)}`,
      next: `change the ${type} record that answers for ${subject}, or TRAEFIK_IP if that is the wrong one`,
    };
  }
  const isMixed = heard.every(({ values }) => values.some((one) => wrong.includes(one)));
  if (wrong.length === 0 || !isMixed) return null;
  return {
    status: "warn",
    what: `${subject} resolves to ${listed(right)}, and to ${listed(wrong)} as well`,
    next: "remove the other addresses: visitors who get them do not reach Traefik",
  };
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? "nothing" : values.join(", ");
}
