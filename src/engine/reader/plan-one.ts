// What is read for the plan of one stack of Git, and the plan. It writes nothing: runs carry it out, and plans
// that are only looked at are made in the same way.
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { ServiceDetails } from "../../model/observed.ts";
import type { Plan } from "../../model/plan.ts";
import type { PlanInput } from "../../plan/input.ts";
import { withAddressNotes } from "../../plan/addresses.ts";
import {
  commitsToCompare,
  movedOn,
  namesToRead,
  pullsToRead,
  servicesToRead,
} from "../../plan/reads.ts";
import { serversNamed } from "../../plan/servers.ts";
import { planStack } from "../../plan/stack.ts";
import type { Platform } from "../../ports.ts";
import type { Store } from "../../ports-store.ts";
import type { KnownLeft } from "../drift/left-drift.ts";
import { noRecords, withRecords } from "../../plan/records.ts";
import type { RecordPlan } from "../../plan/records.ts";
import type { HostRecords } from "../dns/host-records.ts";
import type { Heads } from "../follow/heads.ts";
import { comparedHeads } from "./compared-heads.ts";
import type { Pulled } from "../follow/pulled.ts";
import type { Intents } from "../memory/intents.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { StackOwners } from "../removal/stack-owners.ts";
import type { Rollback } from "../rollback/rollback.ts";
import { stuckPlan } from "../rollback/rollback-outcome.ts";
import type { Target } from "../rollback/rollback-outcome.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import type { Tombstones } from "../removal/tombstones.ts";
import type { View, World } from "../state/world.ts";

export interface Planned {
  readonly target: Target;
  readonly plan: Plan;
  readonly view: View;
  readonly detailsAtMs: number;
  /** Of the DNS records that it asks for; its actions are among the plan's. */
  readonly records: RecordPlan;
}

/** What a plan of one stack is asked for. */
export interface PlanRequest {
  /** What is read must not be older than this. */
  readonly freshAtMs: number;
  /** Ids of services whose deep check is due. */
  readonly deep: ReadonlySet<string>;
  /** Keys of services to deploy again, with who asked. */
  readonly redeploy: ReadonlyMap<string, string>;
}

export interface PlanDeps {
  readonly platform: Platform;
  readonly world: World;
  readonly store: Store;
  readonly rollouts: Rollouts;
  readonly tombstones: Tombstones;
  readonly owners: StackOwners;
  readonly rollback: Rollback;
  readonly intents: Pick<Intents, "openBelow">;
  readonly heads: Pick<Heads, "of" | "asGood" | "compare" | "errors">;
  readonly pulled: Pulled;
  readonly knownLeft: Pick<KnownLeft, "of">;
  readonly hostRecords: HostRecords;
  readonly clock: Clock;
}

/** Reads what is needed and plans one stack of Git. Writes nothing. */
export async function planOne(
  desired: DesiredStack,
  loaded: Loaded,
  request: PlanRequest,
  deps: PlanDeps,
  triesLeft = 2,
): Promise<Planned> {
  const listed = await deps.world.since(request.freshAtMs, serversNamed(desired));
  const target = await deps.rollback.target(desired, loaded, listed, request.redeploy.size > 0);
  // An older revision may name others.
  const view = await deps.world.since(listed.takenAtMs, serversNamed(target.desired));
  const { back } = target;
  if (back !== null && back.stuck !== null) {
    const plan = stuckPlan(desired.name, back);
    return { target, plan, view, detailsAtMs: view.takenAtMs, records: noRecords };
  }
  const input: Omit<PlanInput, "details"> = {
    desired: target.desired,
    ownership: view.ownership,
    swarm: view.swarm,
    ...(view.remote === undefined ? {} : { remote: view.remote }),
    ...(view.servers === undefined ? {} : { servers: view.servers }),
    verdicts: { get: (serviceId) => deps.rollouts.verdict(serviceId) },
    revision: target.revision,
    previous: back === null ? (loaded.previous.get(desired.name) ?? desired) : desired,
    rollback: back?.plan ?? null,
    knownProjectId: deps.store.knownProjects().get(desired.name) ?? null,
    stillDesired: (name) => loaded.byName.has(name),
    heads: deps.heads.of(target.desired),
    asGood: deps.heads.asGood(target.desired),
    redeploy: request.redeploy,
    drift: deps.knownLeft.of(desired.name),
    keptFor: (stack) => deps.owners.of(stack),
    letGo: deps.tombstones.ids(),
  };
  const ids = servicesToRead(
    input,
    (id) => request.deep.has(id),
    (service) => deps.intents.openBelow(`${desired.name}/${service}/`),
  );
  const detailsAtMs = deps.clock.now();
  const details = new Map<string, ServiceDetails>();
  for (const [id, found] of ids.length === 0 ? [] : await deps.platform.details(ids)) {
    // Listed and yet gone: the list is too old to plan on.
    if (found === null) {
      if (triesLeft === 0) {
        throw new CapstanError(
          "unavailable",
          `the list shows the service ${id}, its details do not`,
        );
      }
      deps.world.distrust(detailsAtMs);
      const again = { ...request, freshAtMs: detailsAtMs };
      return planOne(desired, loaded, again, deps, triesLeft - 1);
    }
    details.set(id, found);
  }
  const things = namesToRead(input, ids);
  const names = things.length === 0 ? {} : await deps.platform.names(things);
  // Before heads are read: what is planned by must be of one moment.
  const pulled = await deps.pulled.read(pullsToRead({ ...input, details }));
  // Nothing is compared where nothing else was read: a commit that concerns nobody costs no request of each pass.
  const { heads, asGood } = await comparedHeads(target.desired, deps.heads, (known) =>
    commitsToCompare({ ...input, ...known, details }),
  );
  for (const id of movedOn({ ...input, heads, details })) deps.rollouts.movedOn(id);
  const plans = planStack({ ...input, heads, asGood, pulled, details, names });
  const told = deps.owners.tell(target.desired, plans);
  const [noted = told] = withAddressNotes([told], view);
  const records = await deps.hostRecords.plan(target.desired, loaded, {
    freshAtMs: request.freshAtMs,
    keepsAll: back !== null,
  });
  return { target, plan: withRecords(noted, records), view, detailsAtMs, records };
}
