// The plan of a stack's DNS records: what its domains ask for, against what the zone has. What others made is only
// looked at. Pure: the zone was read before.
import type { Cause } from "../model/cause.ts";
import type { AddressType, RecordSet } from "../model/dns.ts";
import type { Action, FieldChange, Note, Plan } from "../model/plan.ts";
import type { RecordSettings, RecordTrouble, RecordWish } from "./record-wishes.ts";
import { recordTitle } from "./render/words.ts";

/** What is known of the zone. */
export type KnownZone =
  | { readonly kind: "read"; readonly name: string; readonly sets: readonly RecordSet[] }
  /** It could not be read; `why` as a clause. */
  | { readonly kind: "unknown"; readonly why: string }
  /** No provider is configured. */
  | { readonly kind: "none" };

export interface RecordPlan {
  /** Made and changed, before anything else is. */
  readonly before: readonly Action[];
  /** Removed, after everything else is done. */
  readonly after: readonly Action[];
  readonly troubles: readonly RecordTrouble[];
  readonly notes: readonly Note[];
  /** What is asked for and is Capstan's matter: without hosts outside the zone that only DNS_MANAGED names. */
  readonly managed: readonly RecordWish[];
}

export const noRecords: RecordPlan = {
  before: [],
  after: [],
  troubles: [],
  notes: [],
  managed: [],
};

export interface RecordInput {
  readonly stack: string;
  readonly instance: string;
  /** Sorted by host; empty for a stack that left Git. */
  readonly wishes: readonly RecordWish[];
  /** What the domains say against each other. */
  readonly disputes: readonly RecordTrouble[];
  readonly settings: RecordSettings;
  readonly zone: KnownZone;
  /** Which stack keeps the record of a host; null: none asks for one. */
  readonly keeperOf: (host: string) => string | null;
  /** Hosts whose records this Capstan made for the stack, as far as it remembers. */
  readonly remembered: ReadonlySet<string>;
  /** Nothing is removed: an older revision is in force. */
  readonly keepsAll: boolean;
  /** `selfHeal: false`: what somebody changed at the provider is told and left. */
  readonly leavesDrift: boolean;
  /** Why a record goes that nothing asks for. */
  readonly left: Cause;
}

const addressTypes: readonly AddressType[] = ["A", "AAAA"];

export function typeOf(address: string): AddressType {
  return address.includes(":") ? "AAAA" : "A";
}

function isWithin(host: string, zone: string): boolean {
  return host === zone || host.endsWith(`.${zone}`);
}

/** Who made a record that is not the stack's, as a clause. */
function strangerWords({ owner, keeper }: RecordSet): string {
  if (keeper !== undefined) return `the Capstan instance ${keeper.instance} keeps it`;
  return owner === null
    ? "Capstan did not make it, or somebody changed it since"
    : `the Capstan instance ${owner} made it`;
}

type Judged =
  | { readonly action: Action }
  | { readonly trouble: RecordTrouble }
  | { readonly note: Note }
  | null;

const trouble = (host: string, kind: RecordTrouble["kind"], message: string): Judged => ({
  trouble: { host, kind, message },
});

function foreign(wish: RecordWish & { readonly address: string }, there: RecordSet): Judged {
  const { host, address } = wish;
  const [type, values] = [there.type, there.values.join(", ")];
  const who = strangerWords(there);
  if (there.type === typeOf(address) && there.values.length === 1 && there.values[0] === address) {
    const message = `the DNS record ${host} ${type} is right already, and ${who}: it is left alone, also when the stack goes`;
    return { note: { kind: "record", message } };
  }
  const way = "remove it at the DNS provider, or say dns: none in the manifest";
  const message = `${host} has the ${type} record ${values}, and ${who}: nothing is written; ${way}`;
  return trouble(host, "conflict", message);
}

/** The record of one host, which lies in the zone. */
function judge(
  wish: RecordWish & { readonly address: string },
  { stack, instance, leavesDrift }: Pick<RecordInput, "stack" | "instance" | "leavesDrift">,
  sets: readonly RecordSet[],
): Judged {
  const { host, address, ttl } = wish;
  const recordType = typeOf(address);
  const alias = sets.find((set) => set.name === host && set.type === "CNAME");
  if (alias !== undefined) return foreign(wish, alias);
  const there = sets.find((set) => set.name === host && set.type === recordType);
  const shared = { host, recordType, risk: "none" } as const;
  if (there === undefined) {
    const changes = [{ path: "address", was: null, is: address }];
    const action = { type: "create-record", address, ttl, cause: { kind: "missing" } } as const;
    return { action: { ...action, ...shared, changes } };
  }
  const { keeper, owner } = there;
  const isOurs = keeper === undefined ? owner === instance : keeper.instance === instance;
  if (!isOurs) return foreign(wish, there);
  const changes: FieldChange[] = [];
  const values = there.values.join(", ");
  if (values !== address) changes.push({ path: "address", was: values, is: address });
  if (there.ttl !== ttl) {
    changes.push({
      path: "ttl",
      was: there.ttl === null ? null : String(there.ttl),
      is: String(ttl),
    });
  }
  if (keeper?.stack !== stack) {
    changes.push({ path: "kept by", was: keeper?.stack ?? "capstan dns", is: stack });
  }
  // Somebody took its mark off, or put the values back without it.
  if (changes.length === 0 && owner === null) changes.push({ path: "mark", was: null, is: stack });
  if (changes.length === 0) return null;
  const title = recordTitle({ host, recordType });
  if (there.isProtected) {
    const message = `the ${title} must change, and is protected at the DNS provider: lift the protection there`;
    return trouble(host, "setting", message);
  }
  const fields = changes.map(({ path }) => path);
  const isDrift = owner === null && keeper?.stack === stack;
  if (isDrift && leavesDrift) {
    const told = changes.map(({ path, was, is }) => `${path}: ${is ?? "-"} → ${was ?? "-"}`);
    const message = `the ${title} was changed at the DNS provider (${told.join(", ")}) and stays, as selfHeal is false`;
    return { note: { kind: "ignored-drift", message } };
  }
  const cause: Cause = isDrift
    ? { kind: "drift", change: { what: "record", fields } }
    : { kind: "differs", fields };
  const action = { type: "update-record", address, ttl, seen: there, cause } as const;
  return { action: { ...action, ...shared, changes } };
}

function judgeWish(wish: RecordWish, input: RecordInput): Judged {
  const { host, address, isExplicit } = wish;
  const { zone, keeperOf, stack } = input;
  if (zone.kind === "none") {
    if (!isExplicit) return null;
    const way = "set HETZNER_API_TOKEN, or RFC2136_SERVER with its key";
    const message = `the DNS record of ${host} is managed, and no DNS provider is configured: ${way}`;
    return trouble(host, "setting", message);
  }
  if (zone.kind === "unknown") {
    return trouble(host, "unavailable", `the DNS record of ${host} is not known: ${zone.why}`);
  }
  if (!isWithin(host, zone.name)) {
    if (!isExplicit) return null;
    const message = `${host} is not in the zone ${zone.name}, so that its DNS record cannot be kept: say dns: none`;
    return trouble(host, "setting", message);
  }
  const keeper = keeperOf(host);
  if (keeper !== null && keeper !== stack) {
    const message = `the DNS record of ${host} is kept by the stack ${keeper}, which asks for it too`;
    return { note: { kind: "record", message } };
  }
  if (address === null) {
    const message = `nothing says where ${host} points to: set target beside dns, or an IP address as TRAEFIK_IP`;
    return trouble(host, "setting", message);
  }
  return judge({ ...wish, address }, input, zone.sets);
}

/** What of the stack's records in the zone nothing asks for any more. */
function planLeft(input: RecordInput): Pick<RecordPlan, "after" | "notes"> {
  const { zone, stack, instance, wishes, disputes, settings, remembered, left } = input;
  const after: Action[] = [];
  const notes: Note[] = [];
  if (zone.kind !== "read" || input.keepsAll) return { after, notes };
  const wanted = new Map(wishes.map((wish) => [wish.host, wish]));
  const disputed = new Set(disputes.map(({ host }) => host));
  const own = new Set([settings.target, ...wishes.map(({ address }) => address)]);
  for (const set of zone.sets) {
    const recordType = addressTypes.find((type) => type === set.type);
    const isKept = set.keeper?.instance === instance && set.keeper.stack === stack;
    if (recordType === undefined || !isKept || disputed.has(set.name)) continue;
    const wish = wanted.get(set.name);
    // Without an address nobody knows which of them is asked for.
    if (wish !== undefined && (wish.address === null || typeOf(wish.address) === recordType))
      continue;
    // Another stack asks for it now, and takes it over as it is.
    const keeper = input.keeperOf(set.name);
    if (keeper !== null && keeper !== stack) continue;
    const title = recordTitle({ host: set.name, recordType });
    const isMine = remembered.has(set.name) || set.values.every((value) => own.has(value));
    if (set.owner !== instance || !isMine || set.isProtected) {
      const why = set.isProtected
        ? "it is protected at the DNS provider"
        : set.owner === instance
          ? "it points elsewhere, and this Capstan does not remember making it"
          : "somebody changed it since Capstan made it";
      const message = `the ${title} (${set.values.join(", ")}) is not asked for any more and stays: ${why}`;
      notes.push({ kind: "record", message });
      continue;
    }
    const changes = [{ path: "address", was: set.values.join(", "), is: null }];
    const shared = { host: set.name, recordType, values: set.values, risk: "none" } as const;
    after.push({ type: "delete-record", ...shared, cause: left, changes });
  }
  return { after, notes };
}

/** Hosts whose record cannot be removed now, as the zone cannot be read. */
function unknownLeft({
  zone,
  wishes,
  remembered,
  keepsAll,
}: RecordInput): readonly RecordTrouble[] {
  if (zone.kind !== "unknown" || keepsAll) return [];
  const wanted = new Set(wishes.map(({ host }) => host));
  return [...remembered]
    .filter((host) => !wanted.has(host))
    .sort()
    .map((host) => ({
      host,
      kind: "unavailable",
      message: `the DNS record of ${host} cannot be removed yet: ${zone.why}`,
    }));
}

function isManaged({ host, isExplicit }: RecordWish, zone: KnownZone): boolean {
  if (isExplicit) return true;
  return zone.kind === "read" ? isWithin(host, zone.name) : zone.kind === "unknown";
}

/** What turns the zone into what the stack asks for. Whatever it does not name is left as it is. */
export function planRecords(input: RecordInput): RecordPlan {
  const judged = input.wishes.map((wish) => judgeWish(wish, input));
  const { after, notes } = planLeft(input);
  const of = <K extends "action" | "trouble" | "note">(key: K) =>
    judged.flatMap((one) =>
      one !== null && key in one ? [one as Extract<Judged, Record<K, unknown>>] : [],
    );
  return {
    before: of("action").map(({ action }) => action),
    after,
    troubles: [
      ...input.disputes,
      ...of("trouble").map(({ trouble: found }) => found),
      ...unknownLeft(input),
    ],
    notes: [...of("note").map(({ note }) => note), ...notes],
    managed: input.wishes.filter((wish) => isManaged(wish, input.zone)),
  };
}

/** A plan with what is to be done to the stack's records; one that may do nothing stays as it is. */
export function withRecords(plan: Plan, { before, after, troubles, notes }: RecordPlan): Plan {
  if (plan.conflict !== null) return plan;
  const told = troubles.map(({ message }): Note => ({ kind: "record", message }));
  if (before.length + after.length + told.length + notes.length === 0) return plan;
  return {
    ...plan,
    actions: [...before, ...plan.actions, ...after],
    notes: [...plan.notes, ...notes, ...told],
  };
}
