// The edge towards DNS as contracts: a provider that holds a zone, and the servers that answer for it. Every
// method throws CapstanError only (see lib/errors for the codes).
import type { RecordSet, Zone } from "./model/dns.ts";

/**
 * A zone at a provider. Names are full ones in lower case without a dot at their end. Who made a
 * record matters only where `ifOwner` is given: `engine/dns/records.ts` decides that. Reads are retried inside; a write that
 * the provider refused for the moment (a limit, a lock) is sent again for about a minute, any other one never.
 * A write is done when its method returns: what the provider does later is waited for.
 *
 * Throws `rate-limited` with the time to wait, `unauthorised`, `forbidden` (kinds `protected` and
 * `token-read-only`), `not-found`, `conflict` (kinds `exists` and `locked`), `invalid`, `unsupported`,
 * `unavailable`, and `uncertain` when nobody knows whether a write happened, each with a hint.
 */
export interface Dns {
  /** One line for people: the provider. */
  readonly title: string;
  /** The zone; looked for once. Throws `not-found` when the provider has none for the configured names. */
  zone(): Promise<Zone>;
  /** All record sets of the zone, by name and type. */
  list(): Promise<readonly RecordSet[]>;
  /** The record set of exactly this name and type; one that a wildcard would answer for is null. */
  findRRSetByName(name: string, type: string): Promise<RecordSet | null>;
  /** Whether exactly this name has an address or an alias (A, AAAA, CNAME) of its own. */
  recordExists(name: string): Promise<boolean>;
  /**
   * Makes an A record, or an AAAA record for an IPv6 address, and marks it as this instance's. Throws
   * `conflict` (kind `exists`) when the name has records of that type or an alias already.
   */
  createARecord(request: {
    readonly name: string;
    readonly address: string;
    /** Seconds; without it the provider's default. */
    readonly ttl?: number;
  }): Promise<RecordSet>;
  /**
   * Makes the name's A record, or its AAAA record for an IPv6 address, exactly this one address, and marks it as kept
   * for a stack of this instance. `seen` is the record set as it was read, null when there was none. Throws `conflict`
   * when that has changed meanwhile, also when the name has an alias by now.
   */
  keep(request: KeptRecord): Promise<RecordSet>;
  /**
   * Replaces what is given of a record set, and leaves its owner as it is. Throws `not-found` when there is no such
   * record set, and `conflict` when it changed meanwhile.
   */
  update(
    name: string,
    type: string,
    change: OnlyIf & { readonly values?: readonly string[]; readonly ttl?: number },
  ): Promise<RecordSet>;
  /**
   * Takes these values out of a record set, which is gone with its last one. Throws `not-found` when there is
   * no such record set or a value is not in it, and `conflict` when it changed meanwhile.
   */
  remove(name: string, type: string, values: readonly string[], onlyIf?: OnlyIf): Promise<void>;
}

/** What must still hold when a change is made, as far as the provider can tell. */
export interface OnlyIf {
  /** The instance that the record set must belong to; otherwise the change is a `conflict`. */
  readonly ifOwner?: string;
  /** The stack of that instance that must keep it. */
  readonly ifStack?: string;
}

export interface KeptRecord {
  readonly name: string;
  readonly address: string;
  /** Seconds. */
  readonly ttl: number;
  readonly stack: string;
  readonly seen: RecordSet | null;
}

/** Name servers that are asked directly, past all caches. Throws `unavailable` when one does not answer. */
export interface NameServers {
  /** IPv4 addresses first; empty for a name that has none. */
  addressesOf(host: string): Promise<readonly string[]>;
  /** The addresses that this server (an IP address) gives for a name, aliases followed; sorted. */
  ask(server: string, name: string, family: 4 | 6): Promise<readonly string[]>;
  /** The zone that a name lies in, as public DNS has it; null when there is none. */
  zoneOf(name: string): Promise<Zone | null>;
}
