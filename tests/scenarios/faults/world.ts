// The whole simulated server against what Git says: row by row, in Dokploy's own columns and not through
// Capstan's adapter, so that a mistake of the adapter cannot hide itself.
import { expect } from "vitest";
import { parseEnvText } from "../../../src/model/env-text.ts";
import { parseMarker } from "../../../src/model/marker.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import { serviceKinds } from "../../../src/model/observed.ts";
import { SERVICES } from "../../../src/simulator/kinds/services.ts";
import type { ServiceRow } from "../../../src/simulator/kinds/services.ts";
import type { ProjectRow } from "../../../src/simulator/rows.ts";
import type { Simulator } from "../../../src/simulator/server.ts";
import { lookAtApplication } from "./application.ts";
import { keyOrder, lookAtMarker, owner } from "./expected.ts";
import type { Expected, Say } from "./expected.ts";
import { foreignPicture } from "./foreign.ts";
import { lookAtService } from "./services.ts";

function lookAtStack(
  say: Say,
  state: Simulator["state"],
  stack: DesiredStack,
  expected: Expected,
): void {
  const projects = [...state.projects.values()].filter(
    (row) => parseMarker(row.description)?.owner === owner(stack.name),
  );
  say(stack.name, "projects", projects.length, 1);
  const [project] = projects;
  if (project === undefined) return;
  say(stack.name, "project's name", project.name, stack.project);
  const { projectId: id } = project;
  const marker = parseMarker(project.description);
  lookAtMarker(say, stack.name, marker, { id, key: "project", stack: stack.name });
  const variables = keyOrder(parseEnvText(project.env).values);
  say(stack.name, "variables", variables, keyOrder(stack.variables));
  const environments = [...state.environments.values()].filter(({ projectId }) => projectId === id);
  const names = environments.map(({ name }) => name).sort();
  say(stack.name, "environments", names, [...stack.environments].sort());

  const ids = new Set(environments.map(({ environmentId }) => environmentId));
  const rows = serviceKinds.flatMap((kind) =>
    [...SERVICES[kind].rows(state).values()].filter((row) => ids.has(row.environmentId)),
  );
  const keyOf = (row: ServiceRow): string => parseMarker(row.description)?.key ?? row.name;
  const keys = stack.services.map(({ key }) => key).sort();
  say(stack.name, "services", rows.map(keyOf).sort(), keys);
  for (const service of stack.services) {
    const row = rows.find((one) => keyOf(one) === service.key);
    if (row === undefined) continue;
    if (service.kind === "application") {
      const application = state.applications.get(String(row.applicationId));
      if (application !== undefined)
        lookAtApplication(say, state, application, stack, service, expected);
    } else lookAtService(say, state, row, stack, service, expected);
  }
}

/** All in which the server differs from what Git says, in words; empty when nothing does. */
export function differences({ state }: Simulator, expected: Expected): readonly string[] {
  const found: string[] = [];
  const say: Say = (where, what, is, shouldBe) => {
    const [a, b] = [JSON.stringify(is), JSON.stringify(shouldBe)];
    if (a !== b) found.push(`${where}: ${what} is ${a} and should be ${b}`);
  };
  const { desired, foreign } = expected;
  say("the server", "hung", state.hung, false);
  for (const stack of desired) lookAtStack(say, state, stack, expected);

  const owners = new Set(desired.map(({ name }) => owner(name)));
  const isKnown = ({ projectId, description }: ProjectRow): boolean =>
    foreign.projectIds.has(projectId) || owners.has(parseMarker(description)?.owner ?? "");
  const strangers = [...state.projects.values()].filter((row) => !isKnown(row));
  say(
    "the server",
    "projects of nobody",
    strangers.map(({ name }) => name),
    [],
  );

  const rows = serviceKinds.flatMap((kind) => [...SERVICES[kind].rows(state).values()]);
  const appNames = new Set(rows.map(({ appName }) => appName));
  const isOwned = (name: string): boolean =>
    appNames.has(name) || appNames.has(name.slice(0, name.indexOf("_")));
  const orphans = [...state.swarmServices.keys(), ...state.composeProjects.keys()].filter(
    (name) => !isOwned(name) && !foreign.appNames.has(name),
  );
  say("the swarm", "orphans", orphans, []);
  const ids = new Set(
    serviceKinds.flatMap((kind) => [...SERVICES[kind].rows(state).keys()]) as unknown[],
  );
  const columns = serviceKinds.map((kind) => SERVICES[kind].id);
  for (const [what, children] of Object.entries({
    domains: state.domains,
    mounts: state.mounts,
    ports: state.ports,
    redirects: state.redirects,
    security: state.security,
    schedules: state.schedules,
    backups: state.backups,
    volumeBackups: state.volumeBackups,
    deployments: state.deployments,
  })) {
    const lost = [...(children as Map<string, object>).values()].filter((row) => {
      const one = row as Record<string, unknown>;
      return !columns.some((column) => ids.has(one[column]));
    });
    say("the server", `${what} of nobody`, lost.length, 0);
  }
  const left = [...state.routerFiles.keys()].filter((name) => !appNames.has(name));
  if (!expected.wasKilled) say("the router", "files of nobody", left, []);
  const middlewares = Object.keys(state.middlewareFile).filter(
    (name) => ![...appNames].some((appName) => name.includes(appName)),
  );
  if (!expected.wasKilled) say("the router", "middlewares of nobody", middlewares, []);
  const { waiting, active } = state.queue;
  say("the queue", "jobs", waiting.length + active.length, 0);
  if (foreignPicture(state, foreign.projectIds, foreign.appNames) !== foreign.picture) {
    found.push("what belongs to people was touched");
  }
  return found;
}

/** That the server is exactly as Git says, people's own things untouched, nothing deployed needlessly. */
export function expectWorldAsGit(simulator: Simulator, expected: Expected, when = ""): void {
  const found = differences(simulator, expected);
  expect(found, [...found, when].join("\n")).toEqual([]);
}
