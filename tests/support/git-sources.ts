// Repositories and builds as any manifest may say them, and what they name on a server.
import fc from "fast-check";
import { providerTypes } from "../../src/dokploy/named.ts";
import type { NamedLists } from "../../src/dokploy/named.ts";
import { defaultBuild } from "../../src/model/kinds/git.ts";
import type { ApplicationSpec, BuildSpec, GitSource } from "../../src/model/specs.ts";
import { newGitProvider, newRegistry, newSshKey } from "../../src/simulator/namedRows.ts";
import { createRandom } from "../../src/simulator/random.ts";
import type { Simulator } from "../../src/simulator/server.ts";

export const sshKeyName = "deploy";
export const registryName = "hub";
const providerNames = providerTypes.map((type) => `our ${type}`);

/** A repository without anything that says which. */
export const plainGit: GitSource = {
  ...{ url: "", sshKey: null, provider: null, repository: "", ref: "main", path: "app" },
  submodules: false,
};

/** As a server lists them. */
export const someNames: NamedLists = {
  sshKey: [{ id: "key-1", name: sshKeyName }],
  registry: [{ id: "registry-1", name: registryName }],
  provider: providerTypes.map((type) => ({ id: `${type}-1`, name: `our ${type}`, type })),
};

/** What somebody set up in Dokploy's settings: an ssh key, a registry, a Git provider of each type at `url`. */
export function addNamed(
  { state }: Pick<Simulator, "state">,
  url = "https://git.example.com",
): void {
  const { organizationId } = state;
  const random = createRandom(800);
  const key = newSshKey(random, { name: sshKeyName, organizationId });
  state.sshKeys.set(key.sshKeyId, key);
  const registry = newRegistry(random, {
    ...{ registryName, imagePrefix: null, username: "acme", password: "canary-registry" },
    ...{ registryUrl: "registry.example.com", registryType: "cloud", organizationId },
  });
  state.registries.set(registry.registryId, registry);
  for (const providerType of providerTypes) {
    const name = `our ${providerType}`;
    const given = { name, providerType, organizationId, userId: "u", url };
    const row = newGitProvider(random, given);
    state.gitProviders.set(row.gitProviderId, row);
  }
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/);
const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one);

const common = {
  ref: fc.constantFrom("main", "v1.2.0", "feature/x"),
  path: fc.constantFrom("/", "app", "/services/web"),
  submodules: fc.boolean(),
};

export const anyGit: fc.Arbitrary<GitSource> = fc.oneof(
  fc.record({
    ...common,
    url: word.map((name) => `https://git.example.com/acme/${name}.git`),
    sshKey: fc.constant(null),
    provider: fc.constant(null),
    repository: fc.constant(""),
  }),
  fc.record({
    ...common,
    url: word.map((name) => `git@git.example.com:acme/${name}.git`),
    sshKey: fc.constant(sshKeyName),
    provider: fc.constant(null),
    repository: fc.constant(""),
  }),
  fc.record({
    ...common,
    url: fc.constant(""),
    sshKey: fc.constant(null),
    provider: fc.constantFrom(...providerNames),
    repository: fc.oneof(
      word.map((name) => `acme/${name}`),
      fc.constant("acme/tools/shop"),
    ),
  }),
);

const values = fc.dictionary(
  fc.stringMatching(/^[A-Z_]{1,6}$/),
  fc.constantFrom("", "1", "two words", "a'b", 'x"y'),
  { maxKeys: 3 },
);

export const anyBuild: fc.Arbitrary<BuildSpec> = fc.oneof(
  fc.constant(defaultBuild),
  fc.record({
    type: fc.constantFrom(
      ...(["dockerfile", "nixpacks", "railpack", "heroku", "paketo", "static"] as const),
    ),
    dockerfile: orNull(word),
    context: orNull(fc.constantFrom(".", "app")),
    target: orNull(word),
    args: values,
    secrets: values,
    publishDirectory: orNull(fc.constantFrom("dist", "public")),
    spa: fc.boolean(),
    envFile: fc.boolean(),
    registry: orNull(fc.constant(registryName)),
    cache: fc.boolean(),
  }),
);

type Source = Pick<ApplicationSpec, "image" | "registry" | "git" | "build">;

/** Some run an image, others what is built for them. */
export function anySource(
  image: fc.Arbitrary<Pick<Source, "image" | "registry">>,
): fc.Arbitrary<Source> {
  return fc.oneof(
    { weight: 2, arbitrary: image.map((one) => ({ ...one, git: null, build: null })) },
    {
      weight: 1,
      arbitrary: fc
        .record({ git: anyGit, build: anyBuild })
        .map((built) => ({ image: "", registry: null, ...built })),
    },
  );
}
