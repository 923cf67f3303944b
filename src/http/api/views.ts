// What the API tells, as plain JSON. Every field is named here one by one: statuses hold plans, and those
// hold whole configurations.
import type { BuildStatus } from "../../engine/builds.ts";
import type { Engine, Reconciling, ServiceLog } from "../../engine/engine.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { eventData } from "../../model/event-data.ts";
import type { RunRecord } from "../../model/history.ts";
import type { Plan } from "../../model/plan.ts";
import type { StackStatus } from "../../model/status.ts";
import { renderJson } from "../../plan/render-json.ts";
import type { PlanJson } from "../../plan/render-json.ts";
import type { PlanDocument } from "../../plan/render-view.ts";
import { serviceTitle } from "../../plan/render-words.ts";
import { buildViews, runsOfStack } from "./build-views.ts";
import type { FeedEvent } from "./feed.ts";

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** A stack in a list; `status` null: it has not been looked at yet. */
export function stackSummary(name: string, status: StackStatus | null, engine: Engine) {
  const ready = status?.conditions.find(({ type }) => type === "Ready");
  const suspension = engine.suspension(name);
  return {
    name,
    project: status?.project ?? null,
    revision: status?.revision ?? null,
    ready: ready?.status === "True",
    outcome: status?.outcome.kind ?? null,
    /** A run is due or under way, or a rollout is followed. */
    busy: engine.isBusy(name),
    reason: ready?.reason ?? "Unknown",
    message: ready?.message ?? "it has not been looked at yet",
    urls: status?.urls ?? [],
    suspended:
      suspension === null ? null : { by: suspension.by, since: timeOf(suspension.sinceMs) },
    lastRun: status === null ? null : timeOf(status.lastRunMs),
  };
}

function planView(plan: Plan, revision: string): PlanJson["stacks"][number] | null {
  const document = { revision, revisionTitle: "", plans: [plan], problems: [], heldPrune: null };
  return renderJson(document).stacks[0] ?? null;
}

const runsShown = 10;
const actionsShown = 20;
const problemsShown = 500;

function runView({ endedAtMs, revision, outcome, message, reasons, actions }: RunRecord) {
  return {
    at: timeOf(endedAtMs),
    revision,
    outcome,
    message,
    reasons,
    actions: actions.slice(0, actionsShown).map(({ title, status, message: why, reason }) => ({
      title,
      status,
      message: why,
      reason,
    })),
  };
}

export function stackDetail(
  name: string,
  status: StackStatus | null,
  desired: DesiredStack | null,
  builds: readonly BuildStatus[],
  engine: Engine,
) {
  const plan = status?.plan ?? null;
  const images = new Map(desired?.services.map(({ key, spec }) => [key, spec.image]));
  return {
    ...stackSummary(name, status, engine),
    conditions: (status?.conditions ?? []).map(({ sinceMs, type, ...condition }) => ({
      type,
      status: condition.status,
      reason: condition.reason,
      message: condition.message,
      revision: condition.revision,
      since: timeOf(sinceMs),
    })),
    services: engine.services(name).map(({ service, appName, running, wanted }) => ({
      name: serviceTitle(service),
      service,
      appName,
      running,
      wanted,
      image: images.get(service) ?? null,
    })),
    notes: (plan?.notes ?? []).map(({ kind, message }) => ({ kind, message })),
    /** Of the last run, before it was carried out. */
    plan: plan === null || status === null ? null : planView(plan, status.revision),
    lastDeploys: engine.deploys(name).map(({ service, reason, revision, atMs }) => ({
      service,
      reason,
      revision,
      at: timeOf(atMs),
    })),
    /** Of its images. */
    builds: buildViews(builds, runsOfStack),
    history: engine.runs(name, runsShown).map(runView),
  };
}

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

/** What was asked for, with the mistakes that keep stacks from it. */
export function reconcilingView({ revision, stacks, problems }: Reconciling) {
  return {
    revision,
    stacks,
    problems: problems.slice(0, problemsShown).map(({ place, message, hint, stack }) => ({
      file: place.file,
      line: place.line,
      column: place.column,
      message,
      hint,
      stack,
    })),
    totalProblems: problems.length,
  };
}

export function logsView(logs: readonly ServiceLog[]) {
  return logs.map(({ service, lines }) => ({ name: serviceTitle(service), service, lines }));
}

const longestText = 8_000;
/** Names that Git and Dokploy know in clear: a short secret that is also a word must not blank them. */
const names: ReadonlySet<string> = new Set([
  "name",
  "project",
  "service",
  "appName",
  "stack",
  "id",
  "revision",
  "kind",
  "level",
  "type",
  "phase",
  "what",
  "when",
  "outcome",
  "status",
  "change",
  "at",
  "since",
  "lastRun",
]);

/** Passes every text through `redact` (P5), and cuts what is longer than anybody reads (P7). */
export function cleaned(value: unknown, redact: (text: string) => string, key = ""): unknown {
  if (typeof value === "string") {
    const text = names.has(key) ? value : redact(value);
    return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  }
  if (Array.isArray(value)) return value.map((one) => cleaned(one, redact, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, cleaned(one, redact, name)]),
  );
}
