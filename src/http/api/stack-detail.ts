// The whole of one stack: conditions, resources, plan, rollouts, history and its manifest.
import { anonymousId } from "../auth/visitors.ts";
import type { BuildStatus } from "../../engine/builds/builds.ts";
import type { Job } from "../../engine/reader/jobs.ts";
import type { StackNode } from "../../engine/reader/stack-node.ts";
import type { Timeline } from "../../engine/rollout/rollout-timeline.ts";
import type { RunRecord } from "../../model/history.ts";
import { mayDo } from "../../model/person.ts";
import type { Person } from "../../model/person.ts";
import { renderJson } from "../../plan/render/json.ts";
import type { StackJson } from "../../plan/render/json.ts";
import { serviceTitle } from "../../plan/render/words.ts";
import type { Plan } from "../../model/plan.ts";
import type { DriftState } from "../../model/status.ts";
import { buildViews, runsOfStack } from "./build-views.ts";
import { readApprovals } from "./overview.ts";
import type { ReadParts } from "./parts.ts";
import type { rollout, treeNode } from "./shapes/stack.ts";
import { revisionsOf } from "./stack-revisions.ts";
import { findStack, summaryOf } from "./stack-reads.ts";
import type { Found } from "./stack-reads.ts";
import { runsOf } from "../../model/kinds/table.ts";
import { timeOf } from "./times.ts";
import type { View } from "./shapes/immutable.ts";
import type { DetailView } from "./view-types.ts";

const runsShown = 10;
const actionsShown = 20;

export function planView(plan: Plan, revision: string): StackJson | null {
  const document = { revision, revisionTitle: "", plans: [plan], problems: [], heldPrune: null };
  return renderJson(document).stacks[0] ?? null;
}

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

/** What a person reads of the newest runs, by the ids of nodes. */
function runTexts(jobs: readonly Job[]): ReadonlyMap<string, string> {
  return new Map(
    jobs.map(({ service, kind, name, lastRun }) => {
      const text =
        lastRun === null
          ? "has not run yet"
          : `last run ${lastRun.status}, ${lastRun.at.slice(0, 16).replace("T", " ")} UTC`;
      return [`${service}/${kind}/${name}`, text];
    }),
  );
}

interface NodeParts {
  readonly links: ReadParts["links"];
  readonly runs: ReadonlyMap<string, string>;
}

function nodeView(
  { place, address, children, ...node }: StackNode,
  parts: NodeParts,
): View<typeof treeNode> {
  const { links, runs } = parts;
  const { id, kind, name, health, drift, change } = node;
  const run = runs.get(id);
  const detail = run === undefined ? node.detail : `${node.detail}, ${run}`;
  const { projectId = "", environmentId = "", service = null } = place ?? {};
  const page =
    place === null
      ? null
      : service === null
        ? links.environment(projectId, environmentId)
        : links.service(projectId, environmentId, service.kind, service.id);
  return {
    ...{ id, kind, name, detail, health, drift, change },
    url: address ?? page,
    children: children.map((child) => nodeView(child, parts)),
  };
}

function rolloutView(one: Timeline, reason: string): View<typeof rollout> {
  const { service, attempt, state, startedAtMs, endedAtMs, why, phases, log } = one;
  const ended = (ms: number | null): string | null => (ms === null ? null : timeOf(ms));
  return {
    service,
    name: serviceTitle(service),
    attempt: String(attempt),
    state,
    startedAt: timeOf(startedAtMs),
    endedAt: ended(endedAtMs),
    reason: why ?? reason,
    phases: phases.map((phase) => ({
      name: phase.name,
      startedAt: timeOf(phase.startedAtMs),
      endedAt: ended(phase.endedAtMs),
      detail: phase.detail,
    })),
    log,
  };
}

async function manifestOf(
  { status, desired }: Found,
  { engine, commits, links }: ReadParts,
): Promise<DetailView["manifest"]> {
  const revision = engine.state().revision ?? status?.revision ?? null;
  if (desired === null || revision === null || commits === null) return null;
  const { file, line } = desired.place;
  const text = await commits.file(revision, file).catch(() => null);
  return text === null ? null : { file, line, text, url: links.line(revision, file, line) };
}

/** The approval that its removals wait for. */
function approvalOf(
  name: string,
  status: Found["status"],
  parts: ReadParts,
): DetailView["approval"] {
  const outcome = status?.outcome;
  const waits = outcome?.kind === "waiting" && outcome.reason === "approval";
  const [found] = readApprovals(parts);
  if (found === undefined) return null;
  return waits || found.removals.some(({ stack }) => stack === name) ? found : null;
}

function driftView(drift: DriftState | null): DetailView["drift"] {
  if (drift === null) return null;
  const { reason, message, proposal, held } = drift;
  return { reason, message, proposal, held: held.map((one) => ({ ...one })) };
}

/** Throws `not-found` with a hint. */
export async function readStack(
  name: string,
  person: Person,
  parts: ReadParts,
): Promise<DetailView> {
  const { engine, links } = parts;
  findStack(engine, name);
  const builds: readonly BuildStatus[] = await engine.builds(name);
  // The rest is shown also while Dokploy does not answer.
  const jobs = await engine.jobs(name).catch(() => null);
  const manifest = await manifestOf(findStack(engine, name), parts);
  // What came meanwhile counts.
  const found = findStack(engine, name);
  await parts.stackCommits.load();
  await parts.book.load([parts.stackCommits.of(name) ?? ""]);
  const summary = summaryOf(name, found, parts);
  const { status, desired } = found;
  const plan = status?.plan ?? null;
  const runs = (desired?.services ?? []).map((one) => [one.key, runsOf(one)] as const);
  // Dokploy chooses the image of some databases.
  const images = new Map(runs.filter(([, image]) => image !== ""));
  const tree = engine.tree(name);
  const deploys = engine.deploys(name);
  const reasons = new Map(deploys.map(({ service, reason }) => [service, reason]));
  const newest = new Set<string>();
  const place = tree?.place ?? null;
  return {
    ...summary,
    conditions: (status?.conditions ?? []).map(({ sinceMs, type, ...condition }) => ({
      type,
      status: condition.status,
      reason: condition.reason,
      message: condition.message,
      revision: condition.revision,
      advisory: condition.isAdvisory === true,
      since: timeOf(sinceMs),
    })),
    drift: driftView(status?.drift ?? null),
    services: engine
      .services(name)
      .map(({ service, appName, server = null, running, wanted, commit, digest = null }) => ({
        name: serviceTitle(service),
        service,
        appName,
        server,
        running,
        wanted,
        image: images.get(service) ?? null,
        commit,
        digest,
      })),
    jobs: jobs?.map((job) => ({ ...job })) ?? null,
    tree: tree === null ? null : nodeView(tree, { links, runs: runTexts(jobs ?? []) }),
    notes: (plan?.notes ?? []).map(({ kind, message }) => ({ kind, message })),
    plan: plan === null || status === null ? null : planView(plan, status.revision),
    rollouts: engine.timelines(name).map((one) => {
      const isNewest = !newest.has(one.service);
      newest.add(one.service);
      return rolloutView(one, isNewest ? (reasons.get(one.service) ?? "") : "");
    }),
    approval: approvalOf(name, status, parts),
    lastDeploys: deploys.map(({ service, reason, revision, atMs }) => ({
      service,
      reason,
      revision,
      at: timeOf(atMs),
    })),
    builds: buildViews(builds, runsOfStack),
    history: engine.runs(name, runsShown).map(runView),
    revisions: await revisionsOf(name, found, summary, parts),
    manifest,
    dokployUrl: place === null ? null : links.environment(place.projectId, place.environmentId),
    may: {
      operate: mayDo(person, "operator"),
      remove:
        mayDo(person, "operator") ||
        (mayDo(person, "deployer") && person.id !== anonymousId && summary.owner === person.id),
    },
  };
}
