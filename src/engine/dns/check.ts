// Whether a name resolves to where Traefik is, at the zone's own name servers, past all caches. Both address families
// are asked: a visitor who has IPv6 goes where the AAAA record says, whatever the A record says. What is found is data
// with the next step in it; nothing is thrown.
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

type Family = 4 | 6;

const recordType = { 4: "A", 6: "AAAA" } as const;

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
  const family = mainFamily(expected);
  const answers = await Promise.all(
    zone.nameServers.map((server) => answerOf(deps.nameServers, server, name, family)),
  );
  const found = judge(subject, zone, target, expected, answers);
  return { ...found, name, expected, answers };
}

/** The family that a name must have an address of: IPv4 where Traefik has both. */
function mainFamily(expected: readonly string[]): Family {
  const families = expected.map(addressFamily);
  return families.includes(4) || families.length === 0 ? 4 : 6;
}

async function expectedOf({ target, nameServers }: CheckDeps): Promise<readonly string[]> {
  if (target === null) return [];
  const address = canonicalAddress(target);
  if (address !== null) return [address];
  return nameServers.addressesOf(target).catch(() => []);
}

/** What a server says for both families; without an answer for the main one it counts as not asked. */
async function answerOf(
  nameServers: NameServers,
  server: string,
  name: string,
  main: Family,
): Promise<ServerAnswer> {
  const other = main === 4 ? 6 : 4;
  let error = "it has no address";
  try {
    for (const address of await nameServers.addressesOf(server)) {
      const ask = (family: Family) => nameServers.ask(address, name, family);
      const [mainly, besides] = await Promise.allSettled([ask(main), ask(other)]);
      if (mainly.status === "rejected") {
        error = toCapstanError(mainly.reason).message;
        continue;
      }
      if (besides.status === "fulfilled") {
        const both = [mainly.value, besides.value];
        return { server, values: (main === 4 ? both : both.reverse()).flat(), error: null };
      }
      const why = `for IPv${other} ${toCapstanError(besides.reason).message}`;
      return { server, values: mainly.value, error: why };
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
  const heard = answers.flatMap(({ server, values, error }) =>
    values === null ? [] : [{ server, values, error }],
  );
  const [first] = heard;
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
  const whole = heard.filter(({ error }) => error === null);
  if (new Set(whole.map((each) => listed(each.values))).size > 1) {
    const said = whole.map((each) => `${each.server} says ${listed(each.values)}`).join(", ");
    return {
      status: "warn",
      what: `${servers} do not agree on ${subject}: ${said}`,
      next: "changes take a few minutes to reach all name servers: check again, then ask the provider",
    };
  }
  const silent = answers.find((answer) => answer.error !== null);
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
  const all = [...new Set(heard.flatMap(({ values }) => values))];
  const family = mainFamily(expected);
  const type = recordType[family];
  const inFamily = (address: string): boolean => addressFamily(address) === family;
  if (all.length > 0 && expected.length === 0) {
    const isName = target !== null;
    return {
      status: "warn",
      what: `${subject} resolves to ${listed(all)}; ${isName ? `TRAEFIK_IP (${target}) has no address` : "TRAEFIK_IP is not set, so that cannot be compared"}`,
      next: "set TRAEFIK_IP to the public address of Traefik",
    };
  }
  const main = all.filter(inFamily);
  const wanted = expected.filter(inFamily);
  if (main.length === 0) {
    const has = all.length === 0 ? "no address" : `no IPv${family} address`;
    const only = all.length === 0 ? "" : `, only ${listed(all)}`;
    return {
      status: "fail",
      what: `${subject} has ${has} at the name servers of ${zone.name}${only}`,
      next: `create the ${type} record ${subject} with the value ${wanted[0] ?? "the address of Traefik"}`,
    };
  }
  if (!main.some((address) => expected.includes(address))) {
    return {
      status: "fail",
      what: `${subject} resolves to ${listed(main)}, not to ${listed(wanted)}`,
      next: `change the ${type} record that answers for ${subject}, or TRAEFIK_IP if that is the wrong one`,
    };
  }
  const right = all.filter((address) => expected.includes(address));
  const wrong = all.filter((address) => !expected.includes(address));
  const isMixed = heard.every(({ values }) => values.some((one) => wrong.includes(one)));
  if (wrong.length === 0 || !isMixed) return null;
  const isOtherFamily = expected.every(inFamily) && !wrong.some(inFamily);
  return isOtherFamily
    ? strayFamily(subject, family === 4 ? 6 : 4, right, wrong)
    : {
        status: "warn",
        what: `${subject} resolves to ${listed(right)}, and to ${listed(wrong)} as well`,
        next: "remove the other addresses: visitors who get them do not reach Traefik",
      };
}

/** The name has addresses of a family of which nobody told Traefik's. */
function strayFamily(
  subject: string,
  family: Family,
  right: readonly string[],
  stray: readonly string[],
): Found {
  const record = `the ${recordType[family]} record that answers for ${subject}`;
  return {
    status: "warn",
    what: `${subject} resolves to ${listed(right)}, and for visitors who use IPv${family} to ${listed(stray)}`,
    next: `remove ${record}; if ${listed(stray)} is Traefik's as well, set TRAEFIK_IP to a host name with both addresses`,
  };
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? "nothing" : values.join(", ");
}
