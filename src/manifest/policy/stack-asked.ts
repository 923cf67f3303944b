// What a stack as a whole asks for, together with what its services do.
import type { DesiredStack, Place } from "../../model/desired.ts";
import { ownerLabel, ownerOf } from "../../model/owner.ts";
import { at, placeOf } from "../tree.ts";
import type { TreeNode } from "../tree.ts";
import type { Ask, StackAsked, Wish } from "./asked.ts";

type List = "secrets" | "variables";

/** Collects the secrets and the environment variables that are read. */
export function createNamed() {
  const found = new Map<string, Ask>();
  const reference: Readonly<Record<List, string>> = { secrets: "secrets", variables: "env" };
  return {
    used: (list: List, name: string, place: Place): void => {
      const { file, line, column } = place;
      const id = JSON.stringify([list, name, file, line, column]);
      if (found.has(id)) return;
      const field = `$(${reference[list]}.${name})`;
      found.set(id, { list, value: name, shown: name, field, place });
    },
    asks: (): readonly Ask[] => [...found.values()],
  };
}

export interface StackPlaces {
  readonly asked: readonly Pick<StackAsked, "asks" | "wishes" | "amounts">[];
  readonly named: readonly Ask[];
  readonly project: Place;
  readonly template: Place;
  readonly adopt: Place;
  /** Null: nobody knows here which one it is. */
  readonly dokploy: { readonly name: string; readonly place: Place } | null;
  readonly metadata: { readonly tree: TreeNode; readonly place: Place };
}

/** Rows of the table that a stack answers once. */
function ownAsks(stack: DesiredStack, places: StackPlaces): readonly Ask[] {
  const { name, template, project, previousName, labels, place } = stack;
  const { metadata, dokploy } = places;
  const owner = ownerOf(labels);
  const own = (list: Ask["list"], value: string | null, field: string, at: Place): Ask => ({
    ...{ list, value, shown: value, field, place: at },
  });
  const inMetadata = (...path: string[]): Place =>
    at(metadata.tree, path) === undefined ? metadata.place : placeOf(metadata.tree, path);
  return [
    own("names", name, "metadata.name", place),
    ...(previousName === null
      ? []
      : [own("names", previousName, "metadata.previousName", inMetadata("previousName"))]),
    own(
      "templates",
      template,
      template === null ? "" : "template",
      template === null ? place : places.template,
    ),
    ...(dokploy === null ? [] : [own("dokploys", dokploy.name, "dokploy", dokploy.place)]),
    own("projects", project, "project", places.project),
    own("owners", owner, "metadata.labels", inMetadata("labels", ownerLabel)),
  ];
}

export function stackAsked(stack: DesiredStack, places: StackPlaces): StackAsked {
  const { name, place, labels, template, adopt } = stack;
  const wishes: readonly Wish[] =
    adopt === false ? [] : [{ flag: "adopt", field: "adopt", place: places.adopt }];
  return {
    ...{ name, place, labels, template },
    asks: [...ownAsks(stack, places), ...places.asked.flatMap(({ asks }) => asks), ...places.named],
    wishes: [...wishes, ...places.asked.flatMap((one) => one.wishes)],
    amounts: places.asked.flatMap(({ amounts }) => amounts),
  };
}
