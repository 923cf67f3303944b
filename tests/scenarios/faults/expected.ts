// What the simulated server should be, and how a difference is said.
import { sameWant } from "../../../src/model/marker.ts";
import type { Marker } from "../../../src/model/marker.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import type { Foreign } from "./foreign.ts";

/** All configurations that each application was ever asked for, by `stack key`: a hash each. */
export type Configurations = ReadonlyMap<string, ReadonlySet<string>>;

export interface Expected {
  readonly desired: readonly DesiredStack[];
  readonly foreign: Foreign;
  readonly configurations: Configurations;
  /**
   * Whether Dokploy's process has died: it writes rows first and Traefik's files after them, so that a write
   * under way may have reached the rows alone, which no procedure shows.
   */
  readonly wasKilled: boolean;
  /** Whether people took away what ran: it is deployed again. */
  readonly wasTaken?: boolean;
}

/** Who owns what belongs to a stack. */
export const owner = (stack: string): string => `default/${stack}`;

/** Notes a difference where `is` and `shouldBe` are not the same JSON. */
export type Say = (where: string, what: string, is: unknown, shouldBe: unknown) => void;

/** A list as it compares whatever its order. */
export const sorted = (items: readonly unknown[]): readonly string[] =>
  items.map((item) => JSON.stringify(item)).sort();

/** The same entries in the order of their keys. */
export const keyOrder = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) as T;

export function lookAtMarker(
  say: Say,
  where: string,
  marker: Marker | null,
  shouldBe: { readonly id: string; readonly key: string; readonly stack: string },
): void {
  say(where, "marker's id", marker?.id, shouldBe.id.slice(0, 8));
  say(where, "marker's key", marker?.key, shouldBe.key);
  say(where, "marker's owner", marker?.owner, owner(shouldBe.stack));
  say(where, "owes a rollout", !sameWant(marker?.want ?? null, marker?.done ?? null), false);
}
