// Random compose services of one type each.
import fc from "fast-check";
import { backups, domain, env, some, text, unique, volumeBackups } from "./arbitrary-words.ts";
import { domainKey } from "../../src/model/children.ts";
import { withoutWant } from "../../src/model/compose-file.ts";
import { anyGit } from "./git-sources.ts";
import type { ComposeFile, Plain, PlainMap } from "../../src/model/compose-file.ts";
import type {
  BackupSpec,
  ComposeSpec,
  DatabaseWithin,
  DomainSpec,
  ScheduleSpec,
  VolumeBackupSpec,
} from "../../src/model/specs.ts";

/** A service of a compose file, with values whose order and spelling mean nothing to docker. */
const part: fc.Arbitrary<Plain> = fc.record(
  {
    image: fc.constantFrom("nginx:1", "nginx:2"),
    command: fc.oneof(fc.constant("./serve"), fc.constant(["./serve", "--all"])),
    environment: fc.oneof(
      some(["A=1", "B=2"]),
      some(["A", "B"]).map((keys) => Object.fromEntries(keys.map((key) => [key, "1"]))),
    ),
    labels: fc.oneof(
      some(["a.b=c", "d=e"]),
      fc.constantFrom<PlainMap[]>({}, { "traefik.enable": "true" }),
    ),
    volumes: some(["data:/data", "/srv:/srv:ro"]),
    deploy: fc.constantFrom<PlainMap[]>({}, { resources: { limits: { memory: "512M" } } }),
    privileged: fc.boolean(),
    entrypoint: fc.constantFrom("/start", "./start"),
  },
  { requiredKeys: ["image"], noNullPrototype: true },
);

const anyComposeGit = anyGit.map((git) => ({ ...git, path: "deploy/compose.yaml" }));

const composeFile: fc.Arbitrary<ComposeFile> = fc
  .tuple(
    fc.dictionary(fc.constantFrom("web", "worker", "db"), part, {
      minKeys: 1,
      noNullPrototype: true,
    }),
    fc.boolean(),
  )
  .map(([services, hasVolumes]) =>
    // As it is read from Git.
    withoutWant({ services, ...(hasVolumes ? { volumes: { data: {} } } : {}) }),
  );

const service = fc.constantFrom("web", "worker");

const schedule: fc.Arbitrary<ScheduleSpec> = fc.record({
  name: fc.constantFrom("tidy", "report"),
  service,
  cron: fc.constantFrom("0 2 * * *", "@hourly"),
  timezone: fc.constantFrom("UTC", "Europe/Amsterdam"),
  shell: fc.constantFrom("sh" as const, "bash" as const),
  command: text("./report", "./tidy"),
  enabled: fc.boolean(),
  byHand: fc.constant(false),
});

/** With what a dump of each type is made. */
const within: fc.Arbitrary<DatabaseWithin> = fc
  .tuple(service, text("word", "other"), fc.constantFrom("ops", "dev"))
  .chain(([service, password, user]) => {
    const none = { service, user: "", password: "", rootPassword: "" };
    return fc.constantFrom(
      { ...none, type: "postgres", user },
      { ...none, type: "mysql", rootPassword: password },
      { ...none, type: "mariadb", user, password },
      { ...none, type: "mongo", user, password },
    );
  });

/** Each in a service of the compose file. */
const dumps: fc.Arbitrary<readonly BackupSpec[]> = backups.chain((all) =>
  fc.tuple(...all.map((one) => within.map((inside) => ({ ...one, within: inside })))),
);

const copies: fc.Arbitrary<readonly VolumeBackupSpec[]> = volumeBackups(
  { own: "data" },
  { own: "cache" },
  "shared",
).chain((all) => fc.tuple(...all.map((one) => service.map((name) => ({ ...one, service: name })))));

export function arbitraryCompose(type: ComposeSpec["type"]): fc.Arbitrary<ComposeSpec> {
  const parts = fc.record({
    type: fc.constant(type),
    from: fc.oneof(
      { weight: 3, arbitrary: composeFile.map((file) => ({ file, git: null })) },
      { weight: 1, arbitrary: anyComposeGit.map((git) => ({ file: {}, git })) },
    ),
    env,
    isolated: fc.boolean(),
    mounts: unique(
      fc.record({
        type: fc.constant("file" as const),
        content: fc.constantFrom("one", "two\nlines"),
        target: fc.constantFrom("/app.conf", "/other.conf"),
      }),
      ({ target }) => target,
    ),
    domains: unique(
      fc
        .tuple(domain, fc.constantFrom("web", "worker"))
        .map(([one, service]): DomainSpec => ({ ...one, service })),
      domainKey,
    ),
    schedules: unique(schedule, ({ name }) => name),
    backups: dumps,
    volumeBackups: copies,
  });
  return parts.map(({ from, ...rest }) => ({ ...rest, ...from }));
}
