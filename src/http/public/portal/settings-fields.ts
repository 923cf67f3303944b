// The template's parameters as fields: folded away, as most people need none of them.

import { h, html } from "../html.ts";
import { icon } from "../components/icon.ts";
import type { FormFieldView } from "../../api/shapes/portal.ts";

export interface SettingsFieldsProps {
  readonly fields: readonly FormFieldView[];
  readonly values: Readonly<Record<string, string>>;
  readonly onSet: (field: string, value: string) => void;
}

interface ValueEvent {
  readonly currentTarget: { readonly value: string; readonly checked: boolean };
}

/** `maxTokens`, `max_tokens` as `Max tokens`; `memoryGb` as `Memory GB`. */
export function fieldLabel(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[\s_-]+/)
    .filter(Boolean)
    .map((word) =>
      word.length <= 3 && /^[A-Z]/.test(word) ? word.toUpperCase() : word.toLowerCase(),
    )
    .join(" ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** What the request carries: only what the person changed, each as the type that the template wants. */
export function parametersOf(
  fields: readonly FormFieldView[],
  values: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const changed = fields.flatMap((field): [string, unknown][] => {
    const value = values[field.name];
    if (value === undefined || value === (field.default ?? "")) return [];
    if (field.type === "boolean") return [[field.name, value === "true"]];
    const isNumber = field.type === "integer" || field.type === "number";
    return [[field.name, isNumber && value.trim() !== "" ? Number(value) : value]];
  });
  return Object.fromEntries(changed);
}

function control(field: FormFieldView, value: string, onSet: SettingsFieldsProps["onSet"]) {
  const id = `parameter-${field.name}`;
  const said = field.description === "" ? undefined : `${id}-said`;
  const set = (event: ValueEvent): void => onSet(field.name, event.currentTarget.value);
  if (field.options !== null) {
    return html`<select
      id=${id}
      name=${field.name}
      aria-describedby=${said}
      value=${value}
      onChange=${set}
    >
      ${field.options.map((option) => html`<option key=${option} value=${option} selected=${option === value}>${option}</option>`)}
    </select>`;
  }
  const isNumber = field.type === "integer" || field.type === "number";
  return html`<input
    id=${id}
    name=${field.name}
    type=${isNumber ? "number" : "text"}
    step=${field.type === "number" ? "any" : undefined}
    value=${value}
    required=${field.default === null}
    autocomplete="off"
    aria-describedby=${said}
    onInput=${set}
  />`;
}

function Field({
  field,
  value,
  onSet,
}: {
  readonly field: FormFieldView;
  readonly value: string;
  readonly onSet: SettingsFieldsProps["onSet"];
}) {
  const id = `parameter-${field.name}`;
  const hint =
    field.description !== "" && html`<p class="hint" id=${`${id}-said`}>${field.description}</p>`;
  if (field.type === "boolean") {
    const toggle = (event: ValueEvent): void =>
      onSet(field.name, event.currentTarget.checked ? "true" : "false");
    return html`<div class="field">
      <label class="checkbox">
        <input
          id=${id}
          name=${field.name}
          type="checkbox"
          checked=${value === "true"}
          aria-describedby=${field.description === "" ? undefined : `${id}-said`}
          onChange=${toggle}
        />
        <span>${fieldLabel(field.name)}</span>
      </label>
      ${hint}
    </div>`;
  }
  return html`<div class="field">
    <label for=${id}>
      ${fieldLabel(field.name)}${field.default === null && html`<span class="needed"> needed</span>`}
    </label>
    ${control(field, value, onSet)} ${hint}
  </div>`;
}

export function SettingsFields({ fields, values, onSet }: SettingsFieldsProps) {
  if (fields.length === 0) return null;
  const isNeeded = fields.some((field) => field.default === null && field.type !== "boolean");
  return html`<details class="more-settings" open=${isNeeded}>
    <summary>${icon("chevron")}<span>More settings</span></summary>
    <div class="fields">
      ${fields.map((field) =>
        h(Field, {
          key: field.name,
          field,
          value: values[field.name] ?? field.default ?? "",
          onSet,
        }),
      )}
    </div>
  </details>`;
}
