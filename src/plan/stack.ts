// The plan of one stack: its project, environments and services, then what the manifest no longer
// has. Pure: the same input gives the same plan, whatever the order of the lists in it.
import {
  describe,
  markerIdLength,
  ownerName,
  parseMarker,
  withoutMarker,
} from "../model/marker.ts";
import type { Cause } from "../model/cause.ts";
import type { DesiredStack } from "../model/desired.ts";
import type { Marker } from "../model/marker.ts";
import type { ObservedProject } from "../model/observed.ts";
import type { Action, FieldChange, LeftDrift, Mark, Note, Plan } from "../model/plan.ts";
import { causeText } from "./cause-words.ts";
import { deleteService } from "./delete-service.ts";
import { diffVariables, shorten } from "./diff.ts";
import type { PlanInput } from "./input.ts";
import type { Rollout, ServicePlan } from "./new-service.ts";
import { leftOfProject, projectToWrite, proposes } from "./left-drift.ts";
import { matchServices, nothingMatched } from "./match.ts";
import type { Matched } from "./match.ts";
import { projectKey, servicesOf } from "./ownership.ts";
import type { ProjectResolution } from "./ownership.ts";
import { projectOf, resolve } from "./reads.ts";
import { leftServices } from "./removals.ts";
import { silentServices } from "./replace.ts";
import { behindJobs, leftAtWork } from "./rollout-jobs.ts";
import { outlivesManifest, volumeNote } from "./retained.ts";
import { planService } from "./service.ts";
import { leftMark } from "./settle.ts";

function refused(stack: string, conflict: string): Plan {
  return { stack, actions: [], notes: [], conflict };
}

function projectMarker(input: PlanInput, project: ObservedProject | null): Marker {
  return {
    owner: ownerName(input.ownership.instance, input.desired.name),
    key: projectKey,
    id: project === null ? null : project.projectId.slice(0, markerIdLength),
    want: null,
    done: null,
    live: null,
    bad: input.rollback?.hash ?? null,
    keep: outlivesManifest(input.desired),
    rev: null,
  };
}

interface ProjectPlan {
  readonly actions: readonly Action[];
  readonly mark: Mark | null;
}

function planProject(
  input: PlanInput,
  resolution: ProjectResolution,
  left: LeftDrift | null,
): ProjectPlan {
  const { desired } = input;
  const project = projectOf(resolution);
  const marker = projectMarker(input, project);
  const description = describe(desired.description, marker);
  if (project === null) {
    const action: Action = {
      type: "create-project",
      name: desired.project,
      description,
      variables: desired.variables,
      cause: { kind: "missing" },
      risk: "none",
      changes: [
        { path: "name", was: null, is: desired.project },
        ...diffVariables(desired.variables, {}, desired.secretVariables),
      ],
    };
    return { actions: [action], mark: null };
  }
  const changes: FieldChange[] = [];
  const written = projectToWrite(desired, project, left);
  if (project.name !== written.project) {
    changes.push({ path: "name", was: project.name, is: written.project });
  }
  const text = withoutMarker(project.description);
  if (text !== desired.description) {
    changes.push({ path: "description", was: shorten(text), is: shorten(desired.description) });
  }
  changes.push(...diffVariables(written.variables, project.variables, desired.secretVariables));
  if (resolution.kind === "moved") {
    changes.push({ path: "owner", was: resolution.from, is: desired.name });
  }
  if (resolution.kind === "adopted") changes.push({ path: "owner", was: null, is: desired.name });
  if (changes.length > 0) {
    const cause: Cause =
      resolution.kind === "adopted"
        ? { kind: "adopted" }
        : resolution.kind === "moved"
          ? { kind: "renamed", from: resolution.from }
          : { kind: "differs", fields: changes.map((change) => change.path) };
    const action: Action = {
      type: "update-project",
      projectId: project.projectId,
      name: written.project,
      description,
      variables: written.variables,
      cause,
      risk: "none",
      changes,
    };
    return { actions: [action], mark: null };
  }
  const mark: Mark | null =
    project.description === description
      ? null
      : {
          key: projectKey,
          kind: "project",
          id: project.projectId,
          text: desired.description,
          marker,
        };
  return { actions: [], mark };
}

/** Fields of a project that stand in its description. */
const isMarked = ({ path }: FieldChange): boolean => path === "owner" || path === "description";

/**
 * The same, where adopting it changes nothing but whose it is: its name and variables, which one request would write
 * with the description, are left as they are.
 */
function asMark(action: Action, input: PlanInput): Action {
  if (action.type !== "update-project" || action.cause.kind !== "adopted") return action;
  if (!action.changes.every(isMarked)) return action;
  const { projectId: id, cause, changes } = action;
  const project = input.ownership.byId.get(id) ?? null;
  const { description: text } = input.desired;
  const marker = projectMarker(input, project);
  const mark: Mark = { key: projectKey, kind: "project", id, text, marker };
  return { type: "mark", marks: [mark], cause, risk: "none", changes };
}

/** What a rollback left, as the project's marker says. */
function leftOf(project: ObservedProject): string | null {
  return parseMarker(project.description)?.bad ?? null;
}

/** Services and environments of this stack that the manifest no longer has. */
function planRemovals(
  input: PlanInput,
  project: ObservedProject,
  matched: Matched,
): { actions: Action[]; notes: Note[]; marks: Mark[] } {
  const { desired } = input;
  const actions: Action[] = [];
  /** Written before anything else. */
  const marks: Mark[] = [];
  const notes: Note[] = [];
  const left = leftServices(desired, matched);
  for (const [key, place] of input.rollback ? [...left.goes, ...left.stays] : []) {
    const message = `${key} is not in ${input.rollback?.cause.to ?? ""} and stays as it is: a rollback removes nothing`;
    notes.push({ kind: "held", message });
    marks.push(...[leftMark(place, input)].flatMap((mark) => mark ?? []));
  }
  if (input.rollback) return { actions, notes, marks };
  for (const [key] of left.stays) {
    notes.push({ kind: "retained", message: `${key} is no longer in Git and is kept` });
  }
  for (const [key, place] of left.goes) {
    actions.push(deleteService(key, place, { kind: "left-git", what: "service", kept: false }));
    notes.push(
      ...[volumeNote(key, place.service.appName, input.previous)].flatMap((note) => note ?? []),
    );
  }
  for (const place of left.madeTwice) {
    actions.push(deleteService(place.marker?.key ?? "", place, { kind: "duplicate" }));
  }
  for (const { service } of left.ranTwice) {
    notes.push({
      kind: "copy",
      message: `${service.name} (${service.id}) carries the same key as an older service and has run: remove one by hand`,
    });
  }
  const deleted = new Set(
    actions.flatMap((action) => (action.type === "delete-service" ? [action.id] : [])),
  );
  const letGo = input.letGo ?? new Set();
  const isLetGo = ({ environmentId }: { environmentId: string }): boolean =>
    letGo.has(environmentId);
  if (desired.sync.prune && (actions.length > 0 || project.environments.some(isLetGo))) {
    const byName = [...project.environments].sort((a, b) =>
      `${a.name} ${a.environmentId}` < `${b.name} ${b.environmentId}` ? -1 : 1,
    );
    for (const environment of byName) {
      const remains = environment.services.some((service) => !deleted.has(service.id));
      const named = desired.environments.includes(environment.name);
      // One that was let go is ours still, though what was in it has gone (O4).
      const hadOurs =
        environment.services.some((service) => deleted.has(service.id)) || isLetGo(environment);
      if (environment.isDefault || named || remains || !hadOurs) continue;
      actions.push({
        type: "delete-environment",
        environmentId: environment.environmentId,
        environment: environment.name,
        cause: { kind: "left-git", what: "environment", kept: false },
        risk: "none",
        changes: [],
      });
    }
  }
  return { actions, notes, marks };
}

function marking(marks: readonly Mark[], cause: Cause): readonly Action[] {
  if (marks.length === 0) return [];
  const changes = marks.flatMap(({ key, text, textWas }): FieldChange[] =>
    textWas === undefined
      ? []
      : [{ path: `description of ${key}`, was: shorten(textWas), is: shorten(text) }],
  );
  return [{ type: "mark", marks, cause, risk: "none", changes }];
}

/** Rollouts that can begin come first; each of the others says what it waits for. */
function inOrder(desired: DesiredStack, plans: readonly ServicePlan[]): readonly Rollout[] {
  const keys = desired.services.map(({ key }) => key);
  const unsettled = new Set(keys.filter((_, index) => plans[index]?.isSettled === false));
  const rollouts = plans
    .flatMap(({ rollout }) => rollout ?? [])
    .map((rollout) => ({
      ...rollout,
      waitsFor: [
        ...new Set([
          ...rollout.desired.after.filter((key) => unsettled.has(key)),
          ...rollout.waitsFor,
        ]),
      ],
    }));
  const isFree = ({ waitsFor }: Rollout): boolean => waitsFor.length === 0;
  return [...rollouts.filter(isFree), ...rollouts.filter((rollout) => !isFree(rollout))];
}

/** What turns the observed into the desired stack. Empty `actions` and no conflict: converged. */
export function planStack(input: PlanInput): Plan {
  const { desired } = input;
  const resolution = resolve(input);
  if (resolution.kind === "conflict") return refused(desired.name, resolution.message);
  const project = projectOf(resolution);
  const matched = project === null ? nothingMatched(input) : matchServices(input, project);
  if (matched.conflict !== null) return refused(desired.name, matched.conflict);

  const leftProject =
    project !== null && resolution.kind === "owned" ? leftOfProject(input, project, matched) : null;
  const projectPlan = planProject(input, resolution, leftProject);
  // Variables that are left are no service's drift.
  const variables =
    project === null ? {} : leftProject === null ? project.variables : desired.variables;
  const services = behindJobs(
    desired,
    desired.services.map((service) =>
      planService(service, matched.mine.get(service.key) ?? null, variables, input),
    ),
    leftAtWork(desired, matched, input),
  );
  const refusal = services.find((service) => service.refusal !== null)?.refusal ?? null;
  if (refusal !== null) return refused(desired.name, refusal);
  const silent = silentServices(input, (key) => matched.mine.get(key));
  const removals = project === null ? null : planRemovals(input, project, matched);
  const leaves = project !== null && leftOf(project) !== (input.rollback?.hash ?? null);
  const before = [
    ...(leaves ? [projectPlan.mark] : []).flatMap((mark) => mark ?? []),
    ...services.flatMap((service) => service.before ?? []),
    ...(removals?.marks ?? []),
  ];
  const actions: Action[] = [
    ...marking(before, input.rollback?.cause ?? { kind: "marker", when: "before" }),
    ...projectPlan.actions,
  ];
  const notes: Note[] = [...matched.notes];
  if (input.rollback) notes.push({ kind: "held", message: causeText(input.rollback.cause) });
  const existing = new Set(project?.environments.map((environment) => environment.name));
  for (const environment of [...desired.environments].sort()) {
    if (existing.has(environment) || (project === null && environment === "production")) continue;
    actions.push({
      type: "create-environment",
      environment,
      cause: { kind: "missing" },
      risk: "none",
      changes: [],
    });
  }
  actions.push(...services.flatMap((service) => service.actions));
  const rollouts = inOrder(desired, services);
  actions.push(...rollouts);
  const serviceMarks = services.flatMap((service) => service.mark ?? []);
  // A project's marker without an id can wait for its services' and share their request.
  const waits = rollouts.length > 0 && serviceMarks.length === 0;
  const marks = [leaves ? null : projectPlan.mark, ...serviceMarks].flatMap((mark) =>
    mark === null || waits ? [] : [mark],
  );
  actions.push(...marking(marks, { kind: "marker", when: "after" }));
  actions.push(...services.flatMap((service) => service.last));
  notes.push(...services.flatMap((service) => service.notes));
  if (removals !== null) {
    actions.push(...removals.actions);
    notes.push(...removals.notes);
  }
  if (resolution.kind === "owned" && !input.rollback) {
    for (const younger of resolution.younger) {
      if (servicesOf(younger).length > 0) {
        notes.push({
          kind: "copy",
          message: `the project ${younger.projectId} carries the marker of ${desired.name} too and is not empty: remove one by hand`,
        });
        continue;
      }
      actions.push({
        type: "delete-project",
        projectId: younger.projectId,
        name: younger.name,
        cause: { kind: "duplicate" },
        risk: "none",
        changes: [],
      });
    }
  }
  for (const [key, why] of silent) {
    notes.push({
      kind: "other-server",
      message: `${key}: ${why}: nothing is done to it until it does`,
    });
  }
  const isQuiet = actions.every(({ type }) => type === "mark" || type === "update-project");
  return {
    stack: desired.name,
    actions: isQuiet ? actions.map((action) => asMark(action, input)) : actions,
    notes: notes.sort(byMessage),
    ...(proposes(input) && {
      left: [leftProject, ...services.map(({ left }) => left)].flatMap((left) => left ?? []),
    }),
    ...(silent.size === 0 ? {} : { silent }),
    conflict: null,
  };
}

function byMessage(a: Note, b: Note): number {
  return a.message < b.message ? -1 : a.message > b.message ? 1 : 0;
}
