// Events before those that a page came with, fetched page by page when somebody asks for them.
import { useState } from "preact/hooks";
import type { EventView } from "../../../api/shapes/dashboard.ts";
import { useBrowser } from "../../browser.ts";
import { icon } from "../../components/icon.ts";
import { html } from "../../html.ts";

export interface OlderEvents {
  /** Those of now and those that were fetched, the newest first. */
  readonly events: readonly EventView[];
  /** Null: there is nothing older. */
  readonly more: (() => void) | null;
  readonly isLoading: boolean;
  /** Why the last page did not come. */
  readonly refusal: string | null;
}

interface Page {
  /** The newest last. */
  readonly events: readonly EventView[];
  readonly older: string | null;
}

interface Fetched {
  /** What the pages were asked for: another filter begins anew. */
  readonly filter: string;
  readonly events: readonly EventView[];
  readonly older: string | null;
}

const pageSize = 200;

function together(live: readonly EventView[], older: readonly EventView[]): readonly EventView[] {
  const seen = new Set(live.map(({ id }) => id));
  return [...live, ...older.filter(({ id }) => !seen.has(id))];
}

/** `older`: before which event the page before begins; `filter`: the events to ask for, as a query. */
export function useOlder(
  live: readonly EventView[],
  older: string | null,
  filter: Readonly<Record<string, string>>,
): OlderEvents {
  const browser = useBrowser();
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ""));
  const asked = query.toString();
  const first: Fetched = { filter: asked, events: [], older };
  const [kept, setKept] = useState<Fetched>(first);
  const [isLoading, setLoading] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const fetched = kept.filter === asked ? kept : first;
  const shown = together(live, fetched.events);
  const load = async (before: string): Promise<void> => {
    setLoading(true);
    query.set("before", before);
    query.set("limit", String(pageSize));
    const answer = await browser.get<Page>(`/api/v1/events?${query.toString()}`);
    setLoading(false);
    setRefusal(answer.ok ? null : answer.message);
    if (!answer.ok) return;
    const page = [...answer.value.events].reverse();
    // What is live now may be pushed out by newer ones later: it stays.
    setKept({ filter: asked, events: together(shown, page), older: answer.value.older });
  };
  const { older: before } = fetched;
  return {
    events: shown,
    more: before === null ? null : () => void load(before),
    isLoading,
    refusal,
  };
}

export function OlderButton({ more, isLoading, refusal }: Omit<OlderEvents, "events">) {
  if (more === null) return null;
  return html`<div class="older">
    ${refusal !== null && html`<p class="callout bad" role="alert">${icon("alert")}<span>${refusal}</span></p>`}
    <button type="button" class="button needs-script" disabled=${isLoading} onClick=${more}>
      ${icon("history")}${isLoading ? "Loading…" : "Older events"}
    </button>
  </div>`;
}
