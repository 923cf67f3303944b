// What a stack asks for, as policies judge it: collected where it is built, when templates, parameters, overlays and
// references are resolved, each with the place where it was written.
import type { Place } from "../../model/desired.ts";
import type { Path } from "../tree.ts";
import type { FlagName, ListName } from "./rules.ts";

export interface Ask {
  readonly list: ListName;
  /** Null: nobody knows which one. It may hold a secret, and is never shown. */
  readonly value: string | null;
  /** For people; null: it may not be shown, or nobody knows it. */
  readonly shown: string | null;
  /** `applications.web.image`; in a compose file as it is there. */
  readonly field: string;
  readonly place: Place;
}

export interface Wish {
  readonly flag: FlagName;
  readonly field: string;
  readonly place: Place;
}

/** What one service asks for in amounts; null: no limit, or it cannot be told. */
export interface Amounts {
  readonly field: string;
  readonly place: Place;
  readonly replicas: number | null;
  /** All of its containers together. */
  readonly memoryBytes: number | null;
}

export interface StackAsked {
  readonly name: string;
  readonly place: Place;
  readonly labels: Readonly<Record<string, string>>;
  readonly template: string | null;
  readonly asks: readonly Ask[];
  readonly wishes: readonly Wish[];
  readonly amounts: readonly Amounts[];
}

/** The same of one service before its places are looked up. */
export interface ServiceAsked {
  readonly asks: readonly ServiceAsk[];
  readonly wishes: readonly (Spot & { readonly flag: FlagName })[];
  readonly amounts: readonly (Spot & Pick<Amounts, "replicas" | "memoryBytes">)[];
}

/** Where something stands: below the service in the manifest, or in its compose file. */
export interface Spot {
  readonly path: Path;
  readonly inFile?: true;
  /** At the key that introduces it. */
  readonly on?: "key";
}

export type ServiceAsk = Spot & {
  readonly list: ListName;
  readonly value: string | null;
  /** Absent: the value itself, unless a secret is in it. */
  readonly shown?: string | null;
};
