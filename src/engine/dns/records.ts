// Making and removing records with respect for whose they are: what Capstan did not make, or somebody changed since,
// is neither changed nor, unless its value is repeated, removed.
import { CapstanError } from "../../lib/errors.ts";
import { addressFamily, canonicalAddress } from "../../lib/ip-address.ts";
import type { RecordSet } from "../../model/dns.ts";
import type { Dns } from "../../ports-dns.ts";

export interface RecordDeps {
  readonly dns: Dns;
  /** Whose records are ours. */
  readonly instance: string;
}

export interface Created {
  /** `same`: it was there already, whoever made it. `moved`: ours, and had another value. */
  readonly kind: "created" | "same" | "moved";
  readonly record: RecordSet;
  /** What it had before it was moved. */
  readonly before: readonly string[];
}

export interface Removed {
  readonly removed: readonly RecordSet[];
  /** Records of the name that others made, and that are still there. */
  readonly left: readonly RecordSet[];
}

const addressTypes = ["A", "AAAA", "CNAME"] as const;
/** What a value that is no address may be of. */
const otherTypes = ["CNAME", "TXT", "MX", "SRV", "CAA", "NS", "PTR"] as const;

export function ownerWords({ owner, keeper }: RecordSet): string {
  if (keeper !== undefined && owner !== null) {
    return `the stack ${keeper.stack} of the Capstan instance ${keeper.instance} keeps it`;
  }
  return owner === null
    ? "Capstan did not create it, or somebody changed it since"
    : `the Capstan instance ${owner} created it`;
}

/**
 * Lets the name point to an address. May be repeated. Throws `invalid` for what is no address, and `conflict` when
 * the name has other records that are not ours alone.
 */
export async function createRecord(
  { dns, instance }: RecordDeps,
  { name, target }: { readonly name: string; readonly target: string },
): Promise<Created> {
  const address = canonicalAddress(target);
  if (address === null) {
    throw new CapstanError("invalid", `${JSON.stringify(target)} is not an IP address`, {
      hint: "pass one with --target, such as 203.0.113.7",
    });
  }
  const type = addressFamily(address) === 4 ? "A" : "AAAA";
  const alias = await dns.findRRSetByName(name, "CNAME");
  if (alias !== null) throw taken(alias);
  const there = await dns.findRRSetByName(name, type);
  if (there === null) {
    return { kind: "created", record: await dns.createARecord({ name, address }), before: [] };
  }
  const [value = "", ...more] = there.values;
  const isOne = more.length === 0;
  if (isOne && (canonicalAddress(value) ?? value) === address) {
    return { kind: "same", record: there, before: there.values };
  }
  if (!isOne || there.owner !== instance || there.keeper !== undefined) throw taken(there);
  const record = await dns.update(name, type, { values: [address], ifOwner: instance });
  return { kind: "moved", record, before: there.values };
}

function taken(record: RecordSet): CapstanError {
  const { name, type, values } = record;
  const [value = ""] = values;
  return new CapstanError(
    "conflict",
    `${name} has the ${type} record ${values.join(", ")} already, and ${ownerWords(record)}`,
    {
      kind: "exists",
      hint: keptHint(record) ?? `to replace it, remove it first: ${removal(name, value)}`,
    },
  );
}

/** What a stack keeps is changed in its manifest: otherwise its next run would put it back. */
function keptHint({ keeper }: RecordSet): string | null {
  if (keeper === undefined) return null;
  return `change the domain in the manifest of the stack ${keeper.stack}: target, or dns: none`;
}

function removal(name: string, value: string): string {
  return `capstan dns remove ${quoted(name)} --value ${quoted(value)}`;
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w.:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Removes our address of a name, or, with `value`, that one value, whoever made it. Throws `not-found` when there
 * is none, and `denied` when only repeating the value may remove it.
 */
export async function removeRecord(
  { dns, instance }: RecordDeps,
  { name, value }: { readonly name: string; readonly value: string | null },
): Promise<Removed> {
  if (value !== null) return { removed: [await removeValue(dns, name, value)], left: [] };
  const sets = await present(dns, name, addressTypes);
  const [first] = sets;
  if (first === undefined) throw new CapstanError("not-found", `${name} has no record of its own`);
  const isOurs = ({ owner, keeper }: RecordSet): boolean =>
    owner === instance && keeper === undefined;
  const ours = sets.filter(isOurs);
  const others = sets.filter((set) => !isOurs(set));
  if (ours.length === 0) {
    throw denied(first, ownerWords(first));
  }
  const several = ours.find(({ values }) => values.length > 1);
  if (several !== undefined) throw denied(several, "it has several values");
  for (const { type, values } of ours) {
    await dns.remove(name, type, values, { ifOwner: instance });
  }
  return { removed: ours, left: others };
}

function denied(record: RecordSet, why: string): CapstanError {
  const { name, type, values } = record;
  const [value = ""] = values;
  return new CapstanError(
    "denied",
    `the ${type} record ${name} (${values.join(", ")}) was not removed: ${why}`,
    { hint: keptHint(record) ?? `to remove it, repeat its value: ${removal(name, value)}` },
  );
}

async function present(
  dns: Dns,
  name: string,
  types: readonly string[],
): Promise<readonly RecordSet[]> {
  const sets: RecordSet[] = [];
  for (const type of types) {
    const set = await dns.findRRSetByName(name, type);
    if (set !== null) sets.push(set);
  }
  return sets;
}

async function removeValue(dns: Dns, name: string, value: string): Promise<RecordSet> {
  const address = canonicalAddress(value);
  const types =
    address === null ? otherTypes : ([addressFamily(address) === 4 ? "A" : "AAAA"] as const);
  const wanted = plain(value);
  for (const set of await present(dns, name, types)) {
    const stored = set.values.find((one) => plain(one) === wanted);
    if (stored === undefined) continue;
    if (set.type === "NS" && name === (await dns.zone()).name) {
      throw new CapstanError("denied", `the zone's own name servers cannot be removed`);
    }
    await dns.remove(name, set.type, [stored]);
    return { ...set, values: [stored] };
  }
  throw new CapstanError("not-found", `${name} has no record ${value}`, {
    hint: `capstan dns check ${quoted(name)} shows what it has`,
  });
}

/** Addresses in their usual form, names without their last dot. */
function plain(value: string): string {
  return canonicalAddress(value) ?? value.replace(/\.$/, "");
}
