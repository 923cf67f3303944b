// One look at one host: its name at the zone's own name servers, its certificate, and an answer through it. What is
// found is data; nothing is thrown.
import type { Clock } from "../../lib/clock.ts";
import { describeError } from "../../lib/errors.ts";
import { canonicalAddress, isPublicAddress } from "../../lib/ip-address.ts";
import type { DnsCheck, Zone } from "../../model/dns.ts";
import type { HostFinding, HostFindings } from "../../model/host-check.ts";
import type { Dns, NameServers } from "../../ports-dns.ts";
import type { HostAsk, HostProbe } from "../../ports-hosts.ts";
import { checkName } from "../dns/check.ts";
import { isWithin } from "../dns/names.ts";
import { answer, certificate, noAnswer, notAsked, plainHttp, resolution } from "./host-findings.ts";
import { addressToAsk } from "./host-targets.ts";
import type { HostSettings, HostTarget } from "./host-targets.ts";

export interface HostLookDeps {
  readonly settings: HostSettings;
  /** Whose zone is believed; null: no provider is configured. */
  readonly dns: Pick<Dns, "zone"> | null;
  readonly nameServers: NameServers;
  readonly probe: HostProbe;
  readonly clock: Clock;
}

interface Named {
  readonly finding: HostFinding;
  /** What its name servers say, and where it should lead. */
  readonly check: DnsCheck | null;
}

/**
 * For a zone that anybody may have made: name servers inside the network are not asked. `target` is the operator's own
 * word.
 */
function publicOnly(nameServers: NameServers, target: string | null): NameServers {
  return {
    zoneOf: (name) => nameServers.zoneOf(name),
    ask: (server, name, family) => nameServers.ask(server, name, family),
    addressesOf: async (host) => {
      const found = await nameServers.addressesOf(host);
      return host === target ? found : found.filter(isPublicAddress);
    },
  };
}

async function lookAtName(target: HostTarget, deps: HostLookDeps): Promise<Named> {
  const { host: name, target: to } = target;
  try {
    const own = await (deps.dns?.zone() ?? Promise.resolve(null)).catch(() => null);
    const isOwn = own !== null && isWithin(name, own.name);
    const zone: Zone | null = isOwn ? own : await deps.nameServers.zoneOf(name);
    if (zone === null) {
      const message = `public DNS has no zone for ${name}`;
      return { finding: { status: "False", reason: "NoZone", message }, check: null };
    }
    const nameServers = isOwn ? deps.nameServers : publicOnly(deps.nameServers, to);
    const check = await checkName({ zone, target: to, nameServers, name });
    return { finding: resolution(check, zone), check };
  } catch (error) {
    const message = `the name servers of ${name} cannot be found: ${describeError(error)}`;
    return { finding: { status: "Unknown", reason: "NameServersSilent", message }, check: null };
  }
}

async function orNoAnswer(look: Promise<HostFinding>): Promise<HostFinding> {
  return look.catch((error: unknown) => noAnswer(describeError(error)));
}

/** The addresses that the operator named as Traefik's. */
async function ownAddresses({ settings, nameServers }: HostLookDeps): Promise<readonly string[]> {
  const { traefik } = settings;
  if (traefik === null) return [];
  const address = canonicalAddress(traefik);
  return address === null ? nameServers.addressesOf(traefik).catch(() => []) : [address];
}

export async function lookAtHost(target: HostTarget, deps: HostLookDeps): Promise<HostFindings> {
  const { probe, clock, settings } = deps;
  const { host, https, path } = target;
  const [{ finding: resolves, check }, own] = await Promise.all([
    lookAtName(target, deps),
    ownAddresses(deps),
  ]);
  const given = target.target === null ? null : canonicalAddress(target.target);
  const answered = (check?.answers ?? []).flatMap(({ values }) => values ?? []);
  const candidates = given !== null ? [given] : target.target === null ? answered : own;
  const address = addressToAsk(candidates, (one) => own.includes(one));
  if (address === null) {
    const [first] = candidates;
    const why =
      first === undefined
        ? "it has no address"
        : `${first} is not a public address, and not TRAEFIK_IP`;
    const skipped = notAsked(host, why);
    const plain = https ? skipped : plainHttp(host);
    return { Resolves: resolves, Certificate: plain, Answers: skipped };
  }
  const at: HostAsk = { host, address, port: https ? settings.ports.https : settings.ports.http };
  const [shown, said] = await Promise.all([
    https
      ? orNoAnswer(probe.certificate(at).then((one) => certificate(host, one, clock.now())))
      : Promise.resolve(plainHttp(host)),
    orNoAnswer(probe.answer({ ...at, https, path }).then((one) => answer(target, one))),
  ]);
  return { Resolves: resolves, Certificate: shown, Answers: said };
}
