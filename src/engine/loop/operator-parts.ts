// What the questions and orders of people share: the parts of now, and who may be asked for what.
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { EventData } from "../../model/event-data.ts";
import { nameHint } from "../../manifest/suggest.ts";
import type { EventLog } from "../events/events.ts";
import type { Reader } from "../reader/reader.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { Wakeups } from "../wakeups.ts";
import type { Controller } from "./controller.ts";

export interface OperatorParts {
  /** That of now: another one is made when this process becomes the one that writes. */
  readonly reader: () => Reader;
  /** Null: nothing is carried out, as this process only looks. */
  readonly controller: () => Pick<Controller, "statuses" | "isBusy"> | null;
  readonly wakeups: Wakeups;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly dryRun: boolean;
  /** W12: whether this process is the one that writes. */
  readonly leads: () => boolean;
}

/** What is asked of a process that only waits would be lost. */
export function leading(parts: OperatorParts): void {
  if (parts.dryRun || parts.leads()) return;
  throw new CapstanError("unavailable", "another process is the active one", {
    hint: "ask that process; this one only waits for it to end",
  });
}

export function writable(parts: OperatorParts, what: string): void {
  leading(parts);
  if (!parts.dryRun) return;
  throw new CapstanError("conflict", `${what} is not done in a dry run, which writes nothing`, {
    hint: "start `capstan run` without --dry-run",
  });
}

export function loadedOf(parts: OperatorParts): Loaded {
  const loaded = parts.reader().desired.current();
  if (loaded !== null) return loaded;
  leading(parts);
  throw new CapstanError("unavailable", "Git has not been read yet", {
    hint: "try again in a moment; /health says what is wrong",
  });
}

/** All stacks that Git or the server has, or had when they last ran. */
export function namesOf({ byName, manifests }: Loaded, parts: OperatorParts): ReadonlySet<string> {
  return new Set([
    ...byName.keys(),
    ...manifests.brokenStacks,
    ...(parts.reader().site.world.current()?.ownership.owned.keys() ?? []),
    ...(parts.controller()?.statuses().keys() ?? []),
  ]);
}

/** Throws `not-found` for a name that neither Git nor the server knows. */
export function known(stack: string, parts: OperatorParts): Loaded {
  const loaded = loadedOf(parts);
  const names = namesOf(loaded, parts);
  if (names.has(stack)) return loaded;
  throw new CapstanError("not-found", `there is no stack ${stack} in Git or on the server`, {
    hint: nameHint(stack, "stack", names, null),
  });
}

/** The key that a person means by `web`, `web@staging` or `app/web`. */
export function keyOf(stack: string, service: string, keys: readonly string[]): string {
  const key = keys.find((one) => one === service || one.slice(one.indexOf("/") + 1) === service);
  if (key !== undefined) return key;
  const names = keys.map((one) => one.slice(one.indexOf("/") + 1));
  throw new CapstanError("not-found", `${stack} has no service ${service}`, {
    hint: nameHint(service, "service", names, null),
  });
}

/** Tells people what somebody asked for. */
export function note(
  parts: OperatorParts,
  stack: string | null,
  message: string,
  asked: EventData["asked"],
): void {
  const revision = parts.reader().revision();
  const data = asked === undefined ? {} : { asked };
  parts.events.add({ kind: "note", level: "info", stack, revision, message, ...data });
}
