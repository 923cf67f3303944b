// Stacks as the API lists them: all of Git and of the last runs, each as one summary.
import type { Engine } from "../../engine/engine.ts";
import { statusMessage } from "../../engine/events/status.ts";
import { CapstanError } from "../../lib/errors.ts";
import { nameHint } from "../../manifest/suggest.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { ownerOf } from "../../model/owner.ts";
import type { StackStatus } from "../../model/status.ts";
import { stackState } from "../../plan/state-words.ts";
import type { ListQuery } from "./input.ts";
import type { ReadParts } from "./parts.ts";
import type { stackPage } from "./shapes/stack.ts";
import { pageOf } from "./stack-list.ts";
import { timeOf } from "./times.ts";
import type { View } from "./shapes/immutable.ts";
import type { SummaryView } from "./view-types.ts";

export interface Found {
  readonly status: StackStatus | null;
  readonly desired: DesiredStack | null;
}

/** All stacks of Git and of the last runs, by name. */
export function allStacks(engine: Engine): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  for (const desired of engine.desired()) found.set(desired.name, { status: null, desired });
  for (const status of engine.stacks()) {
    found.set(status.name, { status, desired: found.get(status.name)?.desired ?? null });
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Before Git was read nothing can be said of stacks, not even that there are none. */
export function mustBeRead(engine: Engine): void {
  const { waitsFor, revision } = engine.state();
  if (waitsFor !== null) {
    throw new CapstanError("unavailable", waitsFor, { hint: "ask the one that works" });
  }
  if (revision === null) {
    throw new CapstanError("unavailable", "Git has not been read yet", {
      hint: "try again in a moment; /health says what is wrong",
    });
  }
}

export function findStack(engine: Engine, name: string): Found {
  const all = allStacks(engine);
  const found = all.get(name);
  if (found !== undefined) return found;
  mustBeRead(engine);
  throw new CapstanError("not-found", `there is no stack ${name.slice(0, 100)}`, {
    hint: nameHint(name, "stack", all.keys(), null),
  });
}

export function summaryOf(
  name: string,
  { status, desired }: Found,
  { engine, book, stackCommits }: Pick<ReadParts, "engine" | "book" | "stackCommits">,
): SummaryView {
  const ready = status?.conditions.find(({ type }) => type === "Ready");
  const suspension = engine.suspension(name);
  const busy = engine.isBusy(name);
  const state = stackState({ status, suspendedSinceMs: suspension?.sinceMs ?? null, busy });
  const commit = stackCommits.of(name) ?? status?.revision ?? null;
  return {
    name,
    project: status?.project ?? desired?.project ?? null,
    revision: status?.revision ?? null,
    ready: ready?.status === "True",
    outcome: status?.outcome.kind ?? null,
    busy,
    reason: ready?.reason ?? "Unknown",
    message: status === null ? "it has not been checked yet" : statusMessage(status),
    urls: status?.urls ?? [],
    suspended:
      suspension === null ? null : { by: suspension.by, since: timeOf(suspension.sinceMs) },
    lastRun: status === null ? null : timeOf(status.lastRunMs),
    state: state.state,
    stateText: state.text,
    needsPerson: state.needsPerson,
    since: state.sinceMs === null ? null : timeOf(state.sinceMs),
    labels: desired?.labels ?? {},
    template: desired?.template ?? null,
    owner: desired === null ? null : ownerOf(desired.labels),
    commit: commit === null ? null : book.ref(commit),
    preview: previewOf(name, engine),
  };
}

function previewOf(name: string, engine: Pick<Engine, "loaded">): SummaryView["preview"] {
  const preview = engine.loaded()?.previews?.stacks.get(name);
  if (preview === undefined) return null;
  const { repository, pull, url, stack, untilMs } = preview;
  return { repository, pull, url, stack, until: timeOf(untilMs) };
}

/** Learns the titles of the commits that stacks go by. */
export async function loadCommits({ engine, book, stackCommits }: ReadParts): Promise<void> {
  await stackCommits.load();
  const commits = new Set<string>();
  for (const [name, { status }] of allStacks(engine)) {
    const commit = stackCommits.of(name) ?? status?.revision ?? null;
    if (commit !== null) commits.add(commit);
  }
  await book.load(commits);
}

/** Throws `unavailable` before Git was read. */
export async function listStacks(
  query: ListQuery,
  parts: ReadParts,
): Promise<View<typeof stackPage>> {
  mustBeRead(parts.engine);
  await loadCommits(parts);
  const summaries = [...allStacks(parts.engine)].map(([name, found]) =>
    summaryOf(name, found, parts),
  );
  return pageOf(summaries, query);
}
