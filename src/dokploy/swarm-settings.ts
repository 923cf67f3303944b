// The swarm settings of a service that are groups, as Dokploy stores them (docker's own JSON) and as Capstan
// means them. What a stored value holds beyond the schema makes it foreign: never equal to a desired one.
import type { Healthcheck, Placement, RestartPolicy, UpdatePolicy } from "../model/specs.ts";

export type Stored = Readonly<Record<string, unknown>> | null;

/** `foreign`: the stored value cannot be expressed; `value` is what can be. */
export interface ReadSetting<T> {
  readonly value: T | null;
  readonly foreign: boolean;
}

const nothing = { value: null, foreign: false } as const;

/** Takes known keys out of a stored object and notices what is left. */
class Fields {
  foreign = false;
  readonly #left: Map<string, unknown>;

  constructor(stored: Readonly<Record<string, unknown>>) {
    this.#left = new Map(
      Object.entries(stored).filter(([, value]) => value !== null && value !== undefined),
    );
  }

  get isEmpty(): boolean {
    return this.#left.size === 0;
  }

  #take<T>(name: string, fits: (value: unknown) => value is T): T | null {
    const value = this.#left.get(name);
    this.#left.delete(name);
    if (value === undefined) return null;
    if (fits(value)) return value;
    this.foreign = true;
    return null;
  }

  number(name: string): number | null {
    return this.#take(name, (value) => typeof value === "number");
  }

  strings(name: string): readonly string[] {
    return this.#take(name, isStrings) ?? [];
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null {
    return this.#take(name, (value): value is T => (allowed as readonly unknown[]).includes(value));
  }

  list(name: string): readonly unknown[] {
    return this.#take(name, (value) => Array.isArray(value)) ?? [];
  }

  /** To be asked last: whether something was there that nobody asked for. */
  get isForeign(): boolean {
    return this.foreign || this.#left.size > 0;
  }
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** What is null is not written: docker's default holds. */
function written(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

export function readHealthcheck(stored: Stored): ReadSetting<Healthcheck> {
  const fields = new Fields(stored ?? {});
  if (fields.isEmpty) return nothing;
  const value = {
    test: fields.strings("Test"),
    intervalNs: fields.number("Interval"),
    timeoutNs: fields.number("Timeout"),
    startPeriodNs: fields.number("StartPeriod"),
    retries: fields.number("Retries"),
  };
  return { value, foreign: fields.isForeign };
}

export function writeHealthcheck(value: Healthcheck | null): Stored {
  if (value === null) return null;
  return written({
    Test: value.test,
    Interval: value.intervalNs,
    Timeout: value.timeoutNs,
    StartPeriod: value.startPeriodNs,
    Retries: value.retries,
  });
}

export function readRestart(stored: Stored): ReadSetting<RestartPolicy> {
  const fields = new Fields(stored ?? {});
  if (fields.isEmpty) return nothing;
  const value = {
    // Docker's word for "no condition given".
    condition: fields.oneOf("Condition", ["none", "on-failure", "any"] as const) ?? "any",
    delayNs: fields.number("Delay"),
    maxAttempts: fields.number("MaxAttempts"),
    windowNs: fields.number("Window"),
  };
  return { value, foreign: fields.isForeign };
}

export function writeRestart(value: RestartPolicy | null): Stored {
  if (value === null) return null;
  return written({
    Condition: value.condition,
    Delay: value.delayNs,
    MaxAttempts: value.maxAttempts,
    Window: value.windowNs,
  });
}

/** What Dokploy itself uses where it stores nothing; it demands the first two with any other. */
const updateDefaults = { Parallelism: 1, Order: "start-first", FailureAction: "rollback" } as const;
/** Likewise. Docker pauses where nothing is said. */
const rollbackDefaults = { Parallelism: 1, Order: "start-first", FailureAction: "pause" } as const;

export function readUpdate(stored: Stored): ReadSetting<UpdatePolicy> {
  const fields = new Fields(stored ?? {});
  if (fields.isEmpty) return nothing;
  const value = {
    parallelism: fields.number("Parallelism"),
    delayNs: fields.number("Delay"),
    // Docker pauses where a stored policy names no action.
    failureAction:
      fields.oneOf("FailureAction", ["pause", "continue", "rollback"] as const) ?? "pause",
    monitorNs: fields.number("Monitor"),
    maxFailureRatio: fields.number("MaxFailureRatio"),
    order: fields.oneOf("Order", ["start-first", "stop-first"] as const),
  } as const;
  return { value, foreign: fields.isForeign };
}

export function writeUpdate(value: UpdatePolicy | null): Stored {
  return writePolicy(value, updateDefaults);
}

export function writeRollback(value: UpdatePolicy | null): Stored {
  return writePolicy(value, rollbackDefaults);
}

/** A policy that says nothing is none; one that says something gets Dokploy's defaults for the rest. */
function writePolicy(
  value: UpdatePolicy | null,
  defaults: Readonly<Record<string, unknown>>,
): Stored {
  const given = written({
    Parallelism: value?.parallelism ?? null,
    Delay: value?.delayNs ?? null,
    FailureAction: value?.failureAction ?? null,
    Monitor: value?.monitorNs ?? null,
    MaxFailureRatio: value?.maxFailureRatio ?? null,
    Order: value?.order ?? null,
  });
  const policy = { ...defaults, ...given };
  const saysNothing = Object.entries(policy).every(([name, setting]) => defaults[name] === setting);
  return saysNothing ? null : policy;
}

export function readPlacement(stored: Stored): ReadSetting<Placement> {
  const fields = new Fields(stored ?? {});
  if (fields.isEmpty) return nothing;
  const constraints = fields.strings("Constraints");
  const maxReplicasPerNode = fields.number("MaxReplicas");
  const preferences = fields.list("Preferences").map(spreadOf);
  const spread = preferences.filter((label) => label !== null);
  const foreign =
    fields.list("Platforms").length > 0 || spread.length < preferences.length || fields.isForeign;
  return { value: { constraints, spread, maxReplicasPerNode }, foreign };
}

function spreadOf(preference: unknown): string | null {
  const { Spread } = preference as { Spread?: { SpreadDescriptor?: unknown } };
  return typeof Spread?.SpreadDescriptor === "string" ? Spread.SpreadDescriptor : null;
}

export function writePlacement(value: Placement | null): Stored {
  if (value === null) return null;
  const { constraints, spread, maxReplicasPerNode } = value;
  if (constraints.length === 0 && spread.length === 0 && maxReplicasPerNode === null) return null;
  return written({
    Constraints: constraints,
    Preferences: spread.map((label) => ({ Spread: { SpreadDescriptor: label } })),
    MaxReplicas: maxReplicasPerNode,
  });
}
