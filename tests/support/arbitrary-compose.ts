// Random compose services of one type each.
import fc from "fast-check";
import { domain, env, some, unique } from "./arbitrary-words.ts";
import { domainKey } from "../../src/model/children.ts";
import { withoutWant } from "../../src/model/compose-file.ts";
import { anyGit } from "./git-sources.ts";
import type { ComposeFile, Plain, PlainMap } from "../../src/model/compose-file.ts";
import type { ComposeSpec, DomainSpec } from "../../src/model/specs.ts";

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
  });
  return parts.map(({ from, ...rest }) => ({ ...rest, ...from }));
}
