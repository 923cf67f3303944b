// What the API tells of plans, problems, events and logs, as plain JSON. Every field is named here one by
// one: statuses hold plans, and those hold whole configurations.
import type { Reconciling, ServiceLog } from "../../engine/engine.ts";
import type { Problem } from "../../model/desired.ts";
import { eventData } from "../../model/event-data.ts";
import { renderJson } from "../../plan/render/json.ts";
import type { PlanDocument } from "../../plan/render/view.ts";
import { serviceTitle } from "../../plan/render/words.ts";
import type { Links } from "../links.ts";
import type { FeedEvent } from "./feed.ts";
import { timeOf } from "./times.ts";

export const problemsShown = 500;

export function eventView({ id, event }: FeedEvent) {
  const { atMs, kind, level, stack, revision, message } = event;
  return { id, at: timeOf(atMs), kind, level, stack, revision, message, ...eventData(event) };
}

/** Of many stacks the first `limit`; those without a change come last. */
export function planDocument(document: PlanDocument, limit: number) {
  const { stacks, problems, orphans, ...rest } = renderJson(document, "run");
  const busyFirst = [...stacks].sort(
    (a, b) => Number(a.change === "unchanged") - Number(b.change === "unchanged"),
  );
  return {
    ...rest,
    stacks: busyFirst.slice(0, limit),
    problems: problems.slice(0, limit),
    orphans: orphans.slice(0, limit),
    totalStacks: stacks.length,
    totalProblems: problems.length,
  };
}

/** A mistake in a manifest. */
export function problemView(
  { place: { file, line, column }, message, hint, stack }: Problem,
  revision: string | null,
  links: Pick<Links, "line">,
) {
  const url = revision === null ? null : links.line(revision, file, line);
  return { file, line, column, message, hint, stack, url };
}

/** What was asked for, with the mistakes that keep stacks from it. */
export function reconcilingView(
  { revision, stacks, problems }: Reconciling,
  links: Pick<Links, "line">,
) {
  return {
    revision,
    stacks,
    problems: problems.slice(0, problemsShown).map((one) => problemView(one, revision, links)),
    totalProblems: problems.length,
  };
}

export function logsView(logs: readonly ServiceLog[]) {
  return logs.map(({ service, lines }) => ({ name: serviceTitle(service), service, lines }));
}
