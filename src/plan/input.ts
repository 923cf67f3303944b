// What a plan is made from. All of it is data that was read before: planning itself reads nothing.
import type { Cause } from "../model/cause.ts";
import type { DesiredStack } from "../model/desired.ts";
import type { Want } from "../model/marker.ts";
import type { ObservedSnapshot, Running, ServiceDetails } from "../model/observed.ts";
import type { ServerNames } from "../model/server-names.ts";
import type { Ownership } from "./ownership.ts";
import type { KeptFor } from "./retained.ts";

/** What became of an attempt, as the rollouts know it. */
export type Verdict = VerdictBase & VerdictKind;

interface VerdictBase {
  readonly want: Want;
  /** Of what is built from Git, the commit that was built, or tried; absent: not known. */
  readonly commit?: string;
  /** The newest commit of its branch that was known before it was asked for; absent: none, or not known. */
  readonly head?: string;
}

type VerdictKind =
  | { readonly kind: "healthy" }
  /** It failed and another attempt is due; `platform`: see below. */
  | {
      readonly kind: "retry";
      readonly reason: string;
      readonly platform?: string;
    }
  /** It failed for good: nothing more is deployed until the input changes. */
  | {
      readonly kind: "failed";
      readonly reason: string;
      /** The platform's failure, as a clause: it is tried again and counts as no attempt (W7b). */
      readonly platform?: string;
    };

/** One value that is not as Git says, in canonical texts, which may be secrets; null: it has its default, or is absent. */
export interface Difference {
  readonly path: string;
  readonly observed: string | null;
  readonly wanted: string | null;
}

/** What is remembered of drift that is proposed instead of corrected. A service's key, or `project`, says where. */
export interface KnownDrift {
  /** Whether something of the service was left before: only a look at all of it tells that it is gone. */
  has(service: string): boolean;
  /** Whether this difference was left before: it is drift still, although Git changed something else. */
  isOld(service: string, difference: Difference): boolean;
  /** Whether a person refused it: it is put back. */
  isRefused(service: string, difference: Difference): boolean;
  /** Whether Git says of the project itself what it said when that was last written: what differs is drift. */
  isWritten(desired: DesiredStack): boolean;
}

/** A rollback, as far as a plan must know it. */
export interface PlanRollback {
  /** Of what the revision that failed asks of the stack. */
  readonly hash: string;
  /** Keys of the services that failed: these bear the hash, beside the project. */
  readonly failed: ReadonlySet<string>;
  /** From and to which revision, and why. */
  readonly cause: Extract<Cause, { kind: "rollback" }>;
}

export interface PlanInput extends Running {
  readonly desired: DesiredStack;
  /** Dokploy's other servers; null: they cannot be read, absent: nobody asked, as no manifest names one. */
  readonly servers?: ObservedSnapshot["servers"];
  readonly ownership: Ownership;
  /** Deep reads by service id. `servicesToRead` says which are needed. */
  readonly details: ReadonlyMap<string, ServiceDetails>;
  /** The server's own names; absent: none were read, as nothing needs them. */
  readonly names?: ServerNames;
  /** By service id. */
  readonly verdicts: Pick<ReadonlyMap<string, Verdict>, "get">;
  /** The commit, for markers; at most its first twelve characters are kept. */
  readonly revision: string;
  /** The stack as it was last rolled out, when known: decides which old values may be shown. */
  readonly previous: DesiredStack | null;
  /** The project's id under which this stack was last seen. */
  readonly knownProjectId: string | null;
  /** Whether a stack of some name is in Git. */
  readonly stillDesired: (name: string) => boolean;
  /** The manifest of a stack that a kept project belongs to; absent: nobody remembers any. */
  readonly keptFor?: (stack: string) => KeptFor | null;
  /** Ids of what was let go before and may not be gone yet (O4); absent: nothing. */
  readonly letGo?: ReadonlySet<string>;
  /** By the service's key, the newest commit of the branch or digest of the tag that it follows; absent: nobody looked. */
  readonly heads?: Pick<ReadonlyMap<string, string>, "get">;
  /**
   * By the service's key, shortened commits from which to the newest one nothing changed that the service watches;
   * absent: nobody compared.
   */
  readonly asGood?: Pick<ReadonlyMap<string, ReadonlySet<string>>, "get">;
  /** By service id, the digest that the newest deployment pulled, where its log tells; null: it cannot be read now. */
  readonly pulled?: Pick<ReadonlyMap<string, string | null>, "get">;
  /** Of a stack with `sync.drift: propose`; absent: nothing is remembered. */
  readonly drift?: KnownDrift;
  /** Keys of services that a person asked to deploy again, with who asked. */
  readonly redeploy: ReadonlyMap<string, string>;
  /** While a rollback holds: `desired` is the stack of an older revision then (H4). */
  readonly rollback?: PlanRollback | null;
}
