// A zone at a name server that takes updates (RFC 2136: BIND, Knot, PowerDNS), signed with a key. Each change is one
// message that happens as a whole, and only when the records are still what they were seen to be.
import { CapstanError } from "../lib/errors.ts";
import { addressFamily } from "../lib/ip-address.ts";
import type { RecordSet, Zone } from "../model/dns.ts";
import type { Dns, KeptRecord, OnlyIf } from "../ports-dns.ts";
import { canonical, compareTexts, isBelow, neededAddress } from "./names.ts";
import { isMarkFor, ownerNameOf, ownerText } from "./owner-record.ts";
import { dataOf, dataText, typeName, typeNumber } from "./rdata.ts";
import { createRfc2136Client } from "./rfc2136-client.ts";
import type { Rfc2136ClientOptions, Updated } from "./rfc2136-client.ts";
import { markedSet, recordSets, textOf } from "./record-sets.ts";
import { seenInstead } from "./seen.ts";
import { absent, add, drop, dropAll, exists, withData } from "./update-rows.ts";
import type { WireRecord } from "./wire.ts";

export interface Rfc2136Options extends Rfc2136ClientOptions {
  /** Null: the server is asked for the zone of `below`. */
  readonly zoneName: string | null;
  /** A name in the zone; null: only `zoneName` tells. */
  readonly below: string | null;
  /** The instance that marks what it makes. */
  readonly instance: string;
}

/** Seconds; a name server has no default of its own. */
const usualTtl = 300;
const addressTypes = ["A", "AAAA", "CNAME"] as const;

interface Found {
  readonly set: RecordSet;
  readonly ttl: number;
  readonly data: readonly Uint8Array[];
  /** All texts beside it, among them its marks. */
  readonly texts: readonly WireRecord[];
}

export function createRfc2136(options: Rfc2136Options): Dns {
  const client = createRfc2136Client(options);
  const { instance } = options;
  let found: Promise<Zone> | null = null;

  async function findZone(): Promise<Zone> {
    const { zoneName, below } = options;
    const within = zoneName ?? below;
    if (within === null) {
      throw new CapstanError("invalid", "no zone is configured for the name server", {
        hint: "set RFC2136_ZONE, or STACK_DOMAIN_SUFFIX to a name in the zone",
      });
    }
    const { answers, authority } = await client.query(within, "SOA");
    // Of a name inside a zone the authority section has the zone's SOA record.
    const soa = [...answers, ...authority].find(
      ({ type, name }) => typeName(type) === "SOA" && isBelow(within, name),
    );
    const isNamed = zoneName === null || soa?.name === zoneName;
    if (soa === undefined || soa.name === "" || !isNamed) {
      throw new CapstanError(
        "not-found",
        `${client.title} has no zone ${zoneName ?? `for ${within}`}`,
        {
          hint: "RFC2136_ZONE names the zone, RFC2136_SERVER its primary name server",
        },
      );
    }
    const servers = await client.query(soa.name, "NS");
    const nameServers = servers.answers
      .filter(({ type, name }) => typeName(type) === "NS" && name === soa.name)
      .map(({ type, data }) => canonical(dataText(type, data)));
    return { name: soa.name, nameServers: nameServers.sort(compareTexts), delegated: null };
  }

  function zone(): Promise<Zone> {
    found ??= findZone().catch((error: unknown) => {
      found = null;
      throw error;
    });
    return found;
  }

  async function inZone(name: string): Promise<string> {
    const { name: zoneName } = await zone();
    if (isBelow(name, zoneName)) return zoneName;
    throw new CapstanError("invalid", `${name} is not in the zone ${zoneName}`, {
      hint: "another zone is named by RFC2136_ZONE, or found by STACK_DOMAIN_SUFFIX",
    });
  }

  async function recordsAt(name: string, type: string): Promise<readonly WireRecord[]> {
    const { answers } = await client.query(name, type);
    return answers.filter((one) => one.name === name && typeName(one.type) === type);
  }

  async function look(name: string, type: string): Promise<Found | null> {
    const zoneName = await inZone(name);
    const records = await recordsAt(name, type);
    const [first] = records;
    if (first === undefined) return null;
    // A wildcard answers for every name. An update that changes nothing tells what is really there.
    const what = `tell whether ${name} has ${type} records of its own`;
    const prerequisites = [exists(name, type)];
    const real = await client.update({ zone: zoneName, prerequisites, changes: [], what });
    if (real !== "done") return null;
    const texts = await recordsAt(ownerNameOf(name, zoneName), "TXT");
    const data = records.map((record) => record.data);
    const values = records.map(textOf).sort(compareTexts);
    const set = markedSet({ name, type, ttl: first.ttl, values }, texts.map(textOf));
    return { set, ttl: first.ttl, data, texts };
  }

  async function needed(name: string, type: string, onlyIf: OnlyIf = {}): Promise<Found> {
    const { ifOwner, ifStack } = onlyIf;
    const there = await look(name, type);
    if (there === null) throw new CapstanError("not-found", `${name} has no ${type} records`);
    const { owner, keeper } = there.set;
    const isStill =
      (ifOwner === undefined || owner === ifOwner) &&
      (ifStack === undefined || keeper?.stack === ifStack);
    if (!isStill) throw changedMeanwhile(name, type);
    return there;
  }

  const find = async (name: string, type: string): Promise<RecordSet | null> =>
    (await look(name, type))?.set ?? null;

  /** Changes a record set that is still as it was seen, and still belongs to the same owner. */
  async function change(seen: Found, changes: readonly WireRecord[], what: string): Promise<void> {
    const { name, type, owner } = seen.set;
    const prerequisites = [
      ...seen.data.map((data) => withData(name, type, data)),
      ...(owner === null && seen.set.keeper === undefined
        ? []
        : seen.texts.map((text) => withData(text.name, "TXT", text.data))),
    ];
    const zoneName = await inZone(name);
    const updated = await client.update({ zone: zoneName, prerequisites, changes, what });
    if (updated !== "done") throw changedMeanwhile(name, type);
  }

  /** Takes all marks of a record set away, and makes the one that fits what it has from now on; null: none. */
  function marked(seen: Found, values: readonly string[] | null, ttl: number) {
    const { name, type, owner } = seen.set;
    const marks = seen.texts.filter((text) => isMarkFor(type, textOf(text)));
    const dropped = marks.map((mark) => drop(mark.name, "TXT", mark.data));
    const [first] = marks;
    if (first === undefined || owner === null || values === null) return dropped;
    const text = ownerText(owner, { name, type, values }, seen.set.keeper?.stack ?? null);
    return [...dropped, add(first.name, "TXT", ttl, dataOf("TXT", text))];
  }

  async function make(
    { name, address, ttl = usualTtl }: Parameters<Dns["createARecord"]>[0],
    stack: string | null,
  ): Promise<RecordSet> {
    const value = neededAddress(address);
    const type = addressFamily(value) === 4 ? "A" : "AAAA";
    const zoneName = await inZone(name);
    const ownerName = ownerNameOf(name, zoneName);
    const texts = await recordsAt(ownerName, "TXT");
    const stale = texts.filter((text) => isMarkFor(type, textOf(text)));
    const mark = ownerText(instance, { name, type, values: [value] }, stack);
    const made = markedSet({ name, type, ttl, values: [value] }, [mark]);
    let updated: Updated;
    try {
      updated = await client.update({
        zone: zoneName,
        // Beside an alias a server drops other records without a word.
        prerequisites: [absent(name, type), absent(name, "CNAME")],
        changes: [
          ...stale.map(({ data }) => drop(ownerName, "TXT", data)),
          add(name, type, ttl, dataOf(type, value)),
          add(ownerName, "TXT", ttl, dataOf("TXT", mark)),
        ],
        what: `create the ${type} record ${name}`,
      });
    } catch (error) {
      return await seenInstead(error, async () => {
        const now = await find(name, type);
        const isOurs = now?.owner === instance && now.values.join("\n") === value;
        return isOurs && (now.keeper?.stack ?? null) === stack ? now : null;
      });
    }
    if (updated === "done") return made;
    throw new CapstanError("conflict", `${name} has records of type ${type} or CNAME already`, {
      kind: "exists",
      hint: "run `capstan dns check`",
    });
  }

  /** The records, their TTL and their mark in one message. */
  async function changeKept(
    { name, address, ttl, stack }: KeptRecord,
    there: Found,
  ): Promise<RecordSet> {
    const { type } = there.set;
    const value = neededAddress(address);
    const ownerName = ownerNameOf(name, await inZone(name));
    const mark = ownerText(instance, { name, type, values: [value] }, stack);
    const marks = there.texts.filter((text) => isMarkFor(type, textOf(text)));
    const changes = [
      dropAll(name, type),
      add(name, type, ttl, dataOf(type, value)),
      ...marks.map((old) => drop(old.name, "TXT", old.data)),
      add(ownerName, "TXT", ttl, dataOf("TXT", mark)),
    ];
    try {
      await change(there, changes, `change the ${type} records of ${name}`);
    } catch (error) {
      await seenInstead(error, async () => {
        const now = await find(name, type);
        const isOurs = now?.owner === instance && now.keeper?.stack === stack;
        return isOurs && now.ttl === ttl && now.values.join("\n") === value ? true : null;
      });
    }
    return markedSet({ name, type, ttl, values: [value] }, [mark]);
  }

  return {
    title: `RFC 2136 at ${client.title}`,
    zone,
    findRRSetByName: find,

    async list() {
      const { name: zoneName } = await zone();
      const records = await client.transfer(zoneName);
      return recordSets(records, zoneName);
    },

    async recordExists(name) {
      for (const type of addressTypes) if ((await look(name, type)) !== null) return true;
      return false;
    },

    createARecord: (request) => make(request, null),

    async keep(request) {
      const { name, address, seen } = request;
      if (seen === null) return make(request, request.stack);
      const type = addressFamily(neededAddress(address)) === 4 ? "A" : "AAAA";
      const there = await needed(name, type);
      const isSame =
        there.set.values.join("\n") === seen.values.join("\n") &&
        there.set.owner === seen.owner &&
        there.set.keeper?.instance === seen.keeper?.instance &&
        there.set.keeper?.stack === seen.keeper?.stack;
      if (!isSame) throw changedMeanwhile(name, type);
      return changeKept(request, there);
    },

    async update(name, type, { values, ttl, ...onlyIf }) {
      const seen = await needed(name, type, onlyIf);
      const { owner } = seen.set;
      const data = values?.map((value) => dataOf(type, value)) ?? seen.data;
      const wanted = data.map((each) => dataText(typeNumber(type), each)).sort(compareTexts);
      const wantedTtl = ttl ?? seen.ttl;
      const changes = [
        dropAll(name, type),
        ...data.map((each) => add(name, type, wantedTtl, each)),
        ...marked(seen, wanted, wantedTtl),
      ];
      try {
        await change(seen, changes, `change the ${type} records of ${name}`);
      } catch (error) {
        await seenInstead(error, async () => {
          const now = await find(name, type);
          const isDone =
            now?.values.join("\n") === wanted.join("\n") &&
            now.ttl === wantedTtl &&
            now.owner === owner;
          return isDone ? true : null;
        });
      }
      return (await needed(name, type)).set;
    },

    async remove(name, type, values, onlyIf) {
      const seen = await needed(name, type, onlyIf);
      const { owner } = seen.set;
      const missing = values.find((value) => !seen.set.values.includes(value));
      if (missing !== undefined) {
        throw new CapstanError("not-found", `${name} has no ${type} record ${missing}`);
      }
      const left = seen.set.values.filter((value) => !values.includes(value));
      const gone = seen.data.filter((data) => values.includes(dataText(typeNumber(type), data)));
      const isLast = left.length === 0;
      const changes = [
        ...gone.map((data) => drop(name, type, data)),
        // The mark of what is left of somebody's records may be the one of what was there before them.
        ...(isLast || owner !== null ? marked(seen, isLast ? null : left, seen.ttl) : []),
      ];
      try {
        await change(seen, changes, `remove ${type} records of ${name}`);
      } catch (error) {
        await seenInstead(error, async () => {
          const now = await find(name, type);
          return now === null || values.every((value) => !now.values.includes(value)) ? true : null;
        });
      }
    },
  };
}

function changedMeanwhile(name: string, type: string): CapstanError {
  return new CapstanError("conflict", `somebody changed the ${type} records of ${name} meanwhile`, {
    hint: "run `capstan dns check` and try again",
  });
}
