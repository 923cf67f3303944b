// Names on the network and the labels of what runs: two fields that Capstan shares with people, who may
// add networks and labels of their own. Theirs are kept on every write.
import { formatWant, wantLabel } from "../model/marker.ts";
import type { Want } from "../model/marker.ts";

const homeNetwork = "dokploy-network";

type Network = Readonly<Record<string, unknown>>;

export interface ReadNetworks {
  readonly aliases: readonly string[];
  readonly others: readonly Network[];
  /** The entry of `dokploy-network` holds something that the schema cannot express. */
  readonly foreign: boolean;
}

export function readNetworks(stored: readonly Network[] | null): ReadNetworks {
  const home = (stored ?? []).filter((network) => network.Target === homeNetwork);
  const others = (stored ?? []).filter((network) => network.Target !== homeNetwork);
  const aliases = home.flatMap(({ Aliases }) =>
    Array.isArray(Aliases) ? (Aliases as readonly unknown[]) : [],
  );
  const texts = aliases.filter((alias) => typeof alias === "string");
  const foreign = home.some((network) =>
    Object.entries(network).some(
      ([name, value]) =>
        name !== "Target" && name !== "Aliases" && value !== null && value !== undefined,
    ),
  );
  return { aliases: texts.sort(), others, foreign: foreign || home.length > 1 };
}

/** Null, which Dokploy reads as its own network alone, when there is nothing to say. */
export function writeNetworks(
  aliases: readonly string[],
  others: readonly unknown[],
): readonly unknown[] | null {
  if (aliases.length > 0) {
    return [{ Target: homeNetwork, Aliases: [...aliases].sort() }, ...others];
  }
  return others.length === 0 ? null : [{ Target: homeNetwork }, ...others];
}

/** Labels without Capstan's own. */
export function readLabels(
  stored: Readonly<Record<string, string>> | null,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(stored ?? {}).filter(([name]) => name !== wantLabel));
}

export function writeLabels(
  labels: Readonly<Record<string, string>>,
  want: Want,
): Readonly<Record<string, string>> {
  return { ...labels, [wantLabel]: formatWant(want) };
}
