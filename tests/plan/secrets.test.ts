// What a plan shows of values that are, or may be, secret.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DesiredStack } from "../../src/model/desired.ts";
import type { ApplicationSpec } from "../../src/model/specs.ts";
import type { Action, Plan } from "../../src/model/plan.ts";
import { causeText } from "../../src/plan/cause-words.ts";
import { arbitrarySpec, arbitraryStack } from "../support/arbitrary-stack.ts";
import { canary } from "../support/build-stack.ts";
import { webStack } from "../support/web-stack.ts";
import { allServices, emptyWorld, stored } from "../support/model-state.ts";
import { converge, planIn } from "../support/model-world.ts";

describe("P5 no secret is shown by a plan", () => {
  /** What people and programs see of a plan. */
  function shown(plan: Plan): string {
    const actions = plan.actions.map(({ type, cause, changes }: Action) => ({
      type,
      cause,
      reason: causeText(cause),
      changes,
    }));
    return JSON.stringify({ actions, notes: plan.notes, conflict: plan.conflict });
  }

  test("P5 a secret's value is in no change, reason, note or conflict, whether old or new", () => {
    fc.assert(
      fc.property(
        arbitraryStack,
        arbitraryStack,
        fc.constantFrom("before", "desired", "nothing"),
        (before, desired, known) => {
          const previous = { before, desired, nothing: null }[known];
          const state = emptyWorld();
          expect(shown(planIn(state, before, new Map(), { previous }))).not.toContain(canary);
          converge(state, before);
          expect(shown(planIn(state, desired, new Map(), { previous }))).not.toContain(canary);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("P5 what was typed into Dokploy is not shown where Git never held it", () => {
    fc.assert(
      fc.property(arbitrarySpec, arbitrarySpec, (wanted, typed) => {
        const clean = (spec: ApplicationSpec): ApplicationSpec =>
          JSON.parse(JSON.stringify(spec).replaceAll(canary, "open")) as ApplicationSpec;
        const desired = webStack(clean(wanted));
        const state = emptyWorld();
        converge(state, desired);
        const [service] = allServices(state);
        const application = stored(state, service!.id);
        Object.assign(application.spec, {
          env: { ...application.spec.env, TYPED: `${canary}-9`, MODE: `${canary}-8` },
          registry: { url: "ghcr.io", username: "acme", password: `${canary}-7` },
          command: `./serve --password ${canary}-6`,
          args: [`${canary}-5`],
        });
        application.children = application.children.map(({ id, child }) => {
          if (child.kind === "basicAuth") {
            return { id, child: { ...child, spec: { ...child.spec, password: `${canary}-4` } } };
          }
          if (child.kind === "mount" && child.spec.type === "file") {
            return { id, child: { ...child, spec: { ...child.spec, content: `${canary}-3` } } };
          }
          if (child.kind === "schedule") {
            return { id, child: { ...child, spec: { ...child.spec, command: `${canary}-1` } } };
          }
          return { id, child };
        });
        state.projects[0]!.variables = { TYPED: `${canary}-2` };
        const next = webStack(clean(typed));
        for (const previous of [null, desired, next]) {
          expect(shown(planIn(state, next, new Map(), { previous }))).not.toContain(canary);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("P5 an old value that Git held openly is shown", () => {
    const before = webStack({ env: { MODE: "live" } });
    const state = emptyWorld();
    converge(state, before);
    const desired = webStack({ env: { MODE: "test" } });
    const changes = (previous: DesiredStack | null): unknown =>
      planIn(state, desired, new Map(), { previous }).actions.flatMap((action) => action.changes);
    expect(changes(before)).toEqual([{ path: "env.MODE", was: "live", is: "test" }]);
    expect(changes(null)).toEqual([{ path: "env.MODE", was: "(hidden)", is: "test" }]);
  });
});
