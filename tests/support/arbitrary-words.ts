// Random values that all kinds of services have, small enough that two of them often meet in names and paths. Every
// secret in them holds the word `canary`.
import fc from "fast-check";
import { canary } from "./build-stack.ts";
import type { DomainSpec, MountSpec, VolumeBackupSpec } from "../../src/model/specs.ts";

/** A text that may hold a secret, and whether it does. */
export const text = (...plain: string[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...plain) },
    { weight: 1, arbitrary: fc.nat(3).map((n) => `${canary}-${n}`) },
  );
export const some = <T>(items: readonly T[]) => fc.subarray([...items]);
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
export const env = some(names).chain((keys) =>
  fc
    .tuple(...keys.map(() => envValue))
    .map((values) => Object.fromEntries(keys.map((key, at) => [key, values[at] ?? ""]))),
);

export const mount: fc.Arbitrary<MountSpec> = fc.oneof(
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

export const domain: fc.Arbitrary<DomainSpec> = fc.record({
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

export const unique = <T>(one: fc.Arbitrary<T>, selector: (value: T) => string) =>
  fc.uniqueArray(one, { selector, maxLength: 3 });
export const amounts = fc.record({
  nanoCpus: fc.constantFrom(null, 500_000_000, 2_000_000_000),
  memoryBytes: fc.constantFrom(null, 512 * 1024 ** 2, 1_000_000_000),
});
/** Of these volumes; null is the one that a database has its data in. */
export const volumeBackups = (...volumes: readonly VolumeBackupSpec["volume"][]) =>
  unique(
    fc.record({
      name: fc.constantFrom("weekly", "monthly"),
      cron: fc.constantFrom("0 2 * * 0", "0 2 1 * *"),
      destination: fc.constantFrom("s3", "other"),
      prefix: fc.constantFrom("weekly", "copies"),
      volume: fc.constantFrom(...volumes),
      turnOff: fc.boolean(),
      keepLatest: fc.constantFrom(null, 3),
      enabled: fc.boolean(),
      byHand: fc.constant(false),
    }),
    ({ name }) => name,
  );
export const backups = unique(
  fc.record({
    name: fc.constantFrom("nightly", "hourly"),
    cron: fc.constantFrom("0 2 * * *", "0 * * * *"),
    destination: fc.constantFrom("s3", "other"),
    prefix: fc.constantFrom("nightly", "dumps"),
    database: fc.constantFrom("shop", "audit"),
    keepLatest: fc.constantFrom(null, 3),
    enabled: fc.boolean(),
    byHand: fc.constant(false),
  }),
  ({ name }) => name,
);
export const ns = fc.constantFrom(null, 0, 10_000_000_000, 1_500_000);
