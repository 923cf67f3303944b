// Changes of the little Hetzner Cloud API: each runs for a while, locks its zone meanwhile, and is made at its end.
import type { FakeZone } from "./fake-hetzner.ts";

export interface Action {
  readonly id: number;
  readonly zone: FakeZone;
  left: number;
  status: "running" | "success" | "error";
  readonly command: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly apply: () => void;
}

/** What new actions are like: how often they are seen running, and what they end in, instead of success. */
export interface ActionSettings {
  readonly polls: number;
  readonly error: Action["error"];
}

export interface FakeActions {
  begin(zone: FakeZone, command: string, apply: () => void): Action;
  /** The action with this id; time passes for it. */
  look(id: string | undefined): Action | undefined;
  /** Whether an action of the zone runs; time passes for all of them. */
  isBusy(zone: FakeZone): boolean;
}

export function fakeActions(settings: () => ActionSettings): FakeActions {
  const actions: Action[] = [];

  function tick(action: Action): void {
    if (action.status !== "running") return;
    action.left -= 1;
    if (action.left > 0) return;
    action.status = action.error === null ? "success" : "error";
    if (action.error === null) action.apply();
  }

  return {
    begin(zone, command, apply) {
      const { polls, error } = settings();
      const id = actions.length + 1;
      const action: Action = {
        id,
        zone,
        left: polls + 1,
        status: "running",
        command,
        error,
        apply,
      };
      actions.push(action);
      tick(action);
      return action;
    },
    look(id) {
      const action = actions.find((one) => String(one.id) === id);
      if (action !== undefined) tick(action);
      return action;
    },
    isBusy(zone) {
      const ofZone = actions.filter((one) => one.zone === zone);
      // Time passes for actions that nobody asks for as well.
      for (const action of ofZone) tick(action);
      return ofZone.some(({ status }) => status === "running");
    },
  };
}
