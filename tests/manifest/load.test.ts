// What a valid manifest becomes: Dokploy's units, full names, defaults, merged layers, tracked secrets.
import { describe, expect, it } from "vitest";
import { defaultSpec, specOf } from "../support/kinds.ts";
import { load, messages, oneService, secretValue, serviceOf, stackOf } from "./support.ts";
import { workloadOf } from "../support/workload.ts";

const header = "apiVersion: capstan/v1\nkind: Stack\n";

function service(fields: string) {
  return serviceOf(stackOf(load({ "shop.yaml": oneService(fields) })), "app/web");
}

describe("a stack with nothing but an image", () => {
  it("gets every documented default", () => {
    const stack = stackOf(load({ "a.yaml": oneService("") }));
    expect(stack).toMatchObject({
      name: "shop",
      template: null,
      labels: {},
      previousName: null,
      description: "Managed from Git by Capstan.",
      project: "shop",
      dependsOn: [],
      deletionPolicy: "delete",
      suspend: false,
      adopt: false,
      sync: { selfHeal: true, prune: true, windows: [] },
      variables: {},
      environments: ["production"],
      place: { file: "a.yaml", line: 3, column: 19 },
    });
    const web = serviceOf(stack, "app/web");
    expect(web.spec).toEqual({ ...defaultSpec, image: "nginx", aliases: ["shop-web"] });
    expect(web.rollout).toEqual({
      timeoutMs: 600_000,
      stableForMs: 30_000,
      http: null,
      onFailure: "keep",
      after: null,
    });
    expect(web).toMatchObject({ appName: "shop-web", name: "web", place: { line: 6, column: 5 } });
  });

  it("may have no services at all", () => {
    expect(stackOf(load({ "a.yaml": `${header}metadata: { name: empty }\n` })).services).toEqual(
      [],
    );
  });
});

describe("fields", () => {
  it("of amounts and durations are in Dokploy's units", () => {
    const asked = service(
      "resources: { limits: { cpu: 0.5, memory: 512Mi }, reservations: { cpu: 250m } }\n" +
        "healthcheck: { test: curl localhost, interval: 1m30s, startPeriod: 500ms }\n" +
        "restart: { delay: 5s }\nplacement: { preferences: [{ spread: node.labels.zone }] }",
    );
    const spec = workloadOf(asked);
    expect(spec.resources).toEqual({
      limits: { nanoCpus: 5e8, memoryBytes: 512 * 1024 ** 2 },
      reservations: { nanoCpus: 2.5e8, memoryBytes: null },
    });
    expect(spec.healthcheck).toEqual({
      test: ["CMD-SHELL", "curl localhost"],
      intervalNs: 90e9,
      timeoutNs: null,
      startPeriodNs: 5e8,
      retries: null,
    });
    expect(spec.restart).toMatchObject({ condition: "any", delayNs: 5e9 });
    expect(spec.placement).toEqual({
      constraints: [],
      spread: ["node.labels.zone"],
      maxReplicasPerNode: null,
    });
  });

  it("of the environment keep numbers and booleans as they are spelled", () => {
    const { spec } = service("env: { A: 1.10, B: true, C: 0x1F, D: yes, E: '', F: 007 }");
    expect(spec.env).toEqual({ A: "1.10", B: "true", C: "0x1F", D: "yes", E: "", F: "007" });
  });

  it("a port in mode host makes the update stop-first", () => {
    const spec = specOf(service("ports: [{ published: 53, target: 53, mode: host }]"));
    expect(spec.update?.order).toBe("stop-first");
    expect(specOf(service("update: {}")).update).toBeNull();
  });

  it("a domain's host is lower case", () => {
    expect(specOf(service("domains: [{ host: Shop.Example.COM, port: 80 }]")).domains).toEqual([
      {
        host: "shop.example.com",
        path: "/",
        port: 80,
        https: false,
        certificate: "none",
        stripPath: false,
        internalPath: "/",
        middlewares: [],
        entrypoint: null,
      },
    ]);
  });
});

describe("environments", () => {
  const manifest = `${header}metadata: { name: shop }
spec:
  project: The Shop
  applications:
    web:
      image: nginx:1
      env: { DB: $(services.db.host), OLD: x, SAME: y }
      args: [a, b]
      mounts: [{ type: volume, source: data, target: /data }, { type: volume, source: media, target: /m, external: true }]
    db: { image: postgres }
  environments:
    staging:
      applications:
        web: { image: nginx:2, env: { OLD: null, NEW: z }, args: [c] }
        db: null
        stub: { image: stub }
`;

  it("are the services with the overlay merged over them: maps merge, lists replace, null removes", () => {
    const text = manifest.replace("        db: null\n", "");
    const stack = stackOf(load({ "a.yaml": text }));
    expect(stack.environments).toEqual(["production", "staging"]);
    expect(stack.services.map(({ key }) => key)).toEqual([
      "app/db",
      "app/db@staging",
      "app/stub@staging",
      "app/web",
      "app/web@staging",
    ]);
    const staging = serviceOf(stack, "app/web@staging");
    expect(staging.spec).toMatchObject({ image: "nginx:2", args: ["c"] });
    expect(staging.spec.env).toEqual({ DB: "shop-staging-db", NEW: "z", SAME: "y" });
    expect(serviceOf(stack, "app/web").spec.env).toEqual({ DB: "shop-db", OLD: "x", SAME: "y" });
  });

  it("have names, aliases and volumes of their own; external volumes keep theirs", () => {
    const stack = stackOf(load({ "a.yaml": manifest.replace("        db: null\n", "") }));
    const staging = serviceOf(stack, "app/web@staging");
    expect(staging).toMatchObject({ appName: "the-shop-staging-web", environment: "staging" });
    expect(workloadOf(staging).aliases).toEqual(["shop-staging-web"]);
    expect(staging.spec.mounts).toEqual([
      { type: "volume", volume: "shop-staging-data", target: "/data" },
      { type: "volume", volume: "media", target: "/m" },
    ]);
    expect(serviceOf(stack, "app/web").spec.mounts[0]).toMatchObject({ volume: "shop-data" });
  });

  it("refer only to services that they have", () => {
    expect(messages(load({ "a.yaml": manifest }))).toEqual([
      "`$(services.db.host)`: this environment has no service `db`",
    ]);
  });

  it("a volume may be shared by services of one environment", () => {
    const text = `${header}metadata: { name: shop }
spec:
  applications:
    a: { image: nginx, mounts: [{ type: volume, source: data, target: /data }] }
    b: { image: nginx, mounts: [{ type: volume, source: data, target: /data }] }
`;
    expect(load({ "a.yaml": text }).problems).toEqual([]);
  });
});

describe("templates", () => {
  const template = `apiVersion: capstan/v1
kind: StackTemplate
metadata: { name: ai }
spec:
  parameters:
    replicas: { type: integer, default: $(env.STACK_REPLICAS) }
    debug: { type: boolean, default: false }
    domains: { type: list, default: [] }
    extra: { type: map, default: { A: "1" } }
    note: { required: false }
    image: { default: "$(env.STACK_IMAGE)" }
    token: { default: "$(secrets.token)" }
  rollout: { maxParallel: 2 }
  stack:
    project: ai-$(name)
    description: $(parameters.note)
    applications:
      web:
        image: $(parameters.image)
        replicas: $(parameters.replicas)
        domains: $(parameters.domains)
        env: $(parameters.extra)
        args: ["--debug=$(parameters.debug)", "$$(parameters.debug)", "x$(parameters.note)y"]
        mounts: [{ type: file, source: ./motd, target: /etc/motd }]
        registry: { username: me, password: $(parameters.token) }
`;
  const texts = (spec: string) => ({
    "templates/ai.yaml": template,
    "templates/motd": "hello $(name) $$(x)\n",
    "users/alice.yaml": `${header}metadata: { name: alice }\nspec: ${spec}\n`,
  });

  it("give a stack everything from a name alone", () => {
    const stack = stackOf(load(texts("{ template: ai }")));
    expect(stack).toMatchObject({ template: "ai", project: "ai-alice" });
    expect(stack.description).toBe("Managed from Git by Capstan.");
    const web = serviceOf(stack, "app/web");
    expect(web.spec).toMatchObject({
      image: "ghcr.io/acme/opencode:1.2.3",
      replicas: 2,
      domains: [],
      env: { A: "1" },
      args: ["--debug=false", "$(parameters.debug)", "xy"],
    });
    expect([...web.secrets]).toEqual(["registry.password"]);
    expect(specOf(web).registry?.password).toBe(secretValue("token"));
    expect(web.place.file).toBe("templates/ai.yaml");
  });

  it("take files from beside the template and leave their content alone", () => {
    const { spec } = serviceOf(stackOf(load(texts("{ template: ai }"))), "app/web");
    expect(spec.mounts).toEqual([
      { type: "file", content: "hello $(name) $$(x)\n", target: "/etc/motd" },
    ]);
  });

  it("keep the type of a parameter that is the whole value", () => {
    const spec =
      "{ template: ai, parameters: { replicas: 3, note: Mine, domains: [{ host: $(name).example.com, port: 80 }], extra: { B: $(services.web.host) } } }";
    const stack = stackOf(load(texts(spec)));
    expect(stack.description).toBe("Mine");
    expect(serviceOf(stack, "app/web").spec).toMatchObject({
      replicas: 3,
      domains: [{ host: "alice.example.com" }],
      env: { B: "alice-web" },
    });
  });

  it("lie below what the stack says itself, and a value that is overridden is never asked for", () => {
    const spec =
      "{ template: ai, project: own, applications: { web: { image: mine, registry: null, replicas: null }, more: { image: x } } }";
    const stack = stackOf(load(texts(spec), { variables: { STACK_REPLICAS: "2" } }));
    expect(stack.project).toBe("own");
    const web = serviceOf(stack, "app/web");
    expect(web.spec).toMatchObject({ image: "mine", registry: null, replicas: 1 });
    expect(stack.services).toHaveLength(2);
  });

  it("are listed with their rule for names, their parameters and their rollout", () => {
    const [template] = load(texts("{ template: ai }")).templates;
    const told = template?.parameters.map(({ name, type, fallback }) => [name, type, fallback]);
    expect(told).toEqual([
      ["replicas", "integer", "2"],
      ["debug", "boolean", "false"],
      ["domains", "list", null],
      ["extra", "map", null],
      ["note", "string", null],
      // Of the environment, as it counts now.
      ["image", "string", "ghcr.io/acme/opencode:1.2.3"],
      // Its value is a secret's.
      ["token", "string", null],
    ]);
    expect([template]).toEqual([
      {
        parameters: template?.parameters,
        name: "ai",
        place: { file: "templates/ai.yaml", line: 3, column: 19 },
        description: null,
        names: { minLength: 1, maxLength: 40, reserved: ["billing"] },
        rollout: { maxParallel: 2, stopOnFailure: false },
      },
    ]);
  });
});

describe("P5 secrets", () => {
  it("are tracked to the fields and variables that hold them", () => {
    const text = `${header}metadata: { name: shop }
spec:
  variables: { KEY: "k-$(secrets.key)", PLAIN: x }
  applications:
    web:
      image: nginx
      registry: { url: ghcr.io, username: $(secrets.user), password: $(secrets.token) }
      command: serve $(secrets.flag)
      args: [a, $(secrets.arg)]
      env: { URL: "db://$(secrets.GHCR_TOKEN)@x", K: "\${{project.KEY}}" }
      domains: [{ host: A.example.com, path: /x, port: 80, internalPath: /$(secrets.path) }]
      redirects: [{ regex: ^x, replacement: $(secrets.to) }]
      basicAuth: [{ username: ops, password: $(secrets.ops) }]
      mounts: [{ type: bind, source: /srv/$(secrets.folder), target: /srv }, { type: file, target: /f, content: $(secrets.no) }]
      healthcheck: { test: curl $(secrets.health) }
`;
    const stack = stackOf(load({ "a.yaml": text }));
    expect([...stack.secretVariables]).toEqual(["KEY"]);
    const web = serviceOf(stack, "app/web");
    expect([...web.secrets]).toEqual([
      "args",
      "basicAuth.ops",
      "command",
      "domains.a.example.com/x",
      "env.URL",
      "healthcheck.test",
      "mounts./srv",
      "redirects.^x",
      "registry.password",
      "registry.username",
    ]);
    expect(web.spec.mounts[1]).toMatchObject({ content: "$(secrets.no)" });
    expect(web.spec.env.URL).toBe("db://canary-ghcr-token@x");
  });

  it("never bring in references of their own", () => {
    const text = oneService("env: { A: $(secrets.x), B: $(env.STACK_IMAGE) }");
    const web = serviceOf(
      stackOf(
        load(
          { "a.yaml": text },
          { secret: () => "$(name) $$(", variables: { STACK_IMAGE: "$(secrets.y)" } },
        ),
      ),
      "app/web",
    );
    expect(web.spec.env).toEqual({ A: "$(name) $$(", B: "$(secrets.y)" });
  });
});

describe("paths", () => {
  it("only what is below the stacks' folder counts", () => {
    const desired = load(
      {
        "stacks/a.yaml": oneService("mounts: [{ type: file, source: ../secret, target: /x }]"),
        secret: "x",
        "other.yaml": "not: a manifest",
      },
      { root: "stacks" },
    );
    expect(messages(desired)).toEqual([
      "`applications.web.mounts[0].source` leads out of the folder stacks (put the file beside the manifest)",
    ]);
  });
});
