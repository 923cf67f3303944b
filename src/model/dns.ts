// What Capstan knows of DNS: a zone, its record sets, and what a check of a name found.

/** How messages to name servers are signed. */
export const tsigAlgorithms = [
  "hmac-sha1",
  "hmac-sha224",
  "hmac-sha256",
  "hmac-sha384",
  "hmac-sha512",
] as const;
export type TsigAlgorithm = (typeof tsigAlgorithms)[number];

export interface Zone {
  /** In lower case, without a dot at its end. */
  readonly name: string;
  /** Host names of the servers that answer for it. */
  readonly nameServers: readonly string[];
  /** Whether the parent zone points to these servers; null: the provider does not say. */
  readonly delegated: boolean | null;
}

/** All records of one name and type. */
export interface RecordSet {
  /** Full, in lower case, without a dot at its end: `alice.ai.example.com`, `*.ai.example.com`. */
  readonly name: string;
  /** `A`, `AAAA`, `CNAME`, … */
  readonly type: string;
  /** Seconds; null: the zone's default. */
  readonly ttl: number | null;
  /** As zone files have them; of TXT the text itself. Sorted. */
  readonly values: readonly string[];
  /** The instance of Capstan that made it as it is; null: somebody else made or changed it. */
  readonly owner: string | null;
  /** The provider refuses every change until somebody lifts the protection there. */
  readonly isProtected: boolean;
  /** The stack that keeps it, as its mark says, even where somebody changed it since; absent: no stack does. */
  readonly keeper?: RecordKeeper;
}

/** Of records that lead a name to an address. */
export type AddressType = "A" | "AAAA";

export interface RecordKeeper {
  readonly instance: string;
  readonly stack: string;
}

/** What one name server says of a name. */
export interface ServerAnswer {
  /** Its host name. */
  readonly server: string;
  /** The addresses that it gives, IPv4 first; null: it could not be asked. */
  readonly values: readonly string[] | null;
  /** Why it could not be asked, or, with values, not for the other address family. */
  readonly error: string | null;
}

export type DnsVerdict = "pass" | "warn" | "fail";

/** What a check found, for people and programs. */
export interface DnsCheck {
  readonly status: DnsVerdict;
  /** The name that was asked for. */
  readonly name: string;
  /** Traefik's addresses: those that it may have; empty: nobody said. */
  readonly expected: readonly string[];
  /** What was found, as a sentence. */
  readonly what: string;
  /** What a person can do; null when there is nothing to do. */
  readonly next: string | null;
  readonly answers: readonly ServerAnswer[];
}
