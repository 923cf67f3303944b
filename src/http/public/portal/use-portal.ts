// The portal's effects: what each state of the machine asks of the network, and which event comes of it.
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import type { Answer, Browser } from "../browser.ts";
import type {
  DeploymentStateView,
  FormFieldView,
  OwnStackView,
  PortalSettingsView,
} from "../../api/shapes/portal.ts";
import { keepingName, sentence } from "../lib/words.ts";
import { follow, showForm, step } from "./machine.ts";
import type { NameState, PortalEvent, State } from "./machine.ts";
import type { PortalData } from "./portal-data.ts";
import { parametersOf } from "./settings-fields.ts";

export interface Portal {
  readonly state: State;
  readonly stacks: readonly OwnStackView[];
  /** The server knows the caller no more: nothing works until they sign in again. */
  readonly isSignedOut: boolean;
  readonly tell: (event: PortalEvent) => void;
  /** The removal of a stack is in Git, or waits for a review there. */
  readonly removed: (name: string, waitsForReview: boolean) => void;
}

interface NameCheck {
  readonly available: boolean;
  readonly valid: boolean;
  readonly error?: string;
  readonly yours: boolean;
}

const typingPauseMs = 300;
const refreshMs = 5_000;
const longestWaitMs = 10_000;

export function initialState({ deployment }: PortalData): State {
  if (deployment === null) return showForm();
  const { id, state } = deployment;
  if (state === null) return step(follow(id), { type: "vanished" });
  return step(follow(id), { type: "heard", deployment: state });
}

/** What an answer to the check says of the name. */
export function nameStateOf(answer: Answer<NameCheck>, name: string): NameState {
  if (!answer.ok) {
    const next = answer.status === 401 ? "Sign in again." : "You can still try it.";
    return { is: "unchecked", why: `The name could not be checked. ${next}` };
  }
  const { available, valid, error, yours } = answer.value;
  if (yours) return { is: "yours" };
  if (available && valid) return { is: "free" };
  const why = error ?? (valid ? "this name is taken" : "this name cannot be used");
  return { is: "refused", why: keepingName(sentence(why), name) };
}

function useNameCheck(state: State, tell: Portal["tell"], browser: Browser): void {
  const name = state.at === "form" ? state.form.name : "";
  const is = state.at === "form" ? state.form.nameState.is : "empty";
  useEffect(() => {
    if (is === "typing") return browser.after(typingPauseMs, () => tell({ type: "paused", name }));
    if (is !== "checking") return undefined;
    let isWanted = true;
    void browser.get<NameCheck>(`/api/check/${encodeURIComponent(name)}`).then((answer) => {
      if (isWanted) tell({ type: "checked", name, nameState: nameStateOf(answer, name) });
    });
    return () => {
      isWanted = false;
    };
  }, [name, is]);
}

interface Accepted {
  readonly deploymentId: string;
}

function useSending(
  state: State,
  settings: PortalSettingsView,
  tell: Portal["tell"],
  browser: Browser,
): void {
  const isSending = state.at === "sending";
  useEffect(() => {
    if (state.at !== "sending") return;
    const { name, values } = state.form;
    const fields: readonly FormFieldView[] = settings.fields;
    const body = { name, template: settings.template, parameters: parametersOf(fields, values) };
    void browser.send<Accepted>("POST", "/api/deploy", body).then((answer) => {
      if (answer.ok) {
        tell({ type: "accepted", id: answer.value.deploymentId });
        return;
      }
      const why = keepingName(answer.message, name);
      tell({ type: "refused", why, isName: answer.status === 409 });
    });
  }, [isSending]);
}

/** Server-sent events; after a loss the state is asked for once, and then listened for again. */
function useFollowing(state: State, tell: Portal["tell"], browser: Browser): void {
  const id = state.at === "following" ? state.id : null;
  const lost = state.at === "following" ? state.lost : 0;
  useEffect(() => {
    if (id === null) return undefined;
    const path = `/api/status/${encodeURIComponent(id)}`;
    const hear = (value: unknown): void => {
      tell({ type: "heard", deployment: value as DeploymentStateView });
    };
    if (lost === 0) {
      return browser.listen(path, ["progress", "complete", "error"], {
        onEvent: (_, data) => hear(data),
        onLost: () => tell({ type: "lost" }),
      });
    }
    let isWanted = true;
    const ask = async (): Promise<void> => {
      const answer = await browser.get(path);
      if (!isWanted) return;
      if (answer.ok) {
        hear(answer.value);
        tell({ type: "found" });
      } else if (answer.status === 404) tell({ type: "vanished" });
      else tell({ type: "lost" });
    };
    const waitMs = lost === 1 ? 300 : Math.min(500 * 2 ** lost, longestWaitMs);
    const cancel = browser.after(waitMs, () => void ask());
    return () => {
      isWanted = false;
      cancel();
    };
  }, [id, lost]);
}

function useAddress(state: State, browser: Browser): void {
  const id =
    state.at === "following" || state.at === "unknown"
      ? state.id
      : state.at === "ready" || state.at === "failed"
        ? state.deployment.id
        : null;
  useEffect(() => {
    browser.setPath(id === null ? "/" : `/?deployment=${encodeURIComponent(id)}`, "replace");
  }, [id]);
}

/** What the server does not know yet of a stack that was just removed. */
function leavingText(waitsForReview: boolean): Partial<OwnStackView> {
  const stateText = waitsForReview ? "Its removal waits for a review" : "Being removed";
  const state = waitsForReview ? "waiting" : "rolling-out";
  return { state, stateText, url: null, deploymentId: null, removable: false };
}

function useOwnStacks(data: PortalData, at: State["at"], browser: Browser) {
  const [known, setStacks] = useState(data.stacks);
  const [asked, setAsked] = useState<ReadonlyMap<string, boolean>>(new Map());
  const stacks = known.map((stack) => {
    const waitsForReview = asked.get(stack.name);
    if (waitsForReview === undefined || !stack.removable) return stack;
    return { ...stack, ...leavingText(waitsForReview) };
  });
  const reload = async (): Promise<void> => {
    const answer = await browser.get<{ readonly stacks: readonly OwnStackView[] }>(
      "/api/v1/portal/stacks",
    );
    if (!answer.ok) return;
    const { stacks: now } = answer.value;
    setStacks(now);
    // Once it has gone, a new one may have the name.
    setAsked((all) => new Map([...all].filter(([name]) => now.some((one) => one.name === name))));
  };
  useEffect(() => {
    if (at === "following" || at === "ready" || at === "failed") void reload();
  }, [at]);
  const isMoving = stacks.some(({ state }) => state !== "ready" && state !== "failing");
  useEffect(() => {
    if (!isMoving) return undefined;
    return browser.every(refreshMs, () => void reload());
  }, [isMoving]);
  const removed: Portal["removed"] = (name, waitsForReview) => {
    setAsked((all) => new Map(all).set(name, waitsForReview));
    void reload();
  };
  return { stacks, removed };
}

/** The same browser; each answer says whether the server still knows the caller. */
function useSession(): { readonly browser: Browser; readonly isSignedOut: boolean } {
  const browser = useBrowser();
  const [isSignedOut, setSignedOut] = useState(false);
  const watched = useMemo((): Browser => {
    const seen = <T>(answer: Answer<T>): Answer<T> => {
      if (answer.ok) setSignedOut(false);
      else if (answer.status === 401) setSignedOut(true);
      return answer;
    };
    return {
      ...browser,
      get: async <T>(path: string) => seen(await browser.get<T>(path)),
      send: async <T>(...sent: Parameters<Browser["send"]>) => seen(await browser.send<T>(...sent)),
    };
  }, [browser]);
  return { browser: watched, isSignedOut };
}

export function usePortal(data: PortalData): Portal {
  const { browser, isSignedOut } = useSession();
  const [state, tell] = useReducer(step, data, initialState);
  useNameCheck(state, tell, browser);
  useSending(state, data.settings, tell, browser);
  useFollowing(state, tell, browser);
  useAddress(state, browser);
  const own = useOwnStacks(data, state.at, browser);
  return { state, isSignedOut, tell, ...own };
}
