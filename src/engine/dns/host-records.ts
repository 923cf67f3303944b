// The DNS records that stacks keep: what is to be done to them now, and doing it. Which ones were made is remembered,
// so that only those are removed; the records themselves say whose they are.
import type { Clock } from "../../lib/clock.ts";
import { backoffMs, stackBackoff } from "../../lib/backoff.ts";
import { isCapstanError, toCapstanError } from "../../lib/errors.ts";
import type { Cause } from "../../model/cause.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Action } from "../../model/plan.ts";
import { recordKeepers, recordWishes } from "../../plan/record-wishes.ts";
import { noRecords, planRecords } from "../../plan/records.ts";
import type { RecordSettings } from "../../plan/record-wishes.ts";
import type { RecordPlan } from "../../plan/records.ts";
import type { Dns } from "../../ports-dns.ts";
import type { Memory } from "../memory/memory.ts";
import type { Loaded } from "../state/desired-state.ts";
import { createRememberedHosts } from "./remembered-hosts.ts";
import type { RememberedHosts } from "./remembered-hosts.ts";
import { createZoneView } from "./zone.ts";
import type { ZoneView } from "./zone.ts";

export type HostAction = Extract<
  Action,
  { readonly type: "create-record" | "update-record" | "delete-record" }
>;

export function isHostAction(action: Action): action is HostAction {
  return action.type.endsWith("-record");
}

export interface HostRecords {
  /** Of a stack that is in Git; `keepsAll`: nothing of it is removed, as an older revision is in force. */
  plan(
    desired: DesiredStack,
    loaded: Loaded,
    how: { readonly freshAtMs: number; readonly keepsAll: boolean },
  ): Promise<RecordPlan>;
  /** Of a stack that left Git: all that it kept. */
  planGone(stack: string, loaded: Loaded, freshAtMs: number): Promise<RecordPlan>;
  /** Carries one action out. Throws what the provider throws. */
  perform(stack: string, action: HostAction): Promise<void>;
  /** Stacks that records were made for and may not be gone. */
  stacks(): ReadonlySet<string>;
  /** How long to wait before the provider is asked again after a failure. */
  retryInMs(): number;
}

export interface HostRecordsOptions {
  /** Null: no provider is configured. */
  readonly dns: Dns | null;
  readonly instance: string;
  readonly settings: RecordSettings;
  readonly memory: Memory;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}

const shortestPauseMs = 1_000;

/** Carries actions out, and keeps what was read and what is remembered in step with it. */
function createWrites({
  dns,
  zone,
  remembered,
  instance,
  clock,
  random,
}: Omit<HostRecordsOptions, "settings" | "memory"> & {
  readonly zone: ZoneView | null;
  readonly remembered: RememberedHosts;
}) {
  let failures = 0;
  let againAtMs = 0;
  function gone(stack: string, { host: name, recordType: type }: HostAction): void {
    zone?.wrote({ name, type, values: [], ttl: null, owner: null, isProtected: false });
    remembered.remove(stack, name);
  }
  async function write(provider: Dns, stack: string, action: HostAction): Promise<void> {
    const { host: name, recordType: type } = action;
    if (action.type === "delete-record") {
      await provider.remove(name, type, action.values, { ifOwner: instance, ifStack: stack });
      gone(stack, action);
      return;
    }
    const { address, ttl } = action;
    const seen = action.type === "update-record" ? action.seen : null;
    // Before the answer: what is made and not answered for must not be forgotten.
    remembered.add(stack, name);
    zone?.wrote(await provider.keep({ name, address, ttl, stack, seen }));
  }
  return {
    async perform(stack: string, action: HostAction): Promise<void> {
      if (dns === null) return;
      try {
        await write(dns, stack, action);
        failures = 0;
      } catch (error) {
        // It is gone, which is all that was asked for.
        if (action.type === "delete-record" && isCapstanError(error, "not-found")) {
          gone(stack, action);
          return;
        }
        failures += 1;
        const pauseMs = backoffMs(stackBackoff, failures, random());
        againAtMs = clock.now() + Math.max(pauseMs, toCapstanError(error).retryAfterMs ?? 0);
        zone?.distrust();
        throw error;
      }
    },
    againInMs: (): number => (failures === 0 ? 0 : Math.max(0, againAtMs - clock.now())),
  };
}

export function createHostRecords(options: HostRecordsOptions): HostRecords {
  const { dns, instance, settings } = options;
  const zone: ZoneView | null = dns === null ? null : createZoneView({ ...options, dns });
  const remembered = createRememberedHosts(options.memory);
  const keepers = new WeakMap<Loaded, ReadonlyMap<string, string>>();
  const writes = createWrites({ ...options, zone, remembered });

  function keepersIn(loaded: Loaded): ReadonlyMap<string, string> {
    const known = keepers.get(loaded);
    if (known !== undefined) return known;
    const found = recordKeepers(
      [...loaded.byName.values()].map((stack) => ({
        name: stack.name,
        wishes: recordWishes(stack, settings).wishes,
      })),
    );
    keepers.set(loaded, found);
    return found;
  }

  async function planFor(
    stack: string,
    asked: ReturnType<typeof recordWishes>,
    how: {
      readonly freshAtMs: number;
      readonly keepsAll: boolean;
      readonly leavesDrift: boolean;
      readonly left: Cause;
    },
    loaded: Loaded,
  ): Promise<RecordPlan> {
    const { wishes, disputes } = asked;
    const { freshAtMs, keepsAll, leavesDrift, left } = how;
    const known = zone === null ? ({ kind: "none" } as const) : await zone.since(freshAtMs);
    const keeperOf = (host: string): string | null => keepersIn(loaded).get(host) ?? null;
    const plan = planRecords({
      ...{ stack, instance, wishes, disputes, settings, zone: known, keeperOf, keepsAll },
      ...{ leavesDrift, left },
      remembered: remembered.of(stack),
    });
    if (known.kind !== "read") return plan;
    const isThere = new Set(
      known.sets.flatMap(({ name, keeper }) =>
        keeper?.instance === instance && keeper.stack === stack ? [name] : [],
      ),
    );
    // Somebody removed them, or another stack has them: they are not this stack's any more.
    for (const host of remembered.of(stack)) if (!isThere.has(host)) remembered.remove(stack, host);
    for (const { host } of wishes) if (isThere.has(host)) remembered.add(stack, host);
    return plan;
  }

  return {
    async plan(desired, loaded, { freshAtMs, keepsAll }) {
      const asked = recordWishes(desired, settings);
      const { name } = desired;
      const left = { kind: "left-git", what: "record", kept: false } as const;
      const leavesDrift = !desired.sync.selfHeal;
      const asksNothing = asked.wishes.length === 0 && asked.disputes.length === 0;
      if (!asksNothing || remembered.of(name).size > 0) {
        return planFor(name, asked, { freshAtMs, keepsAll, leavesDrift, left }, loaded);
      }
      // What it kept once may be forgotten: it is looked for in a zone that others have read anyway.
      if (keepersIn(loaded).size === 0) return noRecords;
      return planFor(name, asked, { freshAtMs: 0, keepsAll, leavesDrift, left }, loaded);
    },
    planGone(stack, loaded, freshAtMs) {
      if (dns === null) return Promise.resolve(noRecords);
      if (loaded.manifests.namesUnknown) return Promise.resolve(noRecords);
      const left = { kind: "left-git", what: "stack", kept: false } as const;
      const asked = { wishes: [], disputes: [] };
      return planFor(
        stack,
        asked,
        { freshAtMs, keepsAll: false, leavesDrift: false, left },
        loaded,
      );
    },
    perform: (stack, action) => writes.perform(stack, action),
    stacks: () => remembered.stacks(),
    retryInMs() {
      return Math.max(shortestPauseMs, zone?.retryInMs() ?? 0, writes.againInMs());
    },
  };
}
