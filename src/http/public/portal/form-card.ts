// The first card: a name, perhaps settings, one button.

import { icon } from "../components/icon.ts";
import { h, html } from "../html.ts";
import type { OwnStackView, PortalSettingsView } from "../../api/shapes/portal.ts";
import type { Form } from "./machine.ts";
import { NameField } from "./name-field.ts";
import { SettingsFields } from "./settings-fields.ts";

export interface FormCardProps {
  readonly settings: PortalSettingsView;
  readonly form: Form;
  readonly refusal: string | null;
  readonly isSending: boolean;
  /** The button was pressed, and the name is still being checked. */
  readonly isWanted: boolean;
  readonly stacks: readonly OwnStackView[];
  readonly onInput: (text: string) => void;
  readonly onSet: (field: string, value: string) => void;
  readonly onSubmit: () => void;
}

export function FormCard(props: FormCardProps) {
  const { settings, form, refusal, isSending, isWanted, stacks } = props;
  const submit = (event: { preventDefault(): void }): void => {
    event.preventDefault();
    props.onSubmit();
  };
  const isFull = settings.quota !== null && stacks.length >= settings.quota;
  return html`<form onSubmit=${submit} aria-busy=${isSending || isWanted ? "true" : "false"}>
    <p class="lead">
      ${
        settings.mode === "commit"
          ? "Type a name. A minute later it runs."
          : "Type a name. It runs a minute after somebody has approved it."
      }
    </p>
    ${h(NameField, {
      form,
      settings,
      isSending,
      own: stacks.find(({ name }) => name === form.name),
      onInput: props.onInput,
    })}
    ${h(SettingsFields, { fields: settings.fields, values: form.values, onSet: props.onSet })}
    ${
      refusal !== null &&
      html`<p class="callout bad" role="alert">${icon("alert")}<span>${refusal}</span></p>`
    }
    ${
      isFull &&
      refusal === null &&
      html`<p class="callout wait">
        ${icon("info")}
        <span>
          You have ${stacks.length} of ${settings.quota} stacks. Remove one below to make room.
        </span>
      </p>`
    }
    <button type="submit" class="button primary large" id="create" disabled=${isFull}>
      ${isSending || isWanted ? "Creating…" : "Create my stack"}
    </button>
  </form>`;
}
