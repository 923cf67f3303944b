// Laws W5 and W11: what is written reads back as the same, and what is not ours stays as it is.
import fc from "fast-check";
import { expect, test } from "vitest";
import { configurationFields, detailsShape } from "../../src/dokploy/kinds/table.ts";
import { createChildCall, updateChildCall } from "../../src/dokploy/children.ts";
import type { ApplicationSpec } from "../../src/model/specs.ts";
import { parseEnvText } from "../../src/model/env-text.ts";
import { applicationOf, defaultSpec, specOf } from "../support/kinds.ts";
import { flatten } from "../../src/model/fields.ts";
import type { ServiceDetails } from "../../src/model/observed.ts";
import { childrenOf } from "../../src/model/children.ts";
import { anySpec, desiredOf } from "./specs.ts";
import { app, recording } from "./support.ts";

const want = { hash: "3f9c0aa1b2c4", attempt: 1 };
const fresh = recording("application.one-fresh").response as Record<string, unknown>;

const observe = (fields: Readonly<Record<string, unknown>>): ServiceDetails =>
  detailsShape("application").parse(JSON.parse(JSON.stringify({ ...fresh, ...fields })));

function write(
  spec: ApplicationSpec,
  observed: ServiceDetails | null = null,
  ignore: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  return configurationFields("id", {
    desired: desiredOf(spec, ignore),
    observed,
    description: "d",
    want,
  });
}

const withoutChildren = {
  mounts: [],
  ports: [],
  domains: [],
  redirects: [],
  basicAuth: [],
};

test("W11 what is written reads back as the same, for every application", () => {
  fc.assert(
    fc.property(anySpec, (any) => {
      const spec = { ...any, ...withoutChildren };
      const read = observe(write(spec));
      expect([...flatten(read)].sort()).toEqual([...flatten(applicationOf(spec))].sort());
      expect(read.foreignFields.size).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test("W11 writing over any other application leaves nothing of it", () => {
  fc.assert(
    fc.property(anySpec, anySpec, (before, after) => {
      const had = write({ ...before, ...withoutChildren });
      const spec = { ...after, ...withoutChildren };
      const read = observe({ ...had, ...write(spec, observe(had)) });
      expect([...flatten(read)].sort()).toEqual([...flatten(applicationOf(spec))].sort());
    }),
    { numRuns: 300 },
  );
});

const rowNames = {
  mount: ["mounts", "mountId"],
  port: ["ports", "portId"],
  domain: ["domains", "domainId"],
  redirect: ["redirects", "redirectId"],
  basicAuth: ["security", "securityId"],
} as const;

test.each(["created", "updated"])("W11 children %s read back as the same", (how) => {
  fc.assert(
    fc.property(anySpec, (spec) => {
      const rows: Record<string, unknown[]> = {};
      for (const [index, child] of childrenOf(spec).entries()) {
        const [name, id] = rowNames[child.kind];
        const call =
          how === "created"
            ? createChildCall(app("app"), child)
            : updateChildCall(`id${index}`, child);
        const row = { filePath: "kept", enabled: false, ...call.input, [id]: `id${index}` };
        const defaults = { hostPath: null, volumeName: null, content: null };
        if (child.kind === "domain" && how === "created") Object.assign(row, { enabled: true });
        (rows[name] ??= []).push(child.kind === "mount" ? { ...defaults, ...row } : row);
      }
      const read = specOf(observe(rows));
      const only = ({ mounts, ports, domains, redirects, basicAuth }: ApplicationSpec) => ({
        mounts,
        ports,
        domains,
        redirects,
        basicAuth,
      });
      expect(only(read)).toEqual(only(spec));
    }),
    { numRuns: 200 },
  );
});

test("one request carries everything, as in the recording", () => {
  const recorded = recording("application.update-everything-with-marker-label-alias")
    .body as Record<string, unknown>;
  const spec = {
    ...defaultSpec,
    image: "localhost:5000/tiny:1",
    env: { A: "1" },
    aliases: ["bob-opencode"],
  };
  const fields = configurationFields(String(recorded.applicationId), {
    desired: desiredOf(spec),
    observed: null,
    description: String(recorded.description),
    want,
  });
  expect(fields).toMatchObject(recorded);
  expect(Object.keys(fields).sort()).toMatchInlineSnapshot(`
    [
      "applicationId",
      "args",
      "autoDeploy",
      "command",
      "cpuLimit",
      "cpuReservation",
      "description",
      "dockerImage",
      "env",
      "healthCheckSwarm",
      "labelsSwarm",
      "memoryLimit",
      "memoryReservation",
      "networkSwarm",
      "password",
      "placementSwarm",
      "registryUrl",
      "replicas",
      "restartPolicySwarm",
      "sourceType",
      "updateConfigSwarm",
      "username",
    ]
  `);
});

test("the recorded application reads as what was written", () => {
  const read = observe(
    recording("application.one-rolled-back-but-done").response as Record<string, unknown>,
  );
  expect(Object.fromEntries(flatten(read))).toEqual({
    image: "localhost:5000/tiny:1",
    command: "sh",
    args: '["-c","exit 7"]',
    aliases: '["bob-opencode"]',
    "env.A": "1",
  });
  expect(read.labels).toEqual({});
  expect(read.sideSettings).toEqual([]);
  expect(read.deployments.map(({ title }) => title)).toEqual([
    "capstan 2b3c4d5e6f70 [capstan:aaaabbbbcccc.1]",
    "capstan 1a2b3c4d5e6f [capstan:3f9c0aa1b2c4.1]",
  ]);
});

test("the recorded children read with their ids", () => {
  const read = observe(
    recording("application.one-with-children").response as Record<string, unknown>,
  );
  expect(read.children.filter(({ kind }) => kind === "mount" || kind === "basicAuth")).toEqual([
    {
      kind: "mount",
      id: "S02bTxJ_K1neKbUhn17gX",
      spec: { type: "file", content: "k=v", target: "/a.txt" },
    },
    {
      kind: "basicAuth",
      id: "Sa4hevelqYYA6O4D_sBoR",
      spec: { username: "u", password: "p" },
    },
  ]);
  expect(Object.fromEntries(flatten(read))).toMatchObject({
    "domains.full.example.com/api":
      "port=8080 https=true certificate=letsencrypt stripPath=true middlewares=x@file",
    "domains.shop.example.com": "port=3000 https=false certificate=none",
    "ports.18080/tcp": "80 ingress",
    "redirects.^/a": "/b permanent",
  });
});

test.each([
  ["empty texts are none", { env: "", command: "", username: "", password: "", registryUrl: "" }],
  ["empty lists are none", { args: [], networkSwarm: [], labelsSwarm: {} }],
  [
    "empty settings are none",
    { healthCheckSwarm: {}, restartPolicySwarm: {}, updateConfigSwarm: {}, placementSwarm: {} },
  ],
  ["amounts of 0 are none", { cpuLimit: "0", memoryLimit: "", memoryReservation: "0" }],
  ["comments are none", { env: "# only this\n" }],
])("W11 %s", (_, fields) => {
  const read = observe(fields);
  expect([...flatten(read)]).toEqual([...flatten(observe({}))]);
  expect(read.foreignFields.size).toBe(0);
});

test("W11 amounts are read with parseInt, as Dokploy does", () => {
  const { spec } = observe({ memoryLimit: "512m", cpuLimit: "500000000" });
  expect(spec.resources.limits).toEqual({ nanoCpus: 500_000_000, memoryBytes: 512 });
});

test("W11 a stored update policy without an action pauses, as docker does", () => {
  const read = observe({ updateConfigSwarm: { Parallelism: 2, Order: "start-first" } });
  expect(Object.fromEntries(flatten(read))).toMatchObject({
    "update.parallelism": "2",
    "update.failureAction": "pause",
  });
});

test("W11 the order and the quotes of an env mean nothing", () => {
  const read = observe({ env: 'B="2"\n# note\nexport A=1\n' });
  expect(read.spec.env).toEqual({ A: "1", B: "2" });
});

test.each<[string, Record<string, unknown>]>([
  ["restart", { restartPolicySwarm: { Condition: "always" } }],
  ["update", { updateConfigSwarm: { Parallelism: 1, Order: "start-first", Extra: 1 } }],
  ["placement", { placementSwarm: { Platforms: [{ Architecture: "arm64", OS: "linux" }] } }],
  ["healthcheck", { healthCheckSwarm: { Test: "CMD true" } }],
  ["aliases", { networkSwarm: [{ Target: "dokploy-network", DriverOpts: { a: "b" } }] }],
  ["resources", { memoryLimit: "much" }],
  ["env", { env: "A=1\nnot an entry" }],
])("what the schema cannot say makes %s foreign", (root, fields) => {
  expect([...observe(fields).foreignFields]).toEqual([root]);
});

test("a domain that somebody disabled differs from every manifest, and an update enables it", () => {
  const [domain] = (recording("application.one-with-children").response as { domains: object[] })
    .domains;
  const spec = specOf(observe({ domains: [{ ...domain, enabled: false }] }));
  expect(spec.domains[0]?.certificate).toContain("disabled");
  const call = updateChildCall("id", { kind: "domain", spec: spec.domains[0]! });
  expect(call.input).toMatchObject({ enabled: true, domainId: "id" });
});

test("W5 labels and networks of others stay", () => {
  const observed = observe({
    labelsSwarm: { "traefik.enable": "true", "capstan.want": "000000000000.1" },
    networkSwarm: [{ Target: "team-net", Aliases: ["x"] }, { Target: "dokploy-network" }],
  });
  const fields = write({ ...defaultSpec, image: "a", aliases: ["shop-web"] }, observed);
  expect(fields.labelsSwarm).toEqual({
    "traefik.enable": "true",
    "capstan.want": "3f9c0aa1b2c4.1",
  });
  expect(fields.networkSwarm).toEqual([
    { Target: "dokploy-network", Aliases: ["shop-web"] },
    { Target: "team-net", Aliases: ["x"] },
  ]);
});

test("W5 only fields of the schema are sent", () => {
  const outside = Object.keys(fresh).filter((name) => !(name in write(defaultSpec)));
  expect(outside).toEqual(expect.arrayContaining(["appName", "modeSwarm", "buildType", "name"]));
});

test("W5 ignored fields are not sent", () => {
  const ignore = ["replicas", "resources.limits", "registry.password", "env", "aliases", "update"];
  const fields = write({ ...defaultSpec, image: "a" }, null, ignore);
  const names = [
    "replicas",
    "cpuLimit",
    "memoryLimit",
    "password",
    "env",
    "networkSwarm",
    "updateConfigSwarm",
  ];
  for (const name of names) expect(fields).not.toHaveProperty(name);
  expect(fields).toHaveProperty("cpuReservation");
  expect(fields).toHaveProperty("registryUrl");
});

test("W5 an ignored entry of the env keeps its observed value, in every case", () => {
  const spec = { ...defaultSpec, env: { A: "1", DEBUG: "from Git" } };
  const envOf = (observed: ServiceDetails | null) =>
    parseEnvText(String(write(spec, observed, ["env.DEBUG"]).env)).values;
  expect(envOf(observe({ env: "DEBUG=by hand\nOLD=1" }))).toEqual({ A: "1", DEBUG: "by hand" });
  expect(envOf(observe({ env: "OLD=1" }))).toEqual({ A: "1" });
  expect(envOf(null)).toEqual({ A: "1" });
});

test("W5 an ignored part of a setting keeps its observed value", () => {
  const healthcheck = {
    test: ["NONE"],
    intervalNs: 1,
    timeoutNs: null,
    startPeriodNs: null,
    retries: 2,
  };
  const observed = observe({ healthCheckSwarm: { Test: ["CMD", "a"], Interval: 9, Retries: 5 } });
  const fields = write({ ...defaultSpec, healthcheck }, observed, ["healthcheck.interval"]);
  expect(fields.healthCheckSwarm).toEqual({ Test: ["NONE"], Interval: 9, Retries: 2 });
});

test("W5 an ignored part of an update policy stays when Git has no policy at all", () => {
  const observed = observe({ updateConfigSwarm: { Parallelism: 3, Order: "stop-first" } });
  const fields = write(defaultSpec, observed, ["update.order"]);
  expect(fields.updateConfigSwarm).toEqual({
    Parallelism: 1,
    Order: "stop-first",
    FailureAction: "rollback",
  });
});

test("W11 with anything ignored, what is not ignored still reads back as the same", () => {
  const paths = [
    "replicas",
    "env",
    "env.A",
    "resources.limits.cpu",
    "healthcheck.interval",
    "restart.delay",
    "update.order",
    "placement.spread",
    "aliases",
    "registry.password",
    "command",
  ];
  fc.assert(
    fc.property(anySpec, anySpec, fc.subarray(paths), (before, after, ignore) => {
      const had = write({ ...before, ...withoutChildren });
      const spec = { ...after, ...withoutChildren };
      const read = observe({ ...had, ...write(spec, observe(had), ignore) });
      const owned = (one: ApplicationSpec) =>
        [...flatten(applicationOf(one))]
          .filter(([path]) => !ignore.some((name) => path === name || path.startsWith(`${name}.`)))
          .sort();
      expect(owned(specOf(read))).toEqual(owned(spec));
    }),
    { numRuns: 300 },
  );
});

test("the bodies of children are those of the recordings", () => {
  const bodyOf = (name: string) => recording(name).body as Record<string, unknown>;
  const file = bodyOf("mounts.create-file");
  const owner = app(String(file.serviceId));
  expect(
    createChildCall(owner, {
      kind: "mount",
      spec: { type: "file", content: "k=v", target: "/conf/a.txt" },
    }).input,
  ).toEqual({ ...file, mountPath: "/conf/a.txt" });
  expect(
    createChildCall(owner, {
      kind: "mount",
      spec: { type: "volume", volume: "vol1", target: "/data" },
    }).input,
  ).toEqual(bodyOf("mounts.create-volume"));
  expect(
    createChildCall(owner, {
      kind: "port",
      spec: { published: 18_080, target: 80, protocol: "tcp", mode: "host" },
    }).input,
  ).toEqual(bodyOf("port.create"));
  expect(
    createChildCall(owner, { kind: "basicAuth", spec: { username: "u", password: "p" } }).input,
  ).toEqual(bodyOf("security.create"));
  const domain = bodyOf("domain.create-full");
  delete domain.description;
  expect(
    createChildCall(owner, {
      kind: "domain",
      spec: {
        host: "full.example.com",
        path: "/api",
        port: 8080,
        https: true,
        certificate: "letsencrypt",
        stripPath: true,
        internalPath: "/",
        middlewares: ["x@file"],
      },
    }).input,
  ).toEqual({ ...domain, customCertResolver: null });
});
