// What a service asks for, with the places and the names of fields by which people are told of it.
import type { DesiredService, Place } from "../../model/desired.ts";
import { ownServer } from "../../model/manifest-words.ts";
import { showComposePath } from "../compose/schema.ts";
import { at, placeOf } from "../tree.ts";
import type { Path, TreeNode } from "../tree.ts";
import { showPath } from "../validate.ts";
import type { ServiceAsk, ServiceAsked, Spot, StackAsked } from "./asked.ts";

/** Where a service was written. */
export interface Written {
  /** What stands before its fields' paths: `applications.web`. */
  readonly prefix: Path;
  readonly tree: TreeNode;
  readonly keyPlace: Place;
  /** Of a kind that reads more than its manifest. */
  readonly read: { readonly placeOf: (path: Path, on?: "key") => Place } | null;
}

export function askedOf(
  { asks, wishes, amounts }: ServiceAsked,
  { kind, server }: DesiredService,
  { prefix, tree, keyPlace, read }: Written,
): Pick<StackAsked, "asks" | "wishes" | "amounts"> {
  const spotOf = ({ path, inFile, on }: Spot): { readonly field: string; readonly place: Place } =>
    inFile === true && read !== null
      ? { field: showComposePath(path), place: read.placeOf(path, on) }
      : {
          field: showPath([...prefix, ...path]),
          place: path.length === 0 ? keyPlace : placeIn(tree, path, keyPlace),
        };
  /** What a secret brings is judged, and never shown. */
  const shownOf = ({ path, inFile, value, shown }: ServiceAsk): string | null => {
    const node = inFile === true ? undefined : at(tree, path);
    if (node?.kind === "scalar" && node.secret) return null;
    return shown === undefined ? value : shown;
  };
  const own: readonly ServiceAsk[] = [
    { list: "kinds", value: kind, path: [] },
    { list: "servers", value: server ?? ownServer, path: ["server"] },
  ];
  return {
    asks: [...own, ...asks].map((ask) => ({
      ...{ list: ask.list, value: ask.value, shown: shownOf(ask), ...spotOf(ask) },
    })),
    wishes: wishes.map((wish) => ({ flag: wish.flag, ...spotOf(wish) })),
    amounts: amounts.map((one) => ({
      ...{ replicas: one.replicas, memoryBytes: one.memoryBytes, ...spotOf(one) },
    })),
  };
}

/** The place of a field, or of the service where it is not written. */
function placeIn(tree: TreeNode, path: Path, keyPlace: Place): Place {
  const [root = ""] = path;
  return at(tree, [root]) === undefined ? keyPlace : placeOf(tree, path);
}
