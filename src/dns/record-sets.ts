// The records of a zone as sets of one name and type, each with whose it is.
import type { RecordSet } from "../model/dns.ts";
import { compareTexts } from "./names.ts";
import { isOwnerName, keeperIn, ownerIn, ownerNameOf } from "./owner-record.ts";
import { dataText, typeName } from "./rdata.ts";
import type { WireRecord } from "./wire.ts";

/** What a server adds that signs its zone: nobody made it, and it changes with everything. */
const signing: ReadonlySet<string> = new Set(["RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "TYPE65534"]);

/** With whose it is, as the texts beside it say. */
export function markedSet(
  set: Pick<RecordSet, "name" | "type" | "ttl" | "values">,
  texts: readonly string[],
): RecordSet {
  const keeper = keeperIn(texts, set.type);
  const owner = ownerIn(texts, set);
  return { ...set, owner, isProtected: false, ...(keeper === null ? {} : { keeper }) };
}

export function textOf({ type, data }: WireRecord): string {
  return dataText(type, data);
}

/** The record sets of a zone, without those that only say who made another one. */
export function recordSets(records: readonly WireRecord[], zone: string): readonly RecordSet[] {
  const groups = new Map<string, WireRecord[]>();
  for (const record of records) {
    const id = `${record.name} ${record.type}`;
    groups.set(id, [...(groups.get(id) ?? []), record]);
  }
  const sets = [...groups.values()].flatMap(([first, ...more]): readonly RecordSet[] => {
    if (first === undefined) return [];
    const { name, type, ttl } = first;
    const values = [first, ...more].map(({ data }) => dataText(type, data)).sort(compareTexts);
    return [{ name, type: typeName(type), ttl, values, owner: null, isProtected: false }];
  });
  const texts = new Map(
    sets
      .filter(({ type, name }) => type === "TXT" && isOwnerName(name))
      .map((set) => [set.name, set.values]),
  );
  const owned = sets.map((set) => {
    return markedSet(set, texts.get(ownerNameOf(set.name, zone)) ?? []);
  });
  const marks = new Set(
    owned
      .filter(({ owner, keeper }) => owner !== null || keeper !== undefined)
      .map(({ name }) => ownerNameOf(name, zone)),
  );
  return owned
    .filter(({ name, type }) => !signing.has(type) && !(type === "TXT" && marks.has(name)))
    .sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.type, b.type));
}
