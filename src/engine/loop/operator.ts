// What people ask of a running engine, and what it tells them of one stack: the methods of `Operator`
// over the engine's parts. What was asked and is not done yet is in asks and suspensions.
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { EventData } from "../../model/event-data.ts";
import { nameHint } from "../../manifest/suggest.ts";
import { holdText } from "../../plan/hold-words.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { ServicePlace } from "../../plan/ownership.ts";
import { listed, serviceTitle } from "../../plan/render/words.ts";
import type { Platform, Store } from "../../ports.ts";
import { wentOn } from "../requests/asks.ts";
import type { Asks, LastDeploy } from "../requests/asks.ts";
import type { Controller } from "./controller.ts";
import type { DesiredState, Loaded } from "../state/desired-state.ts";
import type { Operator, ServiceContainers, ServiceLog } from "../engine.ts";
import type { EventLog } from "../events/events.ts";
import type { Pruning } from "../removal/prune.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import type { Suspensions } from "../requests/suspensions.ts";
import { windowState } from "../order/windows.ts";
import { markerIn } from "../state/world.ts";
import type { View, World } from "../state/world.ts";

export interface OperatorParts {
  readonly platform: Pick<Platform, "serviceLog" | "tasks">;
  readonly store: Pick<Store, "runs">;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly desired: DesiredState;
  readonly world: World;
  readonly pruning: Pruning;
  readonly asks: Asks;
  readonly suspensions: Suspensions;
  readonly rollouts: Pick<Rollouts, "active">;
  /** Looks for a new revision; throws as the source does. */
  readonly refresh: (reason: string) => Promise<boolean>;
  readonly dryRun: boolean;
  /** W12: whether this process is the one that writes. */
  readonly leads: () => boolean;
  readonly controller: () => Controller;
}

/** Services whose logs are read for one question. */
const mostLogs = 10;
const mostLogLines = 1_000;
/** Of one service, the newest first. */
const mostContainers = 10;
/** Runs in which the reason of a deploy is looked for that an earlier process asked for. */
const runsLookedThrough = 50;

export function createOperator(parts: OperatorParts): Operator {
  const { clock, desired, world, asks, suspensions } = parts;

  function load(): Loaded {
    const loaded = desired.current();
    if (loaded !== null) return loaded;
    leading();
    throw new CapstanError("unavailable", "Git has not been read yet", {
      hint: "try again in a moment; /health says what is wrong",
    });
  }

  function namesOf({ byName, manifests }: Loaded): ReadonlySet<string> {
    return new Set([
      ...byName.keys(),
      ...manifests.brokenStacks,
      ...(world.current()?.ownership.owned.keys() ?? []),
      ...parts.controller().statuses().keys(),
    ]);
  }

  /** Throws `not-found` for a name that neither Git nor the server knows. */
  function known(stack: string): Loaded {
    const loaded = load();
    const names = namesOf(loaded);
    if (names.has(stack)) return loaded;
    throw new CapstanError("not-found", `there is no stack ${stack} in Git or on the server`, {
      hint: nameHint(stack, "stack", names, null),
    });
  }

  function note(stack: string | null, message: string, asked: EventData["asked"]): void {
    const revision = desired.current()?.revision.id ?? null;
    const data = asked === undefined ? {} : { asked };
    parts.events.add({ kind: "note", level: "info", stack, revision, message, ...data });
  }

  function wake(stack: string, reason: string): void {
    const nowMs = clock.now();
    parts.controller().add(stack, { reason, input: true, dueAtMs: nowMs, freshAtMs: nowMs });
  }

  /** What is asked of a process that only waits would be lost. */
  function leading(): void {
    if (parts.dryRun || parts.leads()) return;
    throw new CapstanError("unavailable", "another process works with the same STATE_DIR", {
      hint: "ask that process; this one only waits for it to end",
    });
  }

  function writable(what: string): void {
    leading();
    if (!parts.dryRun) return;
    throw new CapstanError("conflict", `${what} is not done in a dry run, which writes nothing`, {
      hint: "start `capstan run` without --dry-run",
    });
  }

  /** The key that a person means by `web`, `web@staging` or `app/web`. */
  function keyOf(stack: string, service: string, keys: readonly string[]): string {
    const key = keys.find((one) => one === service || one === `app/${service}`);
    if (key !== undefined) return key;
    const names = keys.map((one) => one.slice(one.indexOf("/") + 1));
    throw new CapstanError("not-found", `${stack} has no service ${service}`, {
      hint: nameHint(service, "service", names, null),
    });
  }

  function placesOf(stack: string, view: View): readonly (readonly [string, ServicePlace])[] {
    return (view.ownership.owned.get(stack) ?? [])
      .flatMap(servicesOf)
      .flatMap((place) => (place.marker === null ? [] : [[place.marker.key, place] as const]))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** From what is remembered of earlier processes. */
  function deploysBefore(stack: string): readonly LastDeploy[] {
    const found = new Map<string, LastDeploy>();
    for (const run of parts.store.runs(stack, runsLookedThrough)) {
      for (const { type, service, status, reason, cause } of run.actions) {
        if (type !== "rollout" || service === null || status !== "done") continue;
        if (wentOn(cause) || found.has(service)) continue;
        const { revision, endedAtMs: atMs } = run;
        found.set(service, { service, reason, cause, revision, atMs });
      }
    }
    return [...found.values()].sort((a, b) => (a.service < b.service ? -1 : 1));
  }

  return {
    reconcile(stack, by) {
      leading();
      const loaded = known(stack);
      const windows = loaded.byName.get(stack)?.sync.windows ?? [];
      const closed = windowState(windows, clock.now()).kind === "closed";
      if (closed) asks.passWindow(stack, loaded);
      note(stack, `${by} asked for a reconcile${closed ? ", outside its sync windows" : ""}`, {
        what: "reconcile",
        by,
      });
      wake(stack, `${by} asked for it`);
    },

    async reconcileAll(stacks, by) {
      leading();
      await parts.refresh(`${by} asked for it`);
      const loaded = load();
      for (const stack of stacks ?? []) known(stack);
      const names = [...new Set(stacks ?? namesOf(loaded))].sort();
      note(null, `${by} asked for a reconcile of ${stacks === null ? "all" : listed(names)}`, {
        what: "reconcile",
        by,
      });
      for (const stack of names) wake(stack, `${by} asked for it`);
      const { problems } = loaded.manifests;
      return {
        revision: loaded.revision.id,
        stacks: names,
        problems:
          stacks === null
            ? problems
            : problems.filter(({ stack }) => stack !== null && names.includes(stack)),
      };
    },

    isBusy: (stack) => parts.controller().isBusy(stack) || parts.rollouts.active(stack).length > 0,

    redeploy(stack, service, by) {
      writable("a redeploy");
      const stackInGit = known(stack).byName.get(stack);
      if (stackInGit === undefined) {
        throw new CapstanError(
          "conflict",
          `${stack} cannot be deployed: Git has no valid manifest`,
          {
            hint: "fix its manifest, or restore it",
          },
        );
      }
      const all = stackInGit.services.map(({ key }) => key);
      const keys = service === null ? all : [keyOf(stack, service, all)];
      for (const key of keys) {
        const view = world.current();
        asks.deployAgain(stack, key, by, view === null ? null : markerIn(view, stack, key));
        parts.controller().redeploy(stack, key, by);
      }
      note(stack, `${by} asked for a redeploy of ${keys.map(serviceTitle).join(", ")}`, {
        what: "redeploy",
        by,
      });
      wake(stack, `${by} asked for a redeploy`);
      return keys;
    },

    suspend(stack, by) {
      writable("suspending");
      known(stack);
      suspensions.suspend(stack, by);
      note(stack, `${by} suspended it: nothing is written until somebody resumes it`, {
        what: "suspend",
        by,
      });
      wake(stack, `${by} suspended it`);
    },

    resume(stack, by) {
      writable("resuming");
      const loaded = known(stack);
      if (!suspensions.resume(stack, loaded)) return false;
      note(stack, `${by} resumed it`, { what: "resume", by });
      wake(stack, `${by} resumed it`);
      return true;
    },

    suspension: (stack) => suspensions.of(stack, desired.current()),

    async approvePrune(digest, by) {
      const loaded = load();
      writable("a removal");
      const { ownership } = await world.since(0);
      const without = parts.pruning.decide(loaded, ownership, new Set(asks.approved()));
      if (without.held === null) {
        throw new CapstanError("conflict", "no removal waits for an approval", {
          hint: "look with `capstan plan` or `capstan get stacks`",
        });
      }
      if (parts.pruning.decide(loaded, ownership, new Set([digest])).held !== null) {
        throw new CapstanError("conflict", `${digest} does not match the list that waits`, {
          hint: holdText(without.held, "run"),
        });
      }
      asks.approve(digest, by);
      const stacks = [...new Set(without.removals.map(({ stack }) => stack))].sort();
      note(null, `${by} approved the removal ${digest}, of ${stacks.join(", ")}`, {
        what: "approve",
        by,
      });
      const waiting = [...parts.controller().statuses().values()].filter(
        ({ outcome }) => outcome.kind === "waiting" && outcome.reason === "approval",
      );
      for (const name of new Set([...without.gone, ...waiting.map((status) => status.name)])) {
        wake(name, `${by} approved its removal`);
      }
      return stacks;
    },

    held() {
      const loaded = desired.current();
      const view = world.current();
      if (loaded === null || view === null) return null;
      return parts.pruning.decide(loaded, view.ownership, new Set(asks.approved())).held;
    },

    async containers(stack) {
      known(stack);
      const places = placesOf(stack, await world.since(0));
      const found: ServiceContainers[] = [];
      for (const [key, { service }] of places.slice(0, mostLogs)) {
        const tasks = await parts.platform.tasks(service.appName);
        const newest = [...tasks].sort((a, b) => a.ageMs - b.ageMs).slice(0, mostContainers);
        found.push({ service: key, containers: newest });
      }
      return found;
    },

    async logs(stack, service, lines) {
      known(stack);
      const places = placesOf(stack, await world.since(0));
      const keys = places.map(([key]) => key);
      if (keys.length === 0) {
        throw new CapstanError("not-found", `nothing of ${stack} is on the server`, {
          hint: `\`capstan get stack ${stack}\` says why`,
        });
      }
      const wanted = service === null ? keys.slice(0, mostLogs) : [keyOf(stack, service, keys)];
      const logs: ServiceLog[] = [];
      for (const [key, place] of places) {
        if (!wanted.includes(key) || place.service.kind !== "application") continue;
        const said = await parts.platform.serviceLog(
          place.service.id,
          Math.min(Math.max(1, lines), mostLogLines),
        );
        logs.push({ service: key, lines: said });
      }
      return logs;
    },

    services(stack) {
      const view = world.current();
      if (view === null) return [];
      return placesOf(stack, view).map(([key, { service }]) => {
        const { appName } = service;
        if (view.swarm === null) return { service: key, appName, running: null, wanted: null };
        const { running = 0, wanted = 0 } = view.swarm.get(appName) ?? {};
        return { service: key, appName, running, wanted };
      });
    },

    deploys(stack) {
      const recent = asks.deploys(stack);
      return recent.length > 0 ? recent : deploysBefore(stack);
    },
  };
}
