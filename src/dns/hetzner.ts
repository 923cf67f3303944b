// Hetzner DNS through the Cloud API (v1). A record set is Capstan's when it carries the label with the name of an
// instance, and each of its records a comment with that instance and the record's value: a label alone stays where
// somebody edits the value. A second label names the stack that keeps it. Names are relative to the zone there, `@` is the zone itself.
import type { z } from "zod";
import { CapstanError } from "../lib/errors.ts";
import { addressFamily, canonicalAddress } from "../lib/ip-address.ts";
import type { RecordKeeper, RecordSet, Zone } from "../model/dns.ts";
import type { Dns, KeptRecord, OnlyIf } from "../ports-dns.ts";
import { awaitAction } from "./hetzner-actions.ts";
import { createHetznerRest } from "./hetzner-rest.ts";
import type { HetznerRestOptions } from "./hetzner-rest.ts";
import {
  actionAnswer,
  recordSetAnswer,
  recordSetRow,
  zoneAnswer,
  zoneRow,
} from "./hetzner-wire.ts";
import type { ActionRow, RecordSetRow, ZoneRow } from "./hetzner-wire.ts";
import {
  absoluteIn,
  canonical,
  compareTexts,
  neededAddress,
  relativeTo,
  zoneCandidates,
} from "./names.ts";
import { seenInstead } from "./seen.ts";
import { quoteTxt, unquoteTxt } from "./txt.ts";

export interface HetznerOptions extends HetznerRestOptions {
  /** The zone's number or name; null: it is found by `below`. */
  readonly zoneId: string | null;
  /** A name in the zone; null: only `zoneId` tells. */
  readonly below: string | null;
  /** The instance that marks what it makes. */
  readonly instance: string;
}

const ownerLabel = "capstan-instance";
const stackLabel = "capstan-stack";
const zonePageSize = 50;
const recordPageSize = 100;
/** What an address is asked for by: an alias answers for it as well. */
const addressTypes = ["A", "AAAA", "CNAME"] as const;

interface FoundZone extends Zone {
  readonly id: number;
}

export function createHetzner(options: HetznerOptions): Dns {
  const rest = createHetznerRest(options);
  let found: Promise<FoundZone> | null = null;

  async function findZone(): Promise<FoundZone> {
    const { zoneId, below } = options;
    if (zoneId !== null) {
      const ask = { path: `/zones/${encodeURIComponent(zoneId)}`, what: `show the zone ${zoneId}` };
      const answer = await rest.readOrNull(ask, zoneAnswer);
      if (answer !== null) return toZone(answer.zone);
      throw new CapstanError("not-found", `Hetzner has no zone ${zoneId} for this token`, {
        hint: "a token sees one project's zones only; HETZNER_ZONE_ID is the zone's number or name there",
      });
    }
    if (below === null) {
      throw new CapstanError("invalid", "no zone is configured for Hetzner", {
        hint: "set HETZNER_ZONE_ID, or STACK_DOMAIN_SUFFIX to a name in the zone",
      });
    }
    for (const name of zoneCandidates(below)) {
      const ask = { path: "/zones", query: { name }, what: `find the zone ${name}` };
      const rows = await rest.pages(ask, "zones", zoneRow, zonePageSize);
      const row = rows.find((one) => canonical(one.name) === name);
      if (row !== undefined) return toZone(row);
    }
    throw new CapstanError("not-found", `Hetzner has no zone for ${below} with this token`, {
      hint: "a token sees one project's zones only; HETZNER_ZONE_ID names a zone",
    });
  }

  function zone(): Promise<FoundZone> {
    found ??= findZone().catch((error: unknown) => {
      found = null;
      throw error;
    });
    return found;
  }

  /** The zone, and the address of one record set in it. */
  async function place(name: string, type: string) {
    const { id, name: zoneName } = await zone();
    const relative = relativeTo(name, zoneName);
    if (relative === null) {
      throw new CapstanError("invalid", `${name} is not in the zone ${zoneName}`, {
        hint: "another zone is named by HETZNER_ZONE_ID, or found by STACK_DOMAIN_SUFFIX",
      });
    }
    const sets = `/zones/${id}/rrsets`;
    const path = `${sets}/${encodeURIComponent(relative)}/${encodeURIComponent(type)}`;
    return { zoneName, relative, sets, path };
  }

  async function rowOf(name: string, type: string): Promise<RecordSetRow | null> {
    const { path } = await place(name, type);
    const ask = { path, what: `show the ${type} records of ${name}` };
    return (await rest.readOrNull(ask, recordSetAnswer))?.rrset ?? null;
  }

  async function find(name: string, type: string): Promise<RecordSet | null> {
    const row = await rowOf(name, type);
    return row === null ? null : toRecordSet(row, (await zone()).name);
  }

  const follow = (action: ActionRow, what: string): Promise<void> =>
    awaitAction(action, what, { ...options, rest });

  async function act(path: string, action: string, body: unknown, what: string): Promise<void> {
    const ask = { method: "POST", path: `${path}/actions/${action}`, body, what } as const;
    const answer: z.output<typeof actionAnswer> = await rest.send(ask, actionAnswer);
    await follow(answer.action, what);
  }

  async function needed(name: string, type: string, onlyIf: OnlyIf = {}): Promise<RecordSetRow> {
    const { ifOwner, ifStack } = onlyIf;
    const row = await rowOf(name, type);
    if (row === null) throw new CapstanError("not-found", `${name} has no ${type} records`);
    const isStill =
      (ifOwner === undefined || ownerOf(row) === ifOwner) &&
      (ifStack === undefined || keeperOf(row)?.stack === ifStack);
    if (isStill) return row;
    throw changedMeanwhile(name, type);
  }

  async function make(
    { name, address, ttl }: Pick<KeptRecord, "name" | "address"> & { readonly ttl?: number },
    stack: string | null,
  ): Promise<RecordSet> {
    const value = neededAddress(address);
    const type = addressFamily(value) === 4 ? "A" : "AAAA";
    const { relative, sets, zoneName } = await place(name, type);
    const what = `create the ${type} record ${name}`;
    const body = {
      name: relative,
      type,
      ...(ttl === undefined ? {} : { ttl }),
      labels: labelsFor(options.instance, stack),
      records: [{ value, comment: markOf(options.instance, stack, value) }],
    };
    try {
      const ask = { method: "POST", path: sets, body, what } as const;
      const answer = await rest.send(ask, recordSetAnswer.and(actionAnswer));
      await follow(answer.action, what);
      return toRecordSet(answer.rrset, zoneName);
    } catch (error) {
      return await seenInstead(error, async () => {
        const now = await find(name, type);
        const isOurs = now?.owner === options.instance && now.values.join("\n") === value;
        return isOurs && (now.keeper?.stack ?? null) === stack ? now : null;
      });
    }
  }

  /** Sent again, each of these requests changes nothing more: what was done of it shows. */
  async function change(
    { name, address, ttl, stack }: KeptRecord,
    row: RecordSetRow,
  ): Promise<RecordSet> {
    const value = neededAddress(address);
    const { type } = row;
    const { path, zoneName } = await place(name, type);
    const { instance } = options;
    const what = `change the ${type} records of ${name}`;
    const keeper = keeperOf(row);
    if (keeper?.instance !== instance || keeper.stack !== stack) {
      const body = { labels: { ...row.labels, ...labelsFor(instance, stack) } };
      await rest.send({ method: "PUT", path, body, what }, recordSetAnswer);
    }
    const comment = markOf(instance, stack, value);
    const [record, ...more] = row.records;
    const isSame =
      more.length === 0 &&
      plain(type, record?.value ?? "") === value &&
      record?.comment === comment;
    if (!isSame) {
      const records = [{ value: written(type, value), comment }];
      await act(path, "set_records", { records }, what);
    }
    if (row.ttl !== ttl) await act(path, "change_ttl", { ttl }, `change the TTL of ${name}`);
    return toRecordSet(await needed(name, type), zoneName);
  }

  return {
    title: "Hetzner DNS",
    zone,
    findRRSetByName: find,

    async list() {
      const { id, name } = await zone();
      const ask = { path: `/zones/${id}/rrsets`, what: `list the records of ${name}` };
      const rows = await rest.pages(ask, "rrsets", recordSetRow, recordPageSize);
      return rows
        .map((row) => toRecordSet(row, name))
        .sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.type, b.type));
    },

    async recordExists(name) {
      for (const type of addressTypes) if ((await rowOf(name, type)) !== null) return true;
      return false;
    },

    createARecord: (request) => make(request, null),

    async keep(request) {
      const { name, address, seen } = request;
      if (seen === null) return make(request, request.stack);
      const type = addressFamily(neededAddress(address)) === 4 ? "A" : "AAAA";
      const row = await needed(name, type);
      const { zoneName } = await place(name, type);
      if (!isSameSet(toRecordSet(row, zoneName), seen)) throw changedMeanwhile(name, type);
      return change(request, row);
    },

    async update(name, type, { values, ttl, ...onlyIf }) {
      const row = await needed(name, type, onlyIf);
      const owner = ownerOf(row);
      const stack = keeperOf(row)?.stack ?? null;
      const { path, zoneName } = await place(name, type);
      if (values !== undefined) {
        const comments = new Map(
          row.records.map((record) => [plain(row.type, record.value), record.comment]),
        );
        const records = values.map((value) => {
          const comment =
            owner === null ? (comments.get(value) ?? null) : markOf(owner, stack, value);
          return { value: written(type, value), ...(comment === null ? {} : { comment }) };
        });
        const wanted = [...values].sort(compareTexts).join("\n");
        await act(path, "set_records", { records }, `change the ${type} records of ${name}`).catch(
          (error: unknown) =>
            seenInstead(error, async () => {
              const now = await find(name, type);
              return now?.values.join("\n") === wanted && now.owner === owner ? true : null;
            }),
        );
      }
      if (ttl !== undefined) {
        await act(path, "change_ttl", { ttl }, `change the TTL of ${name}`).catch(
          (error: unknown) =>
            seenInstead(error, async () => ((await find(name, type))?.ttl === ttl ? true : null)),
        );
      }
      return toRecordSet(await needed(name, type), zoneName);
    },

    async remove(name, type, values, onlyIf) {
      const row = await needed(name, type, onlyIf);
      const { path } = await place(name, type);
      const records = values.map((value) => {
        const record = row.records.find((one) => plain(type, one.value) === value);
        if (record !== undefined) return { value: record.value };
        throw new CapstanError("not-found", `${name} has no ${type} record ${value}`);
      });
      try {
        await act(path, "remove_records", { records }, `remove ${type} records of ${name}`);
      } catch (error) {
        await seenInstead(error, async () => {
          const now = await find(name, type);
          return now === null || values.every((value) => !now.values.includes(value)) ? true : null;
        });
      }
    },
  };
}

function toZone({ id, name, authoritative_nameservers: servers }: ZoneRow): FoundZone {
  const status = servers?.delegation_status ?? "unknown";
  return {
    id,
    name: canonical(name),
    nameServers: (servers?.assigned ?? []).map(canonical).sort(compareTexts),
    delegated: status === "unknown" ? null : status === "valid",
  };
}

function toRecordSet(row: RecordSetRow, zoneName: string): RecordSet {
  return {
    name: absoluteIn(row.name, zoneName),
    type: row.type,
    ttl: row.ttl ?? null,
    values: row.records.map(({ value }) => plain(row.type, value)).sort(compareTexts),
    owner: ownerOf(row),
    isProtected: row.protection?.change === true,
    ...keeperField(keeperOf(row)),
  };
}

const keeperField = (keeper: RecordKeeper | null) => (keeper === null ? {} : { keeper });

function labelsFor(instance: string, stack: string | null): Readonly<Record<string, string>> {
  return { [ownerLabel]: instance, ...(stack === null ? {} : { [stackLabel]: stack }) };
}

/** The comment of a record; addresses in their usual form, however Hetzner writes them. */
function markOf(instance: string, stack: string | null, value: string): string {
  const owner = stack === null ? instance : `${instance}/${stack}`;
  return `made by Capstan (${owner}): ${canonicalAddress(value) ?? value}`;
}

/** The instance that made all of these records as they are. */
function ownerOf(row: RecordSetRow): string | null {
  const { labels, records } = row;
  const instance = labels?.[ownerLabel];
  if (instance === undefined || records.length === 0) return null;
  const stack = keeperOf(row)?.stack ?? null;
  return records.every(({ value, comment }) => comment === markOf(instance, stack, value))
    ? instance
    : null;
}

function keeperOf({ labels }: RecordSetRow): RecordKeeper | null {
  const instance = labels?.[ownerLabel];
  const stack = labels?.[stackLabel];
  return instance === undefined || stack === undefined ? null : { instance, stack };
}

/** Whether nobody changed it between two looks. */
function isSameSet(now: RecordSet, seen: RecordSet): boolean {
  return (
    now.values.join("\n") === seen.values.join("\n") &&
    now.owner === seen.owner &&
    now.keeper?.instance === seen.keeper?.instance &&
    now.keeper?.stack === seen.keeper?.stack
  );
}

function changedMeanwhile(name: string, type: string): CapstanError {
  const said = `somebody changed the ${type} records of ${name} meanwhile`;
  return new CapstanError("conflict", said, { hint: "run `capstan dns check` and try again" });
}

function plain(type: string, value: string): string {
  if (type === "TXT") return unquoteTxt(value);
  return type === "A" || type === "AAAA" ? (canonicalAddress(value) ?? value) : value;
}

function written(type: string, value: string): string {
  return type === "TXT" ? quoteTxt(value) : value;
}
