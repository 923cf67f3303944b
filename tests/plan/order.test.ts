// Plans are made from sets: the order in which a server or a file lists them means nothing.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DesiredStack } from "../../src/model/desired.ts";
import { childKinds, childRows } from "../../src/model/children.ts";
import { isMap } from "../../src/model/compose-file.ts";
import type { Plain, PlainMap } from "../../src/model/compose-file.ts";
import type { Configured } from "../../src/model/specs.ts";
import type { ServiceDetails, ObservedProject } from "../../src/model/observed.ts";
import type { Plan } from "../../src/model/plan.ts";
import { indexOwnership } from "../../src/plan/ownership.ts";
import { planPrune } from "../../src/plan/prune.ts";
import { servicesToRead } from "../../src/plan/reads.ts";
import { planStack } from "../../src/plan/stack.ts";
import { arbitraryStack } from "../support/arbitrary-stack.ts";
import { emptyStack, testHasher } from "../support/build-stack.ts";
import {
  addApplication,
  addEnvironment,
  addProject,
  emptyWorld,
  instance,
  read,
  storedService,
  swarmOf,
} from "../support/model-state.ts";
import type { ModelState } from "../support/model-state.ts";
import { carryOut, converge, planIn } from "../support/model-world.ts";

/** Orders that look random and depend on the seed alone. */
function shuffler(seed: number) {
  return <T>(items: readonly T[]): T[] =>
    items
      .map((item, at) => ({ item, rank: testHasher.sha256(`${seed} ${at} ${items.length}`) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))
      .map(({ item }) => item);
}
type Shuffle = ReturnType<typeof shuffler>;

const keysOf = <T>(shuffle: Shuffle, map: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(shuffle(Object.entries(map)));

/** The keys of maps, whatever their depth; the order of a list may mean something. */
function keysInside(shuffle: Shuffle, value: Plain): Plain {
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, keysInside(shuffle, one)]);
  return keysOf(shuffle, Object.fromEntries(entries) as PlainMap);
}

function shuffleSpec(shuffle: Shuffle, { kind, spec }: Configured): Configured {
  const roots = new Set<string>(["aliases", ...childKinds.map((child) => childRows[child].root)]);
  const shuffled = Object.entries(spec).map(([root, value]: [string, unknown]) => {
    if (roots.has(root)) return [root, shuffle(value as readonly unknown[])];
    if (root === "env") return [root, keysOf(shuffle, spec.env)];
    return [root, root === "file" ? keysInside(shuffle, value as Plain) : value];
  });
  return { kind, spec: Object.fromEntries(shuffled) };
}
function shuffleStack(shuffle: Shuffle, stack: DesiredStack): DesiredStack {
  return {
    ...stack,
    labels: keysOf(shuffle, stack.labels),
    variables: keysOf(shuffle, stack.variables),
    environments: shuffle(stack.environments),
    services: stack.services.map((service) => ({
      ...service,
      ...shuffleSpec(shuffle, service),
      ignore: shuffle(service.ignore),
      secrets: new Set(shuffle([...service.secrets])),
    })),
  };
}
function shuffleProjects(shuffle: Shuffle, state: ModelState): readonly ObservedProject[] {
  return shuffle(
    state.projects.map((project) => ({
      ...project,
      variables: project.variables === null ? null : keysOf(shuffle, project.variables),
      environments: shuffle(
        project.environments.map((environment) => ({
          ...environment,
          services: shuffle(environment.services),
        })),
      ),
    })),
  );
}
function shuffleDetails(shuffle: Shuffle, details: ServiceDetails): ServiceDetails {
  return {
    ...details,
    ...shuffleSpec(shuffle, details),
    foreignFields: new Set(shuffle([...details.foreignFields])),
    children: shuffle(details.children),
  };
}

/** Everything of a plan but the inputs that it hands on. */
function essence(plan: Plan): unknown {
  const actions = plan.actions.map((action) =>
    Object.fromEntries(
      Object.entries(action).filter(([name]) => name !== "desired" && name !== "observed"),
    ),
  );
  return { ...plan, actions };
}

function plan(state: ModelState, desired: DesiredStack, seed: number): unknown {
  const shuffle = seed === 0 ? <T>(items: readonly T[]): T[] => [...items] : shuffler(seed);
  const stack = shuffleStack(shuffle, desired);
  const input = {
    desired: stack,
    swarm: new Map(shuffle([...swarmOf(state)])),
    ownership: indexOwnership(instance, shuffleProjects(shuffle, state)),
    verdicts: new Map(),
    revision: "0123456789abcdef",
    previous: null,
    knownProjectId: null,
    stillDesired: () => false,
    redeploy: new Map<string, string>(),
  };
  const ids = servicesToRead(input, () => true);
  const details = new Map(
    shuffle([...ids]).map(({ id }) => {
      const whole = { ...read(state, id), foreignFields: new Set(["update", "placement"]) };
      return [id, shuffleDetails(shuffle, whole)];
    }),
  );
  return essence(planStack({ ...input, details }));
}

describe("W2 plans do not depend on the order of files, documents, keys or list answers", () => {
  test("of a half-done stack beside other people's things", () => {
    fc.assert(
      fc.property(
        arbitraryStack,
        arbitraryStack,
        fc.nat(6),
        fc.integer({ min: 1, max: 1e6 }),
        fc.boolean(),
        (before, desired, done, seed, adopt) => {
          const state = emptyWorld();
          converge(state, before);
          carryOut(state, planIn(state, desired), new Map(), done);
          const [project] = state.projects;
          for (const environment of project?.environments ?? []) {
            addApplication(state, environment, "theirs", "a person's");
            for (const { id } of environment.services) {
              const { children } = storedService(state, id);
              for (const { child } of children.slice(0, 2)) {
                children.push({ id: `copy-${children.length}`, child });
              }
            }
          }
          addProject(state, desired.project, null);
          const wanted = { ...desired, adopt };
          expect(plan(state, wanted, seed)).toEqual(plan(state, wanted, 0));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("of environments and services that go", () => {
    const state = emptyWorld();
    const mark = (id: string, key: string): string =>
      `[capstan:1 owner=default/shop key=${key} id=${id.slice(0, 8)} want=aaaaaaaaaaaa.1 done=aaaaaaaaaaaa.1]`;
    const project = addProject(state, "shop", null);
    project.description = mark(project.projectId, "project");
    for (const name of ["x", "c", "k"]) {
      const environment = addEnvironment(state, project, name);
      const service = addApplication(state, environment, "web", null);
      service.description = mark(service.id, `app/web@${name}`);
    }
    const none = emptyStack("shop");
    for (const seed of [1, 2, 3, 4, 5]) {
      expect(plan(state, none, seed)).toEqual(plan(state, none, 0));
      const projects = shuffleProjects(shuffler(seed), state);
      expect(planPrune("shop", instance, projects)).toEqual(
        planPrune("shop", instance, state.projects),
      );
    }
  });

  test("of two unowned projects of one name, and of two owned ones", () => {
    const state = emptyWorld();
    const first = addProject(state, "shop", null);
    const second = addProject(state, "shop", null);
    const wanted = { ...emptyStack("shop"), adopt: true };
    const same = (): void => {
      for (const seed of [1, 2, 3, 4, 5]) {
        expect(plan(state, wanted, seed)).toEqual(plan(state, wanted, 0));
      }
    };
    same();
    first.description = "[capstan:1 owner=default/shop key=project id=none]";
    second.description = first.description;
    same();
  });
});
