// What engine and adapters report about their work, as data. Metrics and traces are made of it; nothing else
// depends on it. A signal holds names, ids, counts and times, never free text: nothing secret can be in it.
import type { ErrorCode } from "./lib/errors.ts";
import type { ForgeKind } from "./model/forge.ts";
import type { ActionType } from "./model/plan.ts";
import type { Outcome, Waiting } from "./model/status.ts";

/** How something ended: `ok`, or the code of its error. */
export type Ending = "ok" | ErrorCode;

interface Timed {
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export type Signal =
  /** Git names a commit that is new; it has not been read yet. */
  | { readonly kind: "commit-seen"; readonly revision: string; readonly atMs: number }
  /** It was read; `changed` are the stacks that it touched. */
  | {
      readonly kind: "commit-loaded";
      readonly revision: string;
      readonly changed: readonly string[];
      /** Nothing was known before it: all stacks count as changed. */
      readonly isFirst: boolean;
      readonly atMs: number;
    }
  /** Git was asked for the newest commit (`revision` is null), or for the files of one. */
  | ({
      readonly kind: "git-fetch";
      readonly revision: string | null;
      readonly outcome: Ending;
    } & Timed)
  /** A secret manager was asked for everything that is used of it. */
  | {
      readonly kind: "secrets-read";
      readonly source: "bitwarden" | "vault";
      readonly outcome: Ending;
    }
  | { readonly kind: "run-began"; readonly stack: string; readonly atMs: number }
  | ({
      readonly kind: "run-ended";
      readonly stack: string;
      readonly revision: string;
      readonly outcome: Outcome["kind"];
      /** What it waits for; null unless the outcome is `waiting`. */
      readonly reason: Waiting["reason"] | null;
      readonly ready: boolean;
    } & Timed)
  | {
      readonly kind: "action-began";
      readonly stack: string;
      readonly type: ActionType;
      readonly service: string | null;
      readonly atMs: number;
    }
  | {
      readonly kind: "action-ended";
      readonly stack: string;
      readonly outcome: Ending;
      readonly atMs: number;
    }
  /** One request to Dokploy was answered, or given up. */
  | ({
      readonly kind: "dokploy-request";
      /** Of a batch its first one. */
      readonly procedure: string;
      /** How many calls it carried. */
      readonly calls: number;
      readonly isWrite: boolean;
      readonly outcome: Ending;
      readonly stack: string | null;
      /** The service whose rollout asked; null for everything else. */
      readonly service: string | null;
    } & Timed)
  /** A webhook came in. `commit`: the newest one of the push that it reports. */
  | {
      readonly kind: "delivery";
      readonly forge: ForgeKind;
      readonly outcome: "accepted" | "ignored" | "refused";
      readonly commit: string | null;
      readonly atMs: number;
    }
  | { readonly kind: "check-told"; readonly outcome: "told" | "failed" | "dropped" }
  /** A deployment that somebody started in the portal ended. */
  | { readonly kind: "deployment-ended"; readonly result: "completed" | "failed" }
  /** A run of a workflow that builds images ended. */
  | {
      readonly kind: "build-ended";
      readonly result: "success" | "failure" | "cancelled" | "skipped";
    };

/** Returns at once and never throws; may be called at any rate, and apart from its object. */
export type Tell = (signal: Signal) => void;

export const tellNobody: Tell = () => undefined;
