// What of an application is written, what is left to people, and what is deployed.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DesiredStack } from "../../src/model/desired.ts";
import type { ApplicationSpec } from "../../src/model/specs.ts";
import { applicationOf, defaultSpec, domainAt } from "../support/kinds.ts";
import { flatten, isIgnored } from "../../src/model/fields.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Child } from "../../src/model/children.ts";
import { diffService } from "../../src/plan/diff.ts";
import { arbitraryParts, arbitrarySpec, arbitraryStack } from "../support/arbitrary-stack.ts";
import { buildStack } from "../support/build-stack.ts";
import { plainSpec, webStack } from "../support/web-stack.ts";
import { allServices, emptyWorld, read, stored } from "../support/model-state.ts";
import type { ModelState } from "../support/model-state.ts";
import { converge, planIn } from "../support/model-world.ts";
import type { Verdicts } from "../support/model-world.ts";

const typesOf = (plan: Plan): readonly string[] => plan.actions.map(({ type }) => type);
/** Those that are begun, and not those that wait for another one. */
const rolloutsOf = (plans: readonly Plan[]): readonly string[] =>
  plans.flatMap(({ actions }) =>
    actions.flatMap((action) =>
      action.type === "rollout" && action.waitsFor.length === 0 ? [action.service] : [],
    ),
  );

function childPath({ kind, spec }: Child): string {
  const empty: ApplicationSpec = { ...defaultSpec };
  const name = {
    mount: "mounts",
    port: "ports",
    domain: "domains",
    redirect: "redirects",
    schedule: "schedules",
    backup: "backups",
    volumeBackup: "volumeBackups",
  } as const;
  const root = kind === "basicAuth" ? "basicAuth" : name[kind];
  return [...flatten(applicationOf({ ...empty, [root]: [spec] })).keys()][0] ?? "";
}

/** Stored fields of each service, by key. */
function fieldsByKey(state: ModelState): Map<string, ReadonlyMap<string, string>> {
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const { id, description } of allServices(state)) {
    const key = /key=(\S+)/.exec(description ?? "")?.[1] ?? "";
    found.set(key, flatten(read(state, id)));
  }
  return found;
}

describe("W5 fields that are ignored, and fields that Git stops naming", () => {
  test("W5 an ignored field is in no action and stays as it was", () => {
    fc.assert(
      fc.property(arbitraryStack, arbitraryStack, (before, desired) => {
        const state = emptyWorld();
        converge(state, before);
        const old = fieldsByKey(state);
        const ignored = new Map(desired.services.map(({ key, ignore }) => [key, ignore]));
        for (const action of planIn(state, desired).actions) {
          if (!("service" in action)) continue;
          const ignore = ignored.get(action.service) ?? [];
          for (const { path } of action.changes) expect(isIgnored(ignore, path)).toBe(false);
          if ("child" in action) expect(isIgnored(ignore, childPath(action.child))).toBe(false);
        }
        converge(state, desired);
        for (const [key, fields] of fieldsByKey(state)) {
          const ignore = ignored.get(key);
          const was = old.get(key);
          if (ignore === undefined || was === undefined) continue;
          const kept = (all: ReadonlyMap<string, string>): Record<string, string> =>
            Object.fromEntries(
              [...all]
                .filter(([path]) => isIgnored(ignore, path))
                .sort(([a], [b]) => (a < b ? -1 : 1)),
            );
          expect(kept(fields)).toEqual(kept(was));
        }
      }),
      { numRuns: 200 },
    );
  });

  test("W5 a field that a manifest stops naming returns to its default, and the plan shows it", () => {
    fc.assert(
      fc.property(arbitrarySpec, (spec) => {
        const state = emptyWorld();
        converge(state, webStack(spec));
        const bare = webStack({
          ...defaultSpec,
          image: spec.image === "" ? "nginx:1" : spec.image,
        });
        const gone = [...flatten(read(state, allServices(state)[0]!.id)).keys()].filter(
          (path) => path !== "image",
        );
        const changes = planIn(state, bare).actions.flatMap((action) => action.changes);
        for (const path of gone) {
          expect(changes).toContainEqual(expect.objectContaining({ path, is: null }));
        }
        converge(state, bare);
        expect([...flatten(read(state, allServices(state)[0]!.id)).keys()]).toEqual(["image"]);
      }),
      { numRuns: 100 },
    );
  });

  test("W5 fields outside the schema are not in the way: nothing is planned for a foreign one that is ignored", () => {
    const desired = webStack({}, { ignore: ["update"] });
    const state = emptyWorld();
    converge(state, desired);
    const [service] = desired.services;
    const observed = read(state, allServices(state)[0]!.id);
    const foreign = { ...observed, foreignFields: new Set(["update"]) };
    expect(diffService(service!, foreign, null).run).toEqual([]);
    const other = { ...observed, foreignFields: new Set(["placement"]) };
    expect(diffService(service!, other, null).run.map(({ path }) => path)).toEqual(["placement"]);
  });
});

describe("W6 only what changes what runs causes a deploy", () => {
  const domain = domainAt("a.example.com");
  const port = { published: 1, target: 1, protocol: "tcp", mode: "ingress" } as const;

  function deployedBy(before: DesiredStack, desired: DesiredStack): readonly string[] {
    const state = emptyWorld();
    converge(state, before);
    return rolloutsOf(converge(state, desired));
  }

  test.each<[string, DesiredStack]>([
    ["a label", webStack({}, { labels: { team: "sales" } })],
    ["the stack's description", webStack({}, { description: "A shop." })],
    ["the service's description", webStack({}, { text: "The web." })],
    ["a domain", webStack({ domains: [domain] })],
    ["a redirect", webStack({ redirects: [{ regex: "a", replacement: "b", permanent: true }] })],
    ["basic auth", webStack({ basicAuth: [{ username: "ops", password: "x" }] })],
    ["the project's name", webStack({}, { project: "web shop" })],
    ["an unused project variable", webStack({}, { variables: { UNUSED: "1" } })],
    ["the deletion policy", webStack({}, { deletionPolicy: "retain" })],
    ["pruning", webStack({}, { sync: { selfHeal: true, prune: false, windows: [] } })],
  ])("W6 %s deploys nothing", (_, desired) => {
    expect(deployedBy(webStack(), desired)).toEqual([]);
    expect(deployedBy(desired, webStack())).toEqual([]);
  });

  test("W6 a field that Git leaves to people from now on, and takes back as it is, deploys nothing", () => {
    const state = emptyWorld();
    const desired = webStack({ replicas: 2 });
    const without = webStack({}, { ignore: ["replicas", "env"] });
    converge(state, desired);
    expect(rolloutsOf(converge(state, without, new Map(), { previous: desired }))).toEqual([]);
    expect(rolloutsOf(converge(state, desired, new Map(), { previous: without }))).toEqual([]);
  });

  test.each<[string, Partial<ApplicationSpec>]>([
    ["image", { image: "nginx:2" }],
    ["env", { env: { MODE: "test" } }],
    ["a mount", { mounts: [] }],
    ["a port", { ports: [...plainSpec.ports, port] }],
    ["replicas", { replicas: 3 }],
    ["an alias", { aliases: ["shop", "shop-web"] }],
    ["a command", { command: "./serve" }],
  ])("W6 %s deploys once", (_, spec) => {
    expect(deployedBy(webStack(), webStack(spec))).toEqual(["app/web"]);
  });

  test("W6 a changed project variable deploys exactly the services that use it", () => {
    fc.assert(
      fc.property(
        arbitraryParts,
        fc.constantFrom("TZ", "TOKEN", "constructor", "UNUSED"),
        fc.boolean(),
        (parts, name, wasUnreadable) => {
          const first = { ...parts, variables: { ...parts.variables, [name]: "before" } };
          const second = { ...parts, variables: { ...parts.variables, [name]: "after" } };
          const state = emptyWorld();
          converge(state, buildStack(first));
          if (wasUnreadable) state.projects[0]!.variables = null;
          const desired = buildStack(second);
          const users = desired.services
            .filter(({ spec, ignore }) =>
              Object.entries(spec.env).some(
                ([key, value]) =>
                  value.includes(`\${{project.${name}}}`) && !isIgnored(ignore, `env.${key}`),
              ),
            )
            .map(({ key }) => key);
          expect([...rolloutsOf(converge(state, desired))].sort()).toEqual([...users].sort());
        },
      ),
      { numRuns: 100 },
    );
  });

  test("H3 a variable that somebody changed in Dokploy is put back with a deploy of those that use it", () => {
    const env = { TZ: "${{project.TZ}}" };
    const desired = webStack({ env }, { variables: { TZ: "UTC", UNUSED: "1" } });
    const state = emptyWorld();
    converge(state, desired);
    const [project] = state.projects;
    if (project === undefined) throw new Error("there is no project");
    project.variables = { TZ: "Mars/Olympus", UNUSED: "1" };
    const plan = planIn(structuredClone(state), desired);
    expect(typesOf(plan)).toEqual(["mark", "update-project", "configure-service", "rollout"]);
    expect(plan.actions.at(-1)?.cause).toEqual({
      kind: "drift",
      change: { what: "fields", fields: ["variables.TZ"] },
    });
    expect(rolloutsOf(converge(state, desired))).toEqual(["app/web"]);
    expect(project.variables).toEqual({ TZ: "UTC", UNUSED: "1" });
    expect(rolloutsOf(converge(state, desired))).toEqual([]);

    project.variables = { TZ: "UTC", UNUSED: "2" };
    expect(rolloutsOf(converge(state, desired))).toEqual([]);
    expect(project.variables).toEqual({ TZ: "UTC", UNUSED: "1" });
  });

  test("W6 a new port that is stored twice, or a mount, is deployed when one of the two goes", () => {
    const state = emptyWorld();
    const desired = webStack();
    converge(state, desired);
    const { children } = stored(state, allServices(state)[0]!.id);
    children.push({ id: "c-twice", child: { kind: "port", spec: { ...port, published: 2222 } } });
    expect(
      diffService(desired.services[0]!, read(state, allServices(state)[0]!.id), null).run,
    ).toEqual([expect.objectContaining({ path: "ports.2222/tcp" })]);
  });

  test("W6 what somebody had typed into Dokploy before Git said so is deployed all the same", () => {
    const state = emptyWorld();
    const before = webStack();
    converge(state, before);
    stored(state, allServices(state)[0]!.id).spec.image = "nginx:2";
    const desired = webStack({ image: "nginx:2" });
    const plans = converge(state, desired, new Map(), { previous: before });
    expect(rolloutsOf(plans)).toEqual(["app/web"]);
    const field = [...state.running.values()].map(({ fields }) => fields.image);
    expect(field).toEqual(["nginx:2"]);
  });

  test("W6 markers of an older hash version are only rewritten", () => {
    fc.assert(
      fc.property(arbitraryStack, (desired) => {
        const state = emptyWorld();
        converge(state, desired);
        for (const service of allServices(state)) {
          const old = service.description ?? "";
          service.description = old
            .replaceAll(/(want|done)=[0-9a-f]{12}/g, "$1=00000000beef")
            .replace(/live=\S+/, "live=00000000beef");
        }
        for (const previous of [null, desired]) {
          const plan = planIn(structuredClone(state), desired, new Map(), { previous });
          expect(new Set(typesOf(plan))).toEqual(
            new Set(desired.services.length === 0 ? [] : ["mark"]),
          );
        }
        expect(rolloutsOf(converge(state, desired))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("W6 a healthy attempt at another configuration does not prove this one", () => {
    const state = emptyWorld();
    const verdicts: Verdicts = new Map();
    const desired = webStack({}, { variables: { TZ: "1" } });
    converge(state, desired, verdicts);
    const [service] = allServices(state);
    // Its marker was not completed yet; meanwhile only the hash changes.
    service!.description = (service!.description ?? "").replace(/done=\S+/, "done=none");
    const want = /want=([0-9a-f]{12})\.1/.exec(service!.description)?.[1] ?? "";
    service!.description = service!.description.replace(want, "00000000beef");
    verdicts.set(service!.id, { kind: "healthy", want: { hash: "00000000beef", attempt: 1 } });
    expect(typesOf(planIn(state, desired, verdicts))).toContain("rollout");
  });
});
