// Whose stacks are, and where their manifests stand (O7): by it the same stack is told from another one of that
// name when it returns, and that it changes hands is noticed. Markers hold nothing of it: it is in the store.
import type { DesiredStack } from "../../model/desired.ts";
import { ownerOf, ownerWords } from "../../model/owner.ts";
import type { Plan } from "../../model/plan.ts";
import { isOthers, keepsSomething } from "../../plan/retained.ts";
import type { StackOrigin, Store } from "../../ports-store.ts";
import { createLeftVolumes } from "./left-volumes.ts";
import type { LeftVolumes } from "./left-volumes.ts";
import type { Memory } from "../memory/memory.ts";

export interface StackOwners {
  of(stack: string): StackOrigin | null;
  /** The plan, with who gets what somebody else had; a conflict where a manifest has to say so first. */
  tell(desired: DesiredStack, plan: Plan): Plan;
  /**
   * Call after a run that wrote: from then on the project is this manifest's. One line for people when it was
   * another owner's before; null otherwise.
   */
  remember(desired: DesiredStack): string | null;
  /**
   * It left Git, and something of it is there. Call it before that is removed; `before` is what Git last said of
   * it, if that is known.
   */
  left(stack: string, before: DesiredStack | null): void;
  /** Nothing of the stack is left. */
  forget(stack: string): void;
  /** Whose the volumes were that are left all the same. */
  readonly volumes: LeftVolumes;
}

function isSame(a: StackOrigin, b: StackOrigin | undefined): boolean {
  return (
    a.project === b?.project &&
    a.file === b.file &&
    a.owner === b.owner &&
    (a.hasLeft ?? false) === (b.hasLeft ?? false)
  );
}

function originOf({ name: stack, project, place, labels }: DesiredStack): StackOrigin {
  return { stack, project, file: place.file, owner: ownerOf(labels) };
}

export function createStackOwners(store: Store, memory: Memory): StackOwners {
  const known = new Map(store.stackOrigins());
  const volumes = createLeftVolumes(memory);

  function save(origin: StackOrigin): void {
    if (isSame(origin, known.get(origin.stack))) return;
    store.saveStackOrigin(origin);
    known.set(origin.stack, origin);
  }
  function forget(stack: string): void {
    if (known.delete(stack)) store.removeStackOrigin(stack);
  }
  /** Under its own name, or the one that it had before. */
  function before({ name, previousName }: DesiredStack): StackOrigin | null {
    return known.get(name) ?? known.get(previousName ?? "") ?? null;
  }
  function handedOver(desired: DesiredStack): string | null {
    const origin = before(desired);
    if (!isOthers(desired, origin)) return null;
    const [from, to] = [origin?.owner ?? null, ownerOf(desired.labels)].map(ownerWords);
    return `its owner changes from ${from ?? ""} to ${to ?? ""} (${desired.place.file}): the stack and its data are theirs now`;
  }

  return {
    of: (stack) => known.get(stack) ?? null,
    tell(desired, plan) {
      const told = volumes.tell(desired, plan);
      const message = told.conflict === null ? handedOver(desired) : null;
      if (message === null) return told;
      return { ...told, notes: [...told.notes, { kind: "owner", message }] };
    },
    remember(desired) {
      const message = handedOver(desired);
      const origin = originOf(desired);
      // Of most stacks nobody asks whose they were.
      if (keepsSomething(desired) || origin.owner !== null) save(origin);
      else forget(desired.name);
      return message;
    },
    left(stack, desired) {
      const mine = known.get(stack);
      const last = desired === null ? undefined : originOf(desired);
      const origin = mine?.owner === undefined ? (last ?? mine) : mine;
      if (origin !== undefined) save({ ...origin, hasLeft: true });
      // A manifest that was never carried out had nothing.
      if (desired !== null && !isOthers(desired, origin ?? null)) volumes.remember(desired);
    },
    forget,
    volumes,
  };
}
