// The plan of a proposal whose author may not see secrets: what Git would say against what it says now, and
// nothing else. Whether a field counts as changed must not depend on the server or on a secret's value, and no
// value is shown: whoever may open a pull request could test guesses otherwise (P9). Only names are. Pure.
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { appliesLive, flatten, rootOf } from "../model/fields.ts";
import type { Action, FieldChange, Plan } from "../model/plan.ts";
import { gainedAccess } from "./host-access.ts";
import { blankMarker, planNew } from "./new-service.ts";

const notShown = "(not shown)";
/** Their paths hold what a manifest gives as a value: user names and patterns. */
const namelessRoots: ReadonlySet<string> = new Set(["basicAuth", "redirects"]);

type Texts = ReadonlyMap<string, string>;

function textsOf(service: DesiredService): Texts {
  const { secretUses } = service;
  const texts = new Map(flatten(service));
  for (const { host, ...wish } of service.dns ?? []) {
    texts.set(`domains.${host}.dns`, JSON.stringify(wish));
  }
  // No secret was read, so that two names read alike.
  for (const [path, use] of secretUses ?? []) {
    texts.set(path, `${texts.get(path) ?? ""} ${JSON.stringify(use)}`);
  }
  return texts;
}

function changesOf(before: Texts, next: Texts): readonly FieldChange[] {
  const found = new Map<string, FieldChange>();
  for (const path of [...new Set([...before.keys(), ...next.keys()])].sort()) {
    if (before.get(path) === next.get(path)) continue;
    const isNameless = namelessRoots.has(rootOf(path));
    const name = isNameless ? rootOf(path) : path;
    found.set(name, {
      path: name,
      was: isNameless || before.has(path) ? notShown : null,
      is: isNameless || next.has(path) ? notShown : null,
    });
  }
  return [...found.values()];
}

function variables(stack: DesiredStack | null): Texts {
  const pairs = Object.entries(stack?.variables ?? {});
  return new Map(pairs.map(([name, value]) => [`variables.${name}`, value]));
}

function ofProject(before: DesiredStack, next: DesiredStack): readonly Action[] {
  const changes = [
    ...changesOf(
      new Map([
        ["name", before.project],
        ["description", before.description],
      ]),
      new Map([
        ["name", next.project],
        ["description", next.description],
      ]),
    ),
    ...changesOf(variables(before), variables(next)),
  ];
  if (changes.length === 0) return [];
  const { project: name, description } = next;
  const cause = { kind: "differs", fields: changes.map(({ path }) => path) } as const;
  const shared = { cause, risk: "none", changes } as const;
  return [{ type: "update-project", projectId: "", name, description, variables: {}, ...shared }];
}

function ofService(
  before: DesiredService | null,
  next: DesiredService,
  stack: DesiredStack,
): readonly Action[] {
  const owner = stack.name;
  const changes = changesOf(before === null ? new Map() : textsOf(before), textsOf(next));
  if (before === null) {
    const created = planNew(next, stack, owner, null, null).actions.filter(
      ({ type }) => type !== "create-child",
    );
    return created.map((action): Action => ({
      ...action,
      changes: action.type === "configure-service" ? changes : [],
      ...(action.type === "configure-service" && { gains: gainedAccess(next, null, "names") }),
    }));
  }
  if (before.server !== next.server) {
    const [from, to] = [before.server ?? "dokploy", next.server ?? "dokploy"];
    const replaced: Action = {
      ...removal(before),
      cause: { kind: "replaced", from, to },
      risk: "replace",
      changes: [{ path: "server", was: from, is: to }],
    };
    return [replaced, ...ofService(null, next, stack)];
  }
  if (changes.length === 0) return [];
  const fields = changes.map(({ path }) => path);
  const want = { hash: next.hash.run, attempt: 1 };
  const action: Action = {
    type: "configure-service",
    service: next.key,
    kind: next.kind,
    serviceId: null,
    desired: next,
    observed: null,
    gains: gainedAccess(next, before, "names"),
    marker: blankMarker(owner, next.key, false),
    want,
    cause: { kind: "git", what: "fields", fields, secret: null },
    risk: fields.every((path) => appliesLive(next.kind, path)) ? "none" : "restart",
    changes,
  };
  return [action];
}

function removal({ key, kind, name, appName }: DesiredService): Action {
  const cause = { kind: "left-git", what: "service", kept: false } as const;
  return {
    type: "delete-service",
    service: key,
    kind,
    id: "",
    name,
    appName,
    serverId: null,
    cause,
    risk: "data-loss",
    changes: [],
  };
}

/** What a change of a stack's manifest means; either may be absent. Never carried out: it knows no ids. */
export function planFromGit(
  stack: string,
  before: DesiredStack | null,
  next: DesiredStack | null,
): Plan {
  const old = new Map((before?.services ?? []).map((service) => [service.key, service]));
  const keys = new Set((next?.services ?? []).map(({ key }) => key));
  const actions: Action[] = [];
  if (next !== null && before === null) {
    const { project: name, description } = next;
    const changes = changesOf(new Map(), variables(next));
    const cause = { kind: "missing" } as const;
    const shared = { cause, risk: "none", changes } as const;
    actions.push({ type: "create-project", name, description, variables: {}, ...shared });
  }
  if (next !== null && before !== null) actions.push(...ofProject(before, next));
  if (next !== null) {
    for (const service of next.services) {
      actions.push(...ofService(old.get(service.key) ?? null, service, next));
    }
  }
  for (const service of before?.services ?? []) {
    if (!keys.has(service.key)) actions.push(removal(service));
  }
  if (next === null && before !== null) {
    const cause = { kind: "left-git", what: "stack", kept: false } as const;
    const shared = { cause, risk: "data-loss", changes: [] } as const;
    actions.push({ type: "delete-project", projectId: "", name: before.project, ...shared });
  }
  return { stack, actions, notes: [], conflict: null };
}
