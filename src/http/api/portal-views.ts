// What the portal's addresses tell, as plain JSON.
import type { PortalForm } from "../../engine/portal/form.ts";
import type { OwnStack } from "../../engine/portal/own-stacks.ts";
import type { DeploymentState } from "../../model/deployment.ts";
import { stackState } from "../../plan/state-words.ts";
import type { StackState } from "../../plan/state-words.ts";
import type { deploymentState, ownStack, portalSettings } from "./shapes/portal.ts";
import { timeOf } from "./times.ts";
import type { View } from "./shapes/immutable.ts";

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : timeOf(ms));

const logLinesShown = 50;

/** `{id, name, status, url?, error?, projectId?, …}`: what is not known yet is left out. */
export function deploymentView(state: DeploymentState): View<typeof deploymentState> {
  const { id, name, status, url, error, projectId, applicationId } = state;
  return {
    id,
    name,
    status,
    ...(url === null ? {} : { url }),
    ...(error === null ? {} : { error: error.message, log: error.log.slice(-logLinesShown) }),
    ...(projectId === null ? {} : { projectId }),
    ...(applicationId === null ? {} : { applicationId }),
    progress: Math.round(state.progress),
    currentStep: state.currentStep,
    steps: state.steps.map((step) => ({
      id: step.id,
      title: step.title,
      state: step.state,
      startedAt: timeOrNull(step.startedAtMs),
      endedAt: timeOrNull(step.endedAtMs),
      link: step.link,
    })),
    startedAt: timeOf(state.startedAtMs),
    endedAt: timeOrNull(state.endedAtMs),
  };
}

export function settingsView(form: PortalForm): View<typeof portalSettings> {
  const { title, suffix, template, mode, contact, quota, names, fields } = form;
  const { minLength, maxLength } = names;
  return {
    ...{ title, suffix, template, mode, contact, quota },
    names: { minLength, maxLength },
    fields: fields.map((field) => ({
      name: field.name,
      type: field.type,
      description: field.description,
      default: field.default,
      options: field.options,
    })),
  };
}

/** What left Git is on its way out, however well it still runs. */
function leavingState({ state, text }: Pick<StackState, "state" | "text">) {
  if (state === "waiting") return { state, text: "Its removal waits for an operator" };
  if (state === "removed" || state === "failing") return { state, text };
  return { state: "rolling-out" as const, text: "Being removed" };
}

/** Somebody waits for what was asked for, although no run of it has ended yet. */
function comingState({ waitsForReview }: OwnStack) {
  if (waitsForReview) return { state: "waiting" as const, text: "Waits for a review" };
  return { state: "rolling-out" as const, text: "Being created" };
}

function ownState(own: OwnStack, isBusy: boolean) {
  const { status } = own;
  if (status === null && own.deploymentId !== null) return comingState(own);
  const known = stackState({ status, suspendedSinceMs: null, busy: isBusy });
  return own.isLeaving ? leavingState(known) : known;
}

export function ownStackView(own: OwnStack, isBusy: boolean): View<typeof ownStack> {
  const { name, url, deploymentId, removable } = own;
  const { state, text } = ownState(own, isBusy);
  return { name, url, state, stateText: text, deploymentId, removable };
}
