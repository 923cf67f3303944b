// Everything that happened, as it happens; by stack, kind and person.
import { useEffect, useState } from "preact/hooks";
import { useBrowser } from "../../browser.ts";
import { Empty } from "../../components/empty.ts";
import { icon } from "../../components/icon.ts";
import { Shell } from "../../components/shell.ts";
import { useRowKeys } from "../../components/use-keys.ts";
import { h, html } from "../../html.ts";
import { counted } from "../../lib/words.ts";
import type { EventsData } from "../data.ts";
import { useLive } from "../live/use-live.ts";
import { EventList } from "./event-list.ts";
import { choices, filterOf, kindWords, passes, pathOf, personOf } from "./filter.ts";
import type { EventFilter } from "./filter.ts";
import { OlderButton, useOlder } from "./older.ts";

interface ValueEvent {
  readonly currentTarget: { readonly value: string };
}

function Choice({
  label,
  any,
  value,
  options,
  onChoose,
}: {
  readonly label: string;
  readonly any: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, word: string])[];
  readonly onChoose: (value: string) => void;
}) {
  const known = options.some(([one]) => one === value) || value === "";
  const all = known ? options : [...options, [value, value] as const];
  return html`<select
    aria-label=${label}
    value=${value}
    onChange=${(event: ValueEvent) => onChoose(event.currentTarget.value)}
  >
    <option value="" selected=${value === ""}>${any}</option>
    ${all.map(([one, word]) => html`<option key=${one} value=${one} selected=${one === value}>${word}</option>`)}
  </select>`;
}

export function EventsPage({ data }: { readonly data: EventsData }) {
  const browser = useBrowser();
  const page = useLive(data);
  const { overview } = page.live;
  const [filter, setFilter] = useState<EventFilter>(() => filterOf(browser.path()));
  const { events, ...older } = useOlder(page.live.events, data.older, {
    stack: filter.stack,
    kind: filter.kind,
    by: filter.person,
    level: filter.isGrave ? "warn,error" : "",
  });
  useEffect(() => browser.onPath(() => setFilter(filterOf(browser.path()))), []);
  const change = (more: Partial<EventFilter>): void => {
    const next = { ...filter, ...more };
    setFilter(next);
    browser.setPath(pathOf(next), more.text === undefined ? "push" : "replace");
  };
  const shown = events.filter((event) => passes(event, filter));
  useRowKeys(shown.length);
  const plain = (values: readonly string[]) => values.map((value) => [value, value] as const);
  const people = choices(events, personOf);
  return h(
    Shell,
    { page: "events", theme: data.theme, overview, stream: page },
    html`<div class="page-head">
      <h1>Events</h1>
      <p class="page-lead">What Capstan did, and why.</p>
    </div>`,
    html`<form
      class="toolbar wide"
      role="search"
      onSubmit=${(event: { preventDefault(): void }) => event.preventDefault()}
    >
      <div class="search">
        ${icon("search")}
        <input
          id="search"
          type="search"
          aria-label="Search events"
          placeholder="Search"
          autocomplete="off"
          value=${filter.text}
          onInput=${(event: ValueEvent) => change({ text: event.currentTarget.value })}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      ${h(Choice, {
        label: "Stack",
        any: "All stacks",
        value: filter.stack,
        options: plain(choices(events, ({ stack }) => stack)),
        onChoose: (stack) => change({ stack }),
      })}
      ${h(Choice, {
        label: "Kind",
        any: "All kinds",
        value: filter.kind,
        options: choices(events, ({ kind }) => kind).map(
          (kind) => [kind, kindWords[kind] ?? kind] as const,
        ),
        onChoose: (kind) => change({ kind }),
      })}
      ${
        (people.length > 0 || filter.person !== "") &&
        h(Choice, {
          label: "Person",
          any: "Everybody",
          value: filter.person,
          options: plain(people),
          onChoose: (person) => change({ person }),
        })
      }
      <button
        type="button"
        class="chip"
        aria-pressed=${filter.isGrave ? "true" : "false"}
        onClick=${() => change({ isGrave: !filter.isGrave })}
      >
        ${icon("alert")}Warnings and errors
      </button>
    </form>`,
    shown.length === 0
      ? h(
          Empty,
          { icon: "history", title: events.length === 0 ? "No events yet" : "No event matches" },
          events.length === 0
            ? html`<p>The first run of the controller will add some.</p>`
            : html`<a class="button" href="/events">Show all events</a>`,
        )
      : h(EventList, { events: shown, hasStack: true }),
    h(OlderButton, older),
    html`<p class="unseen" role="status">
      ${pathOf(filter) === "/events" ? "" : `${counted(shown.length, "event")} shown`}
    </p>`,
  );
}
