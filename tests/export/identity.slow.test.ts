// Export is the inverse of loading: what is read from a server, written and loaded again is what it was.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadManifests } from "../../src/manifest/load.ts";
import type { DesiredService, DesiredStack } from "../../src/model/desired.ts";
import { flatten, isIgnored } from "../../src/model/fields.ts";
import type { ServiceDetails } from "../../src/model/observed.ts";
import { anySpec } from "../dokploy/specs.ts";
import { arbitraryParts } from "../support/arbitrary-stack.ts";
import { buildStack } from "../support/build-stack.ts";
import { exportedAndLoaded, exportHasher, madeUpServer } from "../support/made-up-server.ts";
import type { MadeUpProject } from "../support/made-up-server.ts";

const folder = join(import.meta.dirname, "../model/hash-golden");

function stacksIn(file: string): readonly DesiredStack[] {
  const { stacks, problems } = loadManifests({
    tree: {
      files: [file, "app.conf"].map((path) => ({
        path,
        content: readFileSync(join(folder, path)),
      })),
      unreadable: [],
    },
    root: "",
    variables: { STACK_IMAGE: "ghcr.io/acme/opencode:1" },
    secret: (name) => `value-of-${name}`,
    reservedNames: [],
    hasher: exportHasher,
  });
  expect(problems).toEqual([]);
  return stacks;
}

/** A server that has exactly what a stack asks for, made by somebody else. */
function asMade({ project, variables, services, description }: DesiredStack): MadeUpProject {
  return {
    name: project,
    variables,
    description,
    services: services
      .filter(({ job }) => job === undefined)
      .map((service) => ({
        name: service.name,
        environment: service.environment,
        description: service.description,
        configured: { kind: service.kind, spec: service.spec } as ServiceDetails,
      })),
  };
}

/** The fields that both would run with, those left to people taken away. */
function fieldsOf(service: Pick<DesiredService, "kind" | "spec">, ignore: readonly string[]) {
  const all = [...flatten(service as DesiredService)].filter(([path]) => !isIgnored(ignore, path));
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test.each(["every-field.yaml", "small.yaml"])(
  "all that %s says comes back, and nothing of it is left to people",
  (file) => {
    const before = stacksIn(file);
    const { loaded, stacks } = exportedAndLoaded(madeUpServer(before.map(asMade)));
    expect(loaded.problems).toEqual([]);
    expect(stacks.flatMap(({ leftOut }) => leftOut)).toEqual([]);
    for (const stack of before) {
      const after = loaded.stacks.find(({ project }) => project === stack.project);
      const made = stack.services.filter(({ job }) => job === undefined);
      expect(after?.services.map(({ name }) => name)).toEqual(made.map(({ name }) => name));
      expect(after?.variables).toEqual(stack.variables);
      expect(after?.description).toBe(stack.description);
      for (const service of made) {
        const back = after?.services.find(({ key }) => key === service.key);
        expect(back?.ignore).toEqual([]);
        expect(back?.description).toBe(service.description);
        expect(fieldsOf(back!, [])).toEqual(fieldsOf(service, []));
      }
    }
  },
);

test("whatever runs, its manifest is valid and differs from it in nothing that is Git's", () => {
  let services = 0;
  let fields = 0;
  let said = 0;
  fc.assert(
    fc.property(fc.array(arbitraryParts, { minLength: 1, maxLength: 3 }), (all) => {
      const projects = all.map((parts, index): MadeUpProject => {
        const made = asMade(buildStack(parts));
        return { ...made, name: `${made.name} ${index}` };
      });
      const server = madeUpServer(projects);
      const { loaded, stacks, texts } = exportedAndLoaded(server);
      expect(loaded.problems).toEqual([]);
      for (const { name, drafts } of stacks) {
        const stack = loaded.stacks.find((one) => one.name === name);
        expect(stack?.adopt).toBe(true);
        for (const { details, name: service, environment, kept } of drafts) {
          const back = stack?.services.find(
            (one) => one.name === service && one.environment === environment,
          );
          const ignore = back?.ignore ?? [];
          expect([...kept.keys()].sort()).toEqual(ignore);
          const gitOwned = fieldsOf(details, ignore);
          expect(fieldsOf(back!, ignore)).toEqual(gitOwned);
          services += 1;
          fields += Object.keys(fieldsOf(details, [])).length;
          said += Object.keys(gitOwned).length;
        }
      }
      // No secret is in what people commit.
      for (const text of texts.values()) expect(text).not.toMatch(/canary-v\d/);
    }),
    { numRuns: 70 },
  );
  // Otherwise everything could be left to people, and the rest would prove nothing.
  expect(services).toBeGreaterThan(60);
  expect(said / fields).toBeGreaterThan(0.6);
});

test("texts of any kind come back as they were, references of both kinds included", () => {
  let whole = 0;
  fc.assert(
    fc.property(anySpec, (given) => {
      const env = { ...given.env, LITERAL: "$(name) $$(name) ${HOME} ${{project.TZ}}" };
      const spec = { ...given, env };
      const services = [{ name: "web", configured: { kind: "application" as const, spec } }];
      const server = madeUpServer([{ name: "shop", variables: { TZ: "UTC" }, services }]);
      const { loaded, stacks } = exportedAndLoaded(server);
      expect(loaded.problems).toEqual([]);
      const [draft] = stacks.flatMap(({ drafts }) => drafts);
      const [back] = loaded.stacks.flatMap((stack) => stack.services);
      if (draft === undefined || back === undefined) return;
      whole += 1;
      expect(fieldsOf(back, back.ignore)).toEqual(fieldsOf(draft.details, back.ignore));
      expect(back.spec.env.LITERAL).toBe(env.LITERAL);
    }),
    { numRuns: 60 },
  );
  expect(whole).toBeGreaterThan(30);
});
