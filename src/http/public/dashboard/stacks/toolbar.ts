// Search, label and order of the list.
import { icon } from "../../components/icon.ts";
import { html } from "../../html.ts";
import type { ShownLabel } from "../../lib/labels.ts";
import { sorts } from "./filter.ts";
import type { Filter, Sort } from "./filter.ts";

export interface ToolbarProps {
  readonly filter: Filter;
  readonly labels: readonly ShownLabel[];
  readonly onChange: (change: Partial<Filter>) => void;
  readonly onLeave: () => void;
}

interface ValueEvent {
  readonly currentTarget: { readonly value: string };
}

const sortWords: Readonly<Record<Sort, string>> = {
  attention: "Needs attention",
  name: "Name",
  changed: "Last change",
};

/** What is chosen stays in the list also when no stack has it any more. */
function withChosen(labels: readonly ShownLabel[], chosen: string): readonly ShownLabel[] {
  if (chosen === "" || labels.some(({ pair }) => pair === chosen)) return labels;
  return [...labels, { pair: chosen, text: chosen }];
}

export function Toolbar({ filter, labels, onChange, onLeave }: ToolbarProps) {
  const leave = (event: { readonly key: string }): void => {
    if (event.key === "Escape") onLeave();
  };
  return html`<form
    class="toolbar"
    role="search"
    method="get"
    action="/stacks"
    onSubmit=${(event: { preventDefault(): void }) => event.preventDefault()}
  >
    <div class="search">
      ${icon("search")}
      <input
        id="search"
        name="q"
        type="search"
        aria-label="Search stacks"
        placeholder="Search"
        autocomplete="off"
        spellcheck=${false}
        value=${filter.text}
        onInput=${(event: ValueEvent) => onChange({ text: event.currentTarget.value })}
        onKeyDown=${leave}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
    ${
      (labels.length > 0 || filter.label !== "") &&
      html`<select
        name="label"
        aria-label="Label"
        value=${filter.label}
        onChange=${(event: ValueEvent) => onChange({ label: event.currentTarget.value })}
      >
        <option value="" selected=${filter.label === ""}>Any label</option>
        ${withChosen(labels, filter.label).map(
          ({ pair, text }) =>
            html`<option key=${pair} value=${pair} selected=${pair === filter.label}>
              ${text}
            </option>`,
        )}
      </select>`
    }
    <select
      name="sort"
      aria-label="Order"
      value=${filter.sort}
      onChange=${(event: ValueEvent) => onChange({ sort: sorts.find((sort) => sort === event.currentTarget.value) ?? "attention" })}
    >
      ${sorts.map((sort) => html`<option key=${sort} value=${sort} selected=${sort === filter.sort}>${sortWords[sort]}</option>`)}
    </select>
  </form>`;
}
