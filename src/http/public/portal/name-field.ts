// The one field that everybody fills in: a name, with the rest of the address inside the field and what is
// known of the name below it.
import { useBrowser } from "../browser.ts";
import { icon } from "../components/icon.ts";
import type { IconName } from "../components/icon.ts";
import { html } from "../html.ts";
import { bareUrl, safeUrl } from "../lib/words.ts";
import type { OwnStackView, PortalSettingsView } from "../../api/shapes/portal.ts";
import type { Form, NameState } from "./machine.ts";

export interface NameFieldProps {
  readonly form: Form;
  readonly settings: PortalSettingsView;
  readonly own: OwnStackView | undefined;
  readonly isSending: boolean;
  readonly onInput: (text: string) => void;
}

interface Said {
  readonly tone: "ok" | "bad" | "wait" | "quiet";
  readonly icon: IconName | null;
  readonly text: string;
}

function rule({ names }: PortalSettingsView): string {
  return `${names.minLength} to ${names.maxLength} letters, digits or hyphens.`;
}

function said(state: NameState, name: string, settings: PortalSettingsView): Said {
  switch (state.is) {
    case "empty":
      return { tone: "quiet", icon: null, text: rule(settings) };
    case "typing":
      return { tone: "quiet", icon: null, text: rule(settings) };
    case "checking":
      return { tone: "quiet", icon: null, text: `Checking ${name}…` };
    case "free":
      return { tone: "ok", icon: "check", text: `${name} is free` };
    case "yours":
      return { tone: "wait", icon: "info", text: `${name} is yours already.` };
    case "refused":
      return { tone: "bad", icon: "cross", text: state.why };
    case "unchecked":
      return { tone: "wait", icon: "info", text: state.why };
  }
}

export function NameField({ form, settings, own, isSending, onInput }: NameFieldProps) {
  const browser = useBrowser();
  const { name, nameState } = form;
  const message = said(nameState, name, settings);
  const isWrong = nameState.is === "refused";
  const address = safeUrl(own?.url);
  return html`<div class="field">
    <label for="name">Name</label>
    <div
      class=${`input-with-suffix ${isWrong ? "wrong" : ""}`}
      onClick=${() => browser.focus("name")}
    >
      <input
        id="name"
        name="name"
        type="text"
        value=${name}
        maxlength=${settings.names.maxLength + 20}
        placeholder="zoe"
        required
        autocomplete="off"
        autocapitalize="none"
        spellcheck=${false}
        enterkeyhint="go"
        aria-invalid=${isWrong ? "true" : "false"}
        aria-describedby="name-said"
        readonly=${isSending}
        onInput=${(event: { readonly currentTarget: { readonly value: string } }) =>
          onInput(event.currentTarget.value)}
      />
      ${settings.suffix !== "" && html`<span class="suffix" title=${settings.suffix}>${settings.suffix}</span>`}
    </div>
    <p class=${`said ${message.tone}`} id="name-said" role="status">
      ${message.icon !== null && icon(message.icon)}
      <span
        >${message.text}${" "}
        ${
          nameState.is === "yours" &&
          address !== null &&
          html`<a href=${address}>Open ${bareUrl(address)}</a>`
        }
      </span>
    </p>
  </div>`;
}
