// Random desired stacks, small enough that two of them often meet in names, paths and ports. Every
// secret in them holds the word `canary`, so that a test can look for leaks.
import fc from "fast-check";
import { buildStack, canary } from "./build-stack.ts";
import type { ServiceParts, StackParts } from "./build-stack.ts";
import { domainKey, portKey } from "../../src/model/children.ts";
import type { DesiredStack } from "../../src/model/desired.ts";
import { isJobKey } from "../../src/model/rollout-job.ts";
import type { ApplicationSpec, DomainSpec, MountSpec } from "../../src/model/specs.ts";

/** A text that may hold a secret, and whether it does. */
const text = (...plain: string[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...plain) },
    { weight: 1, arbitrary: fc.nat(3).map((n) => `${canary}-${n}`) },
  );
const some = <T>(items: readonly T[]) => fc.subarray([...items]);
const names = ["MODE", "DEBUG", "A.B", "constructor"];

const envValue = fc.oneof(
  { weight: 3, arbitrary: text("", "1", "two words", "a\nb", "x".repeat(200)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "${{project.TZ}}",
      "at ${{project.TZ}} and ${{project.constructor}}",
      "${{project.TOKEN}}",
    ),
  },
);
const env = some(names).chain((keys) =>
  fc
    .tuple(...keys.map(() => envValue))
    .map((values) => Object.fromEntries(keys.map((key, at) => [key, values[at] ?? ""]))),
);

const mount: fc.Arbitrary<MountSpec> = fc.oneof(
  fc.record({
    type: fc.constant("volume" as const),
    volume: fc.constantFrom("shop-data", "files"),
    target: fc.constantFrom("/data", "/srv"),
  }),
  fc.record({
    type: fc.constant("bind" as const),
    source: text("/srv/a", "/srv/b"),
    target: fc.constantFrom("/data", "/mnt"),
  }),
  fc.record({
    type: fc.constant("file" as const),
    content: fc.constantFrom("one", "two\nlines"),
    target: fc.constantFrom("/etc/app.conf", "/data"),
  }),
);

const domain: fc.Arbitrary<DomainSpec> = fc.record({
  host: fc.constantFrom("a.example.com", "b.example.com"),
  path: fc.constantFrom("/", "/tty"),
  port: fc.constantFrom(80, 8080),
  https: fc.boolean(),
  certificate: fc.constantFrom("none", "letsencrypt"),
  stripPath: fc.boolean(),
  internalPath: text("/", "/in").map((value) => (value.startsWith("/") ? value : `/${value}`)),
  middlewares: fc.constantFrom<string[][]>([], ["auth@file"], ["a@file", "b@file"]),
  entrypoint: fc.constantFrom(null, "admin"),
});

const unique = <T>(one: fc.Arbitrary<T>, selector: (value: T) => string) =>
  fc.uniqueArray(one, { selector, maxLength: 3 });
const amounts = fc.record({
  nanoCpus: fc.constantFrom(null, 500_000_000, 2_000_000_000),
  memoryBytes: fc.constantFrom(null, 512 * 1024 ** 2, 1_000_000_000),
});
const ns = fc.constantFrom(null, 0, 10_000_000_000, 1_500_000);

export const arbitrarySpec: fc.Arbitrary<ApplicationSpec> = fc.record({
  image: fc.constantFrom("nginx:1", "nginx:2", "ghcr.io/acme/shop:1"),
  registry: fc.option(
    fc.record({
      url: fc.constantFrom("", "ghcr.io"),
      username: text("acme", "ops"),
      password: text("open", "word"),
    }),
  ),
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
  volumeBackups: unique(
    fc.record({
      name: fc.constantFrom("weekly", "monthly"),
      cron: fc.constantFrom("0 2 * * 0", "0 2 1 * *"),
      destination: fc.constantFrom("s3", "other"),
      prefix: fc.constantFrom("weekly", "copies"),
      volume: fc.constantFrom("shop-data", "shop-media"),
      turnOff: fc.boolean(),
      keepLatest: fc.constantFrom(null, 3),
      enabled: fc.boolean(),
      byHand: fc.constant(false),
    }),
    ({ name }) => name,
  ),
});

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

const arbitraryService: fc.Arbitrary<ServiceParts> = fc
  .record({
    environment: fc.constantFrom("production", "production", "staging", "test"),
    name: fc.constantFrom("web", "worker"),
    spec: arbitrarySpec,
    ignore: fc.oneof(
      fc.constant([]),
      some(ignorable).map((all) => all.slice(0, 3)),
    ),
    description: fc.constantFrom("", "The web.", "Two\nlines [and brackets]"),
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
