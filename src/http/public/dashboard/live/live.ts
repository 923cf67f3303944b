// What the stream has told so far, as a value. Pure: each batch of messages gives the next value, and what
// did not change stays the same object, so that nothing is drawn for it.
import type { EventView, Overview } from "../../../api/shapes/dashboard.ts";
import type { StackSummary } from "../../../api/shapes/stack.ts";

export interface Live {
  readonly overview: Overview;
  readonly stacks: ReadonlyMap<string, StackSummary>;
  /** The newest first, bounded. */
  readonly events: readonly EventView[];
}

export interface Message {
  readonly type: string;
  readonly data: unknown;
}

export const liveTypes = ["overview", "reset", "stack", "gone", "event"] as const;

const mostEvents = 500;

export function liveFrom(
  overview: Overview,
  stacks: readonly StackSummary[] = [],
  events: readonly EventView[] = [],
): Live {
  return { overview, stacks: new Map(stacks.map((stack) => [stack.name, stack])), events };
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Stacks as they are changed by one batch; made only when something changes. */
interface Draft {
  stacks: Map<string, StackSummary> | null;
}

function setStack(live: Live, draft: Draft, stack: StackSummary): void {
  const current = draft.stacks ?? live.stacks;
  if (isEqual(current.get(stack.name), stack)) return;
  draft.stacks ??= new Map(live.stacks);
  draft.stacks.set(stack.name, stack);
}

function dropStack(live: Live, draft: Draft, name: string): void {
  if (!(draft.stacks ?? live.stacks).has(name)) return;
  draft.stacks ??= new Map(live.stacks);
  draft.stacks.delete(name);
}

/** A stream that begins anew names all that there are; what each is now follows. */
function keepOnly(live: Live, draft: Draft, names: readonly string[]): void {
  const kept = new Set(names);
  for (const name of [...(draft.stacks ?? live.stacks).keys()]) {
    if (!kept.has(name)) dropStack(live, draft, name);
  }
}

export function withMessages(live: Live, messages: readonly Message[]): Live {
  let { overview, events } = live;
  const draft: Draft = { stacks: null };
  for (const { type, data } of messages) {
    switch (type) {
      case "overview":
        if (!isEqual(overview, data)) overview = data as Overview;
        break;
      case "reset":
        keepOnly(live, draft, (data as { readonly stacks: readonly string[] }).stacks);
        break;
      case "stack":
        setStack(live, draft, data as StackSummary);
        break;
      case "gone":
        dropStack(live, draft, (data as { readonly name: string }).name);
        break;
      case "event": {
        const event = data as EventView;
        if (events.some(({ id }) => id === event.id)) break;
        events = [event, ...events].slice(0, mostEvents);
        break;
      }
      default:
        break;
    }
  }
  const stacks = draft.stacks ?? live.stacks;
  if (overview === live.overview && stacks === live.stacks && events === live.events) return live;
  return { overview, stacks, events };
}
