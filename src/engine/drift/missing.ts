// Law R4: what was there and is missing from a list is made again only after a second source said that
// it is gone. A list that shows less than there is (a key that lost its rights, an empty answer) would
// otherwise be answered with a second project for everything.
import { kindTitle } from "../../model/kinds/table.ts";
import type { ServiceRef } from "../../model/observed.ts";
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import { ownerName } from "../../model/marker.ts";
import type { Plan } from "../../model/plan.ts";
import { projectInUse, servicesOf } from "../../plan/ownership.ts";
import type { Platform } from "../../ports.ts";
import type { Store } from "../../ports-store.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { View, World } from "../state/world.ts";

export interface Missing {
  /** Throws `unavailable`, and has the list distrusted, when the plan would make again what exists. */
  confirm(plan: Plan, view: View): Promise<void>;
  /** What the stack has now; forgets what it had before. */
  remember(stack: string, view: View): void;
}

export interface MissingOptions {
  readonly platform: Pick<Platform, "hasProject" | "existing">;
  readonly store: Pick<Store, "knownProjects" | "saveKnownProject">;
  readonly world: Pick<World, "distrust">;
  readonly clock: Clock;
  /** Their fields go when the stack is gone. */
  readonly records: Pick<StackRecords, "field">;
  readonly alert: (message: string) => void;
}

export function createMissing(options: MissingOptions): Missing {
  const { platform, store, world, clock } = options;
  /** By key, as last seen. */
  const seen = options.records.field<ReadonlyMap<string, ServiceRef>>("services seen");

  function distrusted(what: string): CapstanError {
    const message = `Dokploy's list lacks ${what}, which still exists: nothing is created again`;
    world.distrust(clock.now());
    options.alert(message);
    return new CapstanError("unavailable", message, {
      hint: "the key may have lost its rights: use one of an owner or admin of the organisation",
    });
  }

  async function confirmProject(stack: string, view: View): Promise<void> {
    const id = store.knownProjects().get(stack);
    if (id === undefined || view.ownership.byId.has(id)) return;
    if (await platform.hasProject(id)) throw distrusted(`the project ${id} of ${stack}`);
  }

  async function confirmServices(
    stack: string,
    keys: readonly string[],
    view: View,
  ): Promise<void> {
    const before = seen.get(stack);
    const listed = new Set(
      [...view.ownership.byId.values()].flatMap(servicesOf).map(({ service }) => service.id),
    );
    const lost = keys.flatMap((key) => before?.get(key) ?? []).filter(({ id }) => !listed.has(id));
    if (lost.length === 0) return;
    const there = await platform.existing(lost);
    const found = lost.find(({ id }) => there.has(id));
    if (found !== undefined)
      throw distrusted(`the ${kindTitle(found.kind)} ${found.id} of ${stack}`);
  }

  return {
    async confirm(plan, view) {
      const { actions, stack } = plan;
      if (actions.some(({ type }) => type === "create-project")) await confirmProject(stack, view);
      const keys = actions.flatMap((action) =>
        action.type === "create-service" ? [action.service] : [],
      );
      if (keys.length > 0 && seen.has(stack)) await confirmServices(stack, keys, view);
    },
    remember(stack, view) {
      const owner = ownerName(view.ownership.instance, stack);
      const project = projectInUse(view.ownership.owned.get(stack) ?? []);
      if (project === null) {
        seen.delete(stack);
        return;
      }
      store.saveKnownProject(stack, project.projectId);
      const services = servicesOf(project).flatMap(({ service, marker }): [string, ServiceRef][] =>
        marker?.owner === owner ? [[marker.key, { kind: service.kind, id: service.id }]] : [],
      );
      seen.set(stack, new Map(services));
    },
  };
}
