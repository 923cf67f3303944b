// Random desired stacks, small enough that two of them often meet in names, paths and ports. Every
// secret in them holds the word `canary`, so that a test can look for leaks.
import fc from "fast-check";
import { arbitraryCompose } from "./arbitrary-compose.ts";
import { arbitraryDatabase } from "./arbitrary-database.ts";
import {
  amounts,
  domain,
  env,
  mount,
  ns,
  some,
  text,
  unique,
  volumeBackups,
} from "./arbitrary-words.ts";
import { buildStack, canary } from "./build-stack.ts";
import { anySource } from "./git-sources.ts";
import type { ServiceParts, StackParts } from "./build-stack.ts";
import { domainKey, portKey } from "../../src/model/children.ts";
import type { DesiredStack } from "../../src/model/desired.ts";
import { databaseKinds } from "../../src/model/kinds/database-rows.ts";
import { isJobKey } from "../../src/model/rollout-job.ts";
import type { ApplicationSpec } from "../../src/model/specs.ts";

const source = anySource(
  fc.record({
    image: fc.constantFrom("nginx:1", "nginx:2", "ghcr.io/acme/shop:1"),
    registry: fc.option(
      fc.record({
        url: fc.constantFrom("", "ghcr.io"),
        username: text("acme", "ops"),
        password: text("open", "word"),
      }),
    ),
  }),
);

const rest = fc.record({
  command: fc.option(text("./serve", "./work fast")),
  args: fc.array(text("-v", "--all"), { maxLength: 2 }),
  replicas: fc.constantFrom(0, 1, 1, 2),
  resources: fc.record({ limits: amounts, reservations: amounts }),
  aliases: some(["shop-web", "web", "shop"]),
  env,
  healthcheck: fc.option(
    fc.record({
      test: fc.constantFrom(["CMD", "true"], ["CMD-SHELL", `curl -u ${canary}-0 x`], ["NONE"]),
      intervalNs: ns,
      timeoutNs: ns,
      startPeriodNs: ns,
      retries: fc.constantFrom(null, 0, 3),
    }),
  ),
  restart: fc.option(
    fc.record({
      condition: fc.constantFrom("none", "on-failure", "any"),
      delayNs: ns,
      maxAttempts: fc.constantFrom(null, 5),
      windowNs: ns,
    }),
  ),
  rollback: fc.option(
    fc.record({
      parallelism: fc.constantFrom(null, 1, 2),
      delayNs: ns,
      failureAction: fc.constantFrom(null, "pause", "continue"),
      monitorNs: ns,
      maxFailureRatio: fc.constantFrom(null, 0.5),
      order: fc.constantFrom(null, "start-first", "stop-first"),
    }),
  ),
  ulimits: fc.constantFrom<Record<string, string>>({}, { nofile: "1024:65535" }, { core: "0:0" }),
  endpointMode: fc.constantFrom("vip", "vip", "dnsrr"),
  stopGracePeriodNs: fc.constantFrom(null, 10_000_000_000, 30_000_000_000),
  update: fc.option(
    fc.record({
      parallelism: fc.constantFrom(null, 1, 2),
      delayNs: ns,
      failureAction: fc.constantFrom(null, "pause", "rollback"),
      monitorNs: ns,
      maxFailureRatio: fc.constantFrom(null, 0, 0.5),
      order: fc.constantFrom(null, "start-first", "stop-first"),
    }),
  ),
  placement: fc.option(
    fc.record({
      constraints: some(["node.role == worker", "node.labels.disk == ssd"]),
      spread: some(["node.labels.zone"]),
      maxReplicasPerNode: fc.constantFrom(null, 1),
    }),
  ),
  mounts: unique(mount, ({ target }) => target),
  ports: unique(
    fc.record({
      published: fc.constantFrom(2222, 2223),
      target: fc.constantFrom(22, 23),
      protocol: fc.constantFrom("tcp", "udp"),
      mode: fc.constantFrom("ingress", "host"),
    }),
    portKey,
  ),
  domains: unique(domain, domainKey),
  redirects: unique(
    fc.record({
      regex: fc.constantFrom("^/a", "^/b"),
      replacement: text("/x", "/y", "/x permanent"),
      permanent: fc.boolean(),
    }),
    ({ regex }) => regex,
  ),
  basicAuth: unique(
    fc.record({ username: fc.constantFrom("ops", "dev"), password: text("open") }),
    ({ username }) => username,
  ),
  schedules: unique(
    fc.record({
      name: fc.constantFrom("nightly", "hourly"),
      cron: fc.constantFrom("0 2 * * *", "0 * * * *"),
      timezone: fc.constantFrom("UTC", "Europe/Amsterdam"),
      shell: fc.constantFrom("sh", "bash"),
      command: text("./report", "./clean"),
      enabled: fc.boolean(),
      byHand: fc.constant(false),
    }),
    ({ name }) => name,
  ),
  volumeBackups: volumeBackups("shop-data", "shop-media"),
});

export const arbitrarySpec: fc.Arbitrary<ApplicationSpec> = fc
  .tuple(rest, source)
  .map(([fields, from]) => ({ ...fields, ...from }));

const ignorable = [
  "replicas",
  "image",
  "command",
  "env",
  "env.DEBUG",
  "registry.password",
  "resources.limits.memory",
  "healthcheck",
  "update",
  "aliases",
  "mounts",
  "mounts./data",
  "ports",
  "domains",
  "domains.a.example.com",
  "redirects",
  "basicAuth.ops",
  "schedules",
  "schedules.nightly",
];

const arbitraryVariables = fc.record(
  {
    TZ: fc.constantFrom("Europe/Amsterdam", "UTC"),
    constructor: fc.constantFrom("c", "d"),
    TOKEN: fc.nat(2).map((n) => `${canary}-v${n}`),
    UNUSED: fc.constantFrom("1", "2"),
  },
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<Record<string, string>>;

const anyPlace = {
  environment: fc.constantFrom("production", "production", "staging", "test"),
  description: fc.constantFrom("", "The web.", "Two\nlines [and brackets]"),
};

const arbitraryApplication: fc.Arbitrary<ServiceParts> = fc
  .record({
    ...anyPlace,
    name: fc.constantFrom("web", "worker"),
    spec: arbitrarySpec,
    ignore: fc.oneof(
      fc.constant([]),
      some(ignorable).map((all) => all.slice(0, 3)),
    ),
    before: fc.oneof(
      { weight: 2, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: text("./migrate", "./migrate; ./seed") },
      { weight: 1, arbitrary: fc.constant(["./migrate", "--all or nothing"]) },
    ),
  })
  // Without its image the job could not run: the loader refuses it.
  .map((parts) =>
    (parts.ignore as readonly string[]).includes("image") ? { ...parts, before: undefined } : parts,
  );

/** Of either type, each under a name of its own: one cannot become the other. */
const arbitraryComposeService: fc.Arbitrary<ServiceParts> = fc
  .constantFrom("docker-compose" as const, "stack" as const)
  .chain((type) =>
    fc.record({
      ...anyPlace,
      kind: fc.constant("compose" as const),
      name: fc.constant(type === "stack" ? "swarmed" : "queue"),
      spec: arbitraryCompose(type),
      ignore: fc.constantFrom<string[][]>([], [], ["file"], ["env.DEBUG", "domains"], ["mounts"]),
    }),
  );

const arbitraryDatabaseService = fc.constantFrom(...databaseKinds).chain((kind) =>
  fc.record({
    ...anyPlace,
    kind: fc.constant(kind),
    // Under a name of its kind: one cannot become another.
    name: fc.constant(`a-${kind}`),
    spec: arbitraryDatabase(kind),
    ignore: fc.constantFrom<string[][]>([], [], ["externalPort"], ["env"], ["backups", "aliases"]),
  }),
) as fc.Arbitrary<ServiceParts>;

const arbitraryService: fc.Arbitrary<ServiceParts> = fc.oneof(
  { weight: 3, arbitrary: arbitraryApplication },
  { weight: 2, arbitrary: arbitraryComposeService },
  { weight: 2, arbitrary: arbitraryDatabaseService },
);

export const arbitraryParts: fc.Arbitrary<StackParts> = fc.record({
  name: fc.constant("shop"),
  variables: arbitraryVariables,
  services: fc.uniqueArray(arbitraryService, {
    selector: ({ environment, name }) => `${name}@${environment}`,
    maxLength: 3,
  }),
  more: fc.record({
    description: fc.constantFrom("", "A shop."),
    project: fc.constantFrom("shop", "web shop"),
    labels: fc.constantFrom<Record<string, string>[]>({}, { team: "sales" }),
    deletionPolicy: fc.constantFrom("delete", "delete", "retain"),
    sync: fc.record({
      selfHeal: fc.boolean(),
      prune: fc.constantFrom(true, true, false),
      windows: fc.constant([]),
    }),
  }),
});

/** Each service waits for the one before it, and so does the job before it. */
function inLine(stack: DesiredStack): DesiredStack {
  const line = stack.services.filter(({ job }) => job === undefined).map(({ key }) => key);
  const before = (key: string): readonly string[] => {
    const index = line.indexOf(key);
    return line.slice(Math.max(0, index - 1), index);
  };
  const services = stack.services.map((service) => {
    const { key, job, after } = service;
    const own = after.filter((one) => isJobKey(one));
    const needed = job === undefined ? [...before(key), ...own] : before(job.before);
    return { ...service, after: [...needed].sort() };
  });
  return { ...stack, services };
}

export const arbitraryStack: fc.Arbitrary<DesiredStack> = fc
  .tuple(arbitraryParts, fc.boolean())
  .map(([parts, isInLine]) => (isInLine ? inLine(buildStack(parts)) : buildStack(parts)));

/** A stack whose services stand on servers of `modelServers`, and may lose their data when they move. */
export const arbitraryPlacedStack: fc.Arbitrary<DesiredStack> = fc
  .tuple(
    arbitraryStack,
    fc.array(fc.constantFrom(undefined, undefined, "edge", "far"), { minLength: 3, maxLength: 3 }),
  )
  .map(([stack, servers]) => ({
    ...stack,
    services: stack.services.map((service, index) => {
      const server = servers[index];
      return { ...service, allowDataLoss: true, ...(server === undefined ? {} : { server }) };
    }),
  }));
