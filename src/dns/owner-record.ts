// A name server has no labels, so a TXT record beside a record set says which instance of Capstan made it. It stands
// beside the name, never below it: a record below `alice` would make `alice` exist on its own, and a wildcard record
// would no longer answer for it once its address is gone. The mark holds a hash of what it was made for: a record set
// that somebody changed, or made in place of Capstan's, is theirs.
import { createHash } from "node:crypto";
import { canonicalAddress } from "../lib/ip-address.ts";
import type { RecordKeeper, RecordSet } from "../model/dns.ts";
import { compareTexts } from "./names.ts";

/** What a mark is made for. */
export type Marked = Pick<RecordSet, "name" | "type" | "values">;

const prefix = "_capstan-";
const longestLabel = 63;
const hashLength = 32;
/** `owner=default`, or `owner=default/shop` for a record that a stack keeps. */
const whole =
  /^capstan owner=([a-z0-9-]{1,63})(?:\/([a-z0-9-]{1,63}))? type=([A-Z0-9]{1,10}) values=([0-9a-f]{32})$/;
/** Marks of all forms, so that old ones are cleaned up. */
const anyForm = /^capstan owner=[a-z0-9-]{1,63}(?:\/[a-z0-9-]{1,63})? type=([A-Z0-9]{1,10})(?: |$)/;

function hashOf(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/**
 * `_capstan-alice.ai.example.com` for `alice.ai.example.com`. The marks of a zone, a wildcard and a long name go on
 * with a second hyphen: `engine/dns/names.ts` takes no name that begins with one, so no other name has these marks.
 */
export function ownerNameOf(name: string, zone: string): string {
  if (name === zone) return `${prefix}-apex.${zone}`;
  const [first = "", ...rest] = name.split(".");
  const label = `${prefix}${first === "*" ? "-wildcard" : first}`;
  const short = label.length <= longestLabel ? label : `${prefix}-${hashOf(first, 40)}`;
  return [short, ...rest].join(".");
}

export function isOwnerName(name: string): boolean {
  return name.startsWith(prefix);
}

function valuesHash({ name, type, values }: Marked): string {
  const plain = values.map((value) => canonicalAddress(value) ?? value).sort(compareTexts);
  return hashOf([name, type, ...plain].join("\n"), hashLength);
}

export function ownerText(instance: string, set: Marked, stack: string | null = null): string {
  const owner = stack === null ? instance : `${instance}/${stack}`;
  return `capstan owner=${owner} type=${set.type} values=${valuesHash(set)}`;
}

/** Whether a text is a mark for records of this type, whether it fits or not. */
export function isMarkFor(type: string, text: string): boolean {
  return anyForm.exec(text)?.[1] === type;
}

/** The instance that made these records as they are now; null: none of the texts says so, or they disagree. */
export function ownerIn(texts: readonly string[], set: Marked): string | null {
  const hash = valuesHash(set);
  const owners = texts.flatMap((text) => {
    const [, instance, , type, values] = whole.exec(text) ?? [];
    return instance !== undefined && type === set.type && values === hash ? [instance] : [];
  });
  const [owner, ...others] = new Set(owners);
  return owner !== undefined && others.length === 0 ? owner : null;
}

/** The stack that keeps records of this type, whatever values they have now; null: none, or the marks disagree. */
export function keeperIn(texts: readonly string[], type: string): RecordKeeper | null {
  const marks = texts.flatMap((text) => {
    const [, instance = "", stack, of] = whole.exec(text) ?? [];
    return of === type ? [{ instance, stack }] : [];
  });
  const [mark] = marks;
  if (mark?.stack === undefined || marks.length > 1) return null;
  return { instance: mark.instance, stack: mark.stack };
}
