// Which events a list shows. Pure; the address holds it all.
import type { EventView } from "../../../api/shapes/dashboard.ts";

export interface EventFilter {
  readonly text: string;
  readonly stack: string;
  readonly kind: string;
  readonly person: string;
  /** Only warnings and errors. */
  readonly isGrave: boolean;
}

interface Cause {
  readonly kind: string;
  readonly by?: string;
}

/** What events carry for programs; older ones have nothing of it. */
interface EventData {
  readonly action?: { readonly cause: Cause; readonly service: string | null };
  readonly rollout?: { readonly service: string };
}

function dataOf(event: EventView): EventData {
  return event as unknown as EventData;
}

/** Who asked for it; null for what Capstan did by itself. */
export function personOf(event: EventView): string | null {
  return dataOf(event).action?.cause.by ?? null;
}

/** The key of the service that it is about. */
export function eventService(event: EventView): string | null {
  const { action, rollout } = dataOf(event);
  return rollout?.service ?? action?.service ?? null;
}

export const kindWords: Readonly<Record<string, string>> = {
  revision: "New commit",
  "source-error": "Git error",
  "platform-error": "Dokploy error",
  problem: "Problem",
  "run-started": "Run started",
  action: "Action",
  rollout: "Rollout",
  drift: "Drift",
  outcome: "Run ended",
  note: "Note",
};

export function filterOf(path: string): EventFilter {
  const query = new URL(path, "http://localhost").searchParams;
  return {
    text: query.get("q") ?? "",
    stack: query.get("stack") ?? "",
    kind: query.get("kind") ?? "",
    person: query.get("by") ?? "",
    isGrave: query.get("level") === "warn,error",
  };
}

export function pathOf({ text, stack, kind, person, isGrave }: EventFilter): string {
  const query = new URLSearchParams();
  if (text !== "") query.set("q", text);
  if (stack !== "") query.set("stack", stack);
  if (kind !== "") query.set("kind", kind);
  if (person !== "") query.set("by", person);
  if (isGrave) query.set("level", "warn,error");
  const written = query.toString().replaceAll("%2C", ",");
  return written === "" ? "/events" : `/events?${written}`;
}

export function passes(event: EventView, filter: EventFilter): boolean {
  const { text, stack, kind, person, isGrave } = filter;
  if (stack !== "" && event.stack !== stack) return false;
  if (kind !== "" && event.kind !== kind) return false;
  if (person !== "" && personOf(event) !== person) return false;
  if (isGrave && event.level === "info") return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const said = `${event.message} ${event.stack ?? ""} ${event.revision ?? ""}`.toLowerCase();
  return words.every((word) => said.includes(word));
}

/** What there is to choose from, in order. */
export function choices(
  events: readonly EventView[],
  of: (event: EventView) => string | null,
): readonly string[] {
  return [...new Set(events.flatMap((event) => of(event) ?? []))].sort();
}
