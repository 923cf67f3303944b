// Arbitrary applications that a manifest could ask for, for property tests.
import fc from "fast-check";
import { isWritableEnvName, isWritableEnvValue } from "../../src/model/env-text.ts";
import { anySource } from "../support/git-sources.ts";
import type { DesiredService } from "../../src/model/desired.ts";
import type { ApplicationSpec, BackupSpec, DomainSpec, MountSpec } from "../../src/model/specs.ts";

const orNull = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { nil: null });
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const text = fc.string({ minLength: 1, maxLength: 12 }).filter((value) => !value.includes("\0"));
const ns = fc.integer({ min: 0, max: 3_600 }).map((seconds) => seconds * 1_000_000_000);
const count = fc.integer({ min: 0, max: 9 });
const amounts = fc.record({
  nanoCpus: orNull(fc.integer({ min: 1, max: 8_000_000_000 })),
  memoryBytes: orNull(fc.integer({ min: 1, max: 2 ** 40 })),
});

const mount: fc.Arbitrary<MountSpec> = fc.oneof(
  fc.record({
    type: fc.constant("volume" as const),
    volume: word,
    target: word.map((w) => `/${w}`),
  }),
  fc.record({
    type: fc.constant("bind" as const),
    source: word.map((w) => `/srv/${w}`),
    target: word.map((w) => `/${w}`),
  }),
  fc.record({
    type: fc.constant("file" as const),
    content: fc.string({ maxLength: 30 }).filter((value) => !value.includes("\0")),
    target: word.map((w) => `/etc/${w}.conf`),
  }),
);

const domain: fc.Arbitrary<DomainSpec> = fc.record({
  host: word.map((w) => `${w}.example.com`),
  path: fc.oneof(
    fc.constant("/"),
    word.map((w) => `/${w}`),
  ),
  port: fc.integer({ min: 1, max: 65_535 }),
  https: fc.boolean(),
  certificate: fc.oneof(fc.constantFrom("none", "letsencrypt"), word),
  stripPath: fc.boolean(),
  internalPath: fc.oneof(
    fc.constant("/"),
    word.map((w) => `/${w}`),
  ),
  middlewares: fc.array(
    word.map((w) => `${w}@file`),
    { maxLength: 2 },
  ),
  entrypoint: orNull(word),
});

const policy = <Action extends string>(...actions: readonly Action[]) =>
  orNull(
    fc.record({
      parallelism: orNull(count),
      delayNs: orNull(ns),
      failureAction: orNull(fc.constantFrom(...actions)),
      monitorNs: orNull(ns),
      maxFailureRatio: orNull(fc.constantFrom(0, 0.25, 1)),
      order: orNull(fc.constantFrom("start-first" as const, "stop-first" as const)),
    }),
  );

/** Of a destination that a test makes. */
export const someDestination = "s3";
const copies = {
  name: word,
  cron: fc.constantFrom("0 3 * * *", "@daily"),
  destination: fc.constant(someDestination),
  prefix: word,
  keepLatest: orNull(fc.integer({ min: 1, max: 9 })),
  enabled: fc.boolean(),
  byHand: fc.constant(false),
};

export const anyBackup: fc.Arbitrary<BackupSpec> = fc.record({ ...copies, database: word });

const source = anySource(
  fc.record({
    image: word.map((w) => `registry.example.com/${w}:1`),
    registry: orNull(fc.record({ url: word, username: word, password: text })),
  }),
);

const rest = fc.record({
  command: orNull(word),
  args: fc.array(text, { maxLength: 3 }),
  replicas: count,
  resources: fc.record({ limits: amounts, reservations: amounts }),
  aliases: fc.uniqueArray(word, { maxLength: 3 }).map((names) => [...names].sort()),
  env: fc.dictionary(
    fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/).filter(isWritableEnvName),
    fc.oneof(fc.string(), fc.string({ unit: "binary" }), text).filter(isWritableEnvValue),
    { maxKeys: 5 },
  ),
  healthcheck: orNull(
    fc.record({
      test: fc.array(text, { minLength: 1, maxLength: 3 }),
      intervalNs: orNull(ns),
      timeoutNs: orNull(ns),
      startPeriodNs: orNull(ns),
      retries: orNull(count),
    }),
  ),
  restart: orNull(
    fc.record({
      condition: fc.constantFrom("none" as const, "on-failure" as const, "any" as const),
      delayNs: orNull(ns),
      maxAttempts: orNull(count),
      windowNs: orNull(ns),
    }),
  ),
  update: policy("pause", "continue", "rollback"),
  rollback: policy("pause", "continue"),
  ulimits: fc.dictionary(
    fc.constantFrom("nofile", "nproc", "core"),
    fc.constantFrom("1024:65535", "-1:-1", "0:0"),
  ),
  endpointMode: fc.constantFrom("vip" as const, "dnsrr" as const),
  stopGracePeriodNs: orNull(ns),
  placement: orNull(
    fc.record({
      constraints: fc.array(text, { maxLength: 2 }),
      spread: fc.array(word, { maxLength: 2 }),
      maxReplicasPerNode: orNull(fc.integer({ min: 1, max: 5 })),
    }),
  ),
  mounts: fc.uniqueArray(mount, { maxLength: 3, selector: ({ target }) => target }),
  ports: fc.uniqueArray(
    fc.record({
      published: fc.integer({ min: 1, max: 65_535 }),
      target: fc.integer({ min: 1, max: 65_535 }),
      protocol: fc.constantFrom("tcp" as const, "udp" as const),
      mode: fc.constantFrom("ingress" as const, "host" as const),
    }),
    { maxLength: 2, selector: ({ published, protocol }) => `${published}/${protocol}` },
  ),
  domains: fc.uniqueArray(domain, { maxLength: 2, selector: ({ host, path }) => host + path }),
  redirects: fc.uniqueArray(
    fc.record({ regex: word, replacement: word, permanent: fc.boolean() }),
    { maxLength: 2, selector: ({ regex }) => regex },
  ),
  basicAuth: fc.uniqueArray(fc.record({ username: word, password: text }), {
    maxLength: 2,
    selector: ({ username }) => username,
  }),
  schedules: fc.uniqueArray(
    fc.record({
      name: word,
      cron: fc.constantFrom("0 2 * * *", "*/5 * * * *"),
      timezone: fc.constantFrom("UTC", "Europe/Amsterdam"),
      shell: fc.constantFrom("sh" as const, "bash" as const),
      command: text,
      enabled: fc.boolean(),
      byHand: fc.constant(false),
    }),
    { maxLength: 2, selector: ({ name }) => name },
  ),
  volumeBackups: fc.uniqueArray(
    fc.record({
      ...copies,
      volume: word,
      turnOff: fc.boolean(),
    }),
    { maxLength: 2, selector: ({ name }) => name },
  ),
});

export const anySpec: fc.Arbitrary<ApplicationSpec> = fc
  .tuple(rest, source)
  .map(([fields, from]) => ({ ...fields, ...from }));

export function desiredOf(spec: ApplicationSpec, ignore: readonly string[] = []): DesiredService {
  return {
    kind: "application",
    deletionPolicy: "delete",
    allowDataLoss: false,
    after: [],
    key: "app/web",
    environment: "production",
    name: "web",
    appName: "shop-web",
    description: "",
    spec,
    ignore,
    rollout: {
      timeoutMs: 600_000,
      stableForMs: 30_000,
      http: null,
      onFailure: "keep",
      after: null,
    },
    secrets: new Set(),
    place: { file: "shop.yaml", line: 1, column: 1 },
    hash: { run: "0".repeat(12), live: "0".repeat(12) },
  };
}
