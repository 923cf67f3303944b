// The portal as one state machine: form, sending, following, ready or failed. Pure. The table names what
// each event does in each state; the compiler forces it to be complete, and `stay` says that an event that
// comes too late changes nothing.
import type { DeploymentStateView } from "../../api/shapes/portal.ts";

/** What is known of the name in the field. */
export type NameState =
  | { readonly is: "empty" }
  /** Asked for when the typing has stopped. */
  | { readonly is: "typing" }
  | { readonly is: "checking" }
  | { readonly is: "free" }
  /** The caller's own stack has this name. */
  | { readonly is: "yours" }
  | { readonly is: "refused"; readonly why: string }
  /** The check itself failed: the name may still be sent. */
  | { readonly is: "unchecked"; readonly why: string };

export interface Form {
  readonly name: string;
  readonly nameState: NameState;
  /** What the person entered for parameters of the template, by name. */
  readonly values: Readonly<Record<string, string>>;
}

export type State =
  | {
      readonly at: "form";
      readonly form: Form;
      readonly refusal: string | null;
      /** The button was pressed before the name was checked: the form is sent once the name is known to be free. */
      readonly isWanted: boolean;
    }
  | { readonly at: "sending"; readonly form: Form }
  | {
      readonly at: "following";
      readonly id: string;
      readonly form: Form;
      /** Null until the first answer. */
      readonly deployment: DeploymentStateView | null;
      /** How many attempts in a row were lost; 0 while the connection stands. */
      readonly lost: number;
    }
  | { readonly at: "ready"; readonly form: Form; readonly deployment: DeploymentStateView }
  | { readonly at: "failed"; readonly form: Form; readonly deployment: DeploymentStateView }
  /** The deployment of the address is not known any more. */
  | { readonly at: "unknown"; readonly form: Form; readonly id: string };

export type PortalEvent =
  | { readonly type: "typed"; readonly text: string }
  | { readonly type: "set"; readonly field: string; readonly value: string }
  | { readonly type: "paused"; readonly name: string }
  | { readonly type: "checked"; readonly name: string; readonly nameState: NameState }
  | { readonly type: "submitted" }
  | { readonly type: "accepted"; readonly id: string }
  | { readonly type: "refused"; readonly why: string; readonly isName: boolean }
  | { readonly type: "heard"; readonly deployment: DeploymentStateView }
  | { readonly type: "lost" }
  | { readonly type: "found" }
  | { readonly type: "vanished" }
  /** The same name once more. */
  | { readonly type: "again" }
  /** A new, empty form. */
  | { readonly type: "afresh" };

type At = State["at"];
type Type = PortalEvent["type"];
type InState<A extends At> = Extract<State, { readonly at: A }>;
type OfType<T extends Type> = Extract<PortalEvent, { readonly type: T }>;
type Table = {
  readonly [A in At]: {
    readonly [T in Type]: (state: InState<A>, event: OfType<T>) => State;
  };
};

export const emptyForm: Form = { name: "", nameState: { is: "empty" }, values: {} };

/** A name as it is written in addresses: what people type in capitals or with spaces is meant so. */
export function tidyName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s_.]+/g, "-")
    .slice(0, 63);
}

/** The page for a deployment that stands in the address or is under way already. */
export function follow(id: string, form: Form = emptyForm): State {
  return { at: "following", id, form, deployment: null, lost: 0 };
}

export function showForm(form: Form = emptyForm): InState<"form"> {
  return { at: "form", form, refusal: null, isWanted: false };
}

/** When the check itself fails, the server judges the name with the request. */
function maySend({ nameState }: Form): boolean {
  return nameState.is === "free" || nameState.is === "unchecked";
}

/** Only the check judges a name, so that what is wrong with it is said once and beside the field. */
function submitted(state: InState<"form">): State {
  const { form } = state;
  if (maySend(form)) return { at: "sending", form };
  const { is } = form.nameState;
  if (is !== "typing" && is !== "checking") return state;
  return { ...state, form: { ...form, nameState: { is: "checking" } }, isWanted: true };
}

function checked(state: InState<"form">, { name, nameState }: OfType<"checked">): State {
  // An answer for a name that is not in the field any more is of no use.
  if (state.form.name !== name) return state;
  const form = { ...state.form, nameState };
  return state.isWanted && maySend(form)
    ? { at: "sending", form }
    : { ...state, form, isWanted: false };
}

const stay = (state: State): State => state;

function typed(state: InState<"form">, { text }: OfType<"typed">): State {
  const name = tidyName(text);
  if (name === state.form.name) return state;
  const nameState: NameState = { is: name === "" ? "empty" : "typing" };
  return showForm({ ...state.form, name, nameState });
}

function heard(
  state: InState<"following" | "ready" | "failed">,
  { deployment }: OfType<"heard">,
): State {
  const { form } = state;
  const named = { ...form, name: deployment.name };
  switch (deployment.status) {
    case "completed":
      return { at: "ready", form: named, deployment };
    case "failed":
      return { at: "failed", form: named, deployment };
    default:
      return { at: "following", id: deployment.id, form: named, deployment, lost: 0 };
  }
}

function refused(state: InState<"sending">, { why, isName }: OfType<"refused">): State {
  if (!isName) return { ...showForm(state.form), refusal: why };
  return showForm({ ...state.form, nameState: { is: "refused", why } });
}

/** The name is checked again: it may be taken by now. */
function again({ form }: State): State {
  return showForm({ ...form, nameState: { is: form.name === "" ? "empty" : "typing" } });
}

const onlyForm = {
  typed: stay,
  set: stay,
  paused: stay,
  checked: stay,
  submitted: stay,
  accepted: stay,
  refused: stay,
} as const;
const onlyFollowing = { heard: stay, lost: stay, found: stay, vanished: stay } as const;
const afresh = (): State => showForm();

const table: Table = {
  form: {
    ...onlyFollowing,
    typed,
    set: (state, { field, value }) => ({
      ...state,
      form: { ...state.form, values: { ...state.form.values, [field]: value } },
      refusal: null,
    }),
    paused: (state, { name }) =>
      state.form.nameState.is === "typing" && state.form.name === name
        ? { ...state, form: { ...state.form, nameState: { is: "checking" } } }
        : state,
    checked,
    submitted,
    accepted: stay,
    refused: stay,
    again: stay,
    afresh,
  },
  sending: {
    ...onlyForm,
    ...onlyFollowing,
    accepted: ({ form }, { id }) => follow(id, form),
    refused,
    again: stay,
    afresh: stay,
  },
  following: {
    ...onlyForm,
    heard,
    lost: (state) => ({ ...state, lost: state.lost + 1 }),
    found: (state) => (state.lost === 0 ? state : { ...state, lost: 0 }),
    vanished: ({ id, form }) => ({ at: "unknown", id, form }),
    again,
    afresh,
  },
  ready: { ...onlyForm, ...onlyFollowing, again, afresh },
  failed: {
    ...onlyForm,
    ...onlyFollowing,
    // The same once more: the name is the person's own.
    again: ({ form }) => ({ at: "sending", form: { ...form, nameState: { is: "free" } } }),
    afresh,
  },
  unknown: { ...onlyForm, ...onlyFollowing, again, afresh },
};

export function step(state: State, event: PortalEvent): State {
  const change = table[state.at][event.type] as (state: State, event: PortalEvent) => State;
  return change(state, event);
}
