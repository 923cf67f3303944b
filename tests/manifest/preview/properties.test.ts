// Of a preview nothing has a name, host, port, alias, folder or volume of the stack that it is a preview of, whatever
// that says.
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadPreviews } from "../../../src/manifest/preview/load.ts";
import { domainsOf } from "../../../src/model/children.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import { hasher, load, problemText, secretValue, variables } from "../support.ts";

const label = fc.constantFrom("web", "api", "front", "a1");
const host = fc.constantFrom(
  ...["shop.example.com", "$(name).example.com", "www.$(name).example.com"],
  ...["$(env.STACK_DOMAIN_SUFFIX)", "x.$(env.STACK_DOMAIN_SUFFIX)", "pr-7.shop.example.com"],
);
const mount = fc.oneof(
  fc.record({
    type: fc.constant("volume"),
    source: label,
    target: fc.constantFrom("/a", "/b"),
    external: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("bind"),
    source: fc.constantFrom("/srv", "/etc"),
    target: fc.constantFrom("/c", "/d"),
  }),
);
const unique = <T>(of: fc.Arbitrary<T>, key: (one: T) => unknown, most = 3) =>
  fc.uniqueArray(of, { maxLength: most, selector: key });
const application = fc.record({
  image: fc.constant("nginx:1"),
  aliases: unique(label, (one) => one),
  domains: unique(host, (one) => one).map((hosts) => hosts.map((one) => ({ host: one, port: 80 }))),
  mounts: unique(mount, ({ target }) => target),
  ports: unique(fc.integer({ min: 8_000, max: 8_002 }), (one) => one).map((ports) =>
    ports.map((published) => ({ published, target: 80 })),
  ),
  schedules: fc.constantFrom({}, { tidy: { cron: "0 2 * * *", command: "tidy" } }),
});
const database = fc.record({
  type: fc.constant("postgres"),
  image: fc.constant("postgres:17"),
  database: fc.constant("shop"),
  user: fc.constant("shop"),
  password: fc.constant("$(secrets.db)"),
  aliases: unique(label, (one) => one),
  externalPort: fc.integer({ min: 5_432, max: 5_434 }),
  deletionPolicy: fc.constantFrom("retain", "delete"),
  backups: fc.constantFrom(
    {},
    { nightly: { cron: "0 3 * * *", destination: "s3", database: "shop" } },
  ),
});
const spec = fc.record(
  {
    project: fc.constantFrom("The shop", "shop"),
    adopt: fc.boolean(),
    suspend: fc.boolean(),
    deletionPolicy: fc.constantFrom("retain", "delete"),
    sync: fc.record({ prune: fc.boolean(), selfHeal: fc.boolean() }),
    applications: fc.dictionary(fc.constantFrom("web", "worker"), application, { maxKeys: 2 }),
    databases: fc.dictionary(fc.constantFrom("main", "other"), database, { maxKeys: 2 }),
  },
  { requiredKeys: [] },
);

const textOf = (body: object): string =>
  JSON.stringify({
    apiVersion: "capstan/v1",
    kind: "Stack",
    metadata: { name: "shop" },
    spec: { ...body, preview: { secrets: ["db"] } },
  });

function taken(stack: DesiredStack): ReadonlySet<string> {
  const found = new Set([`stack ${stack.name}`, `project ${stack.project}`]);
  for (const service of stack.services) {
    const { spec } = service;
    found.add(`app ${service.appName}`);
    for (const { host } of domainsOf(service)) found.add(`host ${host}`);
    if ("aliases" in spec) for (const alias of spec.aliases) found.add(`alias ${alias}`);
    if ("ports" in spec) for (const { published } of spec.ports) found.add(`port ${published}`);
    if ("externalPort" in spec) found.add(`port ${spec.externalPort ?? "none of it"}`);
    for (const one of spec.mounts) {
      if (one.type === "volume") found.add(`volume ${one.volume}`);
      if (one.type === "bind") found.add(`folder ${one.source}`);
    }
  }
  found.delete("port none of it");
  return found;
}

test("nothing of a preview is of the stack, nor of the preview of another pull request", () => {
  let seen = 0;
  fc.assert(
    fc.property(spec, (body) => {
      const text = textOf(body);
      const branch = load({ "shop.yaml": text });
      const [stack] = branch.stacks;
      // Of what is no valid stack nothing is promised.
      fc.pre(stack !== undefined);
      seen += 1;
      const pulls = [
        { repository: null, pull: 7 },
        { repository: null, pull: 8 },
        { repository: "acme/web", pull: 7 },
      ];
      const previews = pulls.map((pull) => {
        const loaded = loadPreviews({
          tree: {
            files: [{ path: "shop.yaml", content: new TextEncoder().encode(text) }],
            unreadable: [],
          },
          ...{ root: "", variables, reservedNames: [], hasher },
          secret: (name) => secretValue(name),
          previews: {
            ...{ ...pull, stacks: new Map([["shop", { db: "db" }]]) },
            taken: branch.claims,
          },
        });
        const [preview] = [...loaded.previews.values()];
        // Only a host that is its stack's although nothing can tell.
        const refused = (preview?.problems ?? []).map(problemText);
        if (preview?.desired === null) {
          expect(refused.join("\n")).toMatch(/the domain pr-7\.shop\.example\.com/);
          return null;
        }
        return preview?.desired ?? null;
      });
      for (const [index, preview] of previews.entries()) {
        if (preview === null) continue;
        const mine = taken(preview);
        const theirs = new Set([
          ...taken(stack),
          ...previews.flatMap((other, at) =>
            at === index || other === null ? [] : [...taken(other)],
          ),
        ]);
        expect([...mine].filter((one) => theirs.has(one))).toEqual([]);
        expect([...mine].filter((one) => /^(?:port|folder) /.test(one))).toEqual([]);
        expect(preview).toMatchObject({ suspend: false, adopt: false, deletionPolicy: "delete" });
        expect(preview.sync).toEqual({ selfHeal: true, prune: true, windows: [] });
        for (const service of preview.services) {
          if (service.kind === "postgres") expect(service.deletionPolicy).toBe("delete");
          if ("schedules" in service.spec) expect(service.spec.schedules).toEqual([]);
          if ("backups" in service.spec) expect(service.spec.backups).toEqual([]);
        }
      }
    }),
    { numRuns: 150 },
  );
  expect(seen).toBeGreaterThan(30);
});
