// What is worth remembering of the engine's work goes to the store: runs that did something or ended
// differently from the one before, with their actions and causes, and events. A run that finds all as it
// was writes nothing.
import { mapTexts } from "../../lib/map-texts.ts";
import type { Redactor } from "../../lib/redact.ts";
import { vocabulary } from "../../model/event-data.ts";
import type { ActionRecord, RunRecord } from "../../model/history.ts";
import type { Event } from "../../model/status.ts";
import { actionOrder, actionTarget } from "../../plan/action-words.ts";
import type { Store } from "../../ports-store.ts";
import type { ToldCause } from "../memory/cause-line.ts";
import type { EventLog } from "./events.ts";
import type { ActionResult } from "../execution/execute.ts";

export interface EndedRun extends Omit<RunRecord, "actions"> {
  /** Whether it ended differently from the run before; null: there was none in this process. */
  readonly changed: boolean | null;
}

export interface History {
  /** From now on what happens is written, and what has happened so far: until then this process only reads. */
  begin(): void;
  /** An action of the run of a stack that is under way ended. */
  action(stack: string, result: ActionResult, told: ToldCause): void;
  ended(run: EndedRun): void;
}

export interface HistoryOptions {
  readonly store: Pick<Store, "recordRun" | "recordEvent" | "runs">;
  readonly events: EventLog;
  readonly redactor: Redactor;
}

/** P7: of one run. */
const actionsKept = 200;
const longestMessage = 1_000;

export function createHistory({ store, events, redactor }: HistoryOptions): History {
  const actions = new Map<string, ActionRecord[]>();
  /** Stacks whose run was recorded, and how it ended not told yet. */
  const recorded = new Set<string>();
  let begun = false;

  function text(message: string): string {
    return redactor.redact(message).slice(0, longestMessage);
  }

  function onEvent(event: Event): void {
    if (!begun) return;
    // After a start every stack tells how its first run ended: what is as it was recorded is no news.
    const isKnown = event.kind === "outcome" && !recorded.delete(event.stack ?? "");
    if (!isKnown) store.recordEvent(event);
  }

  /** After a start the last run is in the store alone. */
  function isNews({ stack, outcome }: EndedRun, message: string): boolean {
    try {
      const last = store.runs(stack, 1)[0];
      if (last === undefined) return outcome !== "removed";
      return last.outcome !== outcome || last.message !== message;
    } catch {
      // It will be told when it is written.
      return true;
    }
  }

  events.listen(onEvent);

  return {
    begin() {
      if (begun) return;
      begun = true;
      for (const event of events.own()) onEvent(event);
    },
    action(stack, { action, status, message }, told) {
      const known = actions.get(stack) ?? [];
      actions.set(stack, known);
      if (known.length >= actionsKept) return;
      known.push({
        type: action.type,
        service: "service" in action ? action.service : null,
        cause: mapTexts(told.cause, text, vocabulary),
        title: text(actionOrder({ type: action.type, target: actionTarget(action) })),
        status,
        message: text(message),
        reason: text(told.line),
      });
    },
    ended({ changed, ...run }) {
      const done = actions.get(run.stack) ?? [];
      actions.delete(run.stack);
      recorded.delete(run.stack);
      if (!begun) return;
      const message = text(run.message);
      // A try that fails as the last one did is no news.
      const did = done.some(({ status }) => status === "done");
      // How a rollout goes on is in the events.
      if (!did && run.outcome === "progressing") return;
      if (!did && !(changed ?? isNews({ changed, ...run }, message))) return;
      store.recordRun({ ...run, message, actions: done });
      recorded.add(run.stack);
    },
  };
}
