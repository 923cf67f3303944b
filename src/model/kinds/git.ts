// The fields of what is built from a repository: where the code is, and how an image comes of it.
import { fieldRow, mapRow } from "../field-table.ts";
import type { Row } from "../field-table.ts";
import type { BuildSpec, GitSource } from "../specs.ts";

interface FromGit {
  readonly git: GitSource | null;
}

interface Built extends FromGit {
  readonly build: BuildSpec | null;
}

export const noSource: GitSource = {
  ...{
    url: "",
    sshKey: null,
    provider: null,
    repository: "",
    ref: "",
    path: "",
    submodules: false,
  },
};

/** The file that a build uses where none is named. */
export const usualDockerfile = "Dockerfile";

export const defaultBuild: BuildSpec = {
  type: "dockerfile",
  dockerfile: null,
  context: null,
  target: null,
  args: {},
  secrets: {},
  publishDirectory: null,
  spa: false,
  envFile: false,
  registry: null,
  cache: true,
};

function gitField<Spec extends FromGit>(
  key: keyof GitSource,
  options: { readonly default?: string; readonly maySecret?: boolean } = {},
): Row<Spec> {
  return fieldRow<Spec, GitSource[keyof GitSource]>({
    path: `git.${key}`,
    get: ({ git }) => git?.[key] ?? null,
    set: (spec, value) =>
      spec.git === null ? spec : { ...spec, git: { ...spec.git, [key]: value ?? noSource[key] } },
    ...{ text: String, default: options.default ?? "", live: false },
    maySecret: options.maySecret ?? false,
  });
}

/** The address may hold a token. */
export function gitFields<Spec extends FromGit>(defaultPath: string): readonly Row<Spec>[] {
  return [
    gitField("url", { maySecret: true }),
    gitField("sshKey"),
    gitField("provider"),
    gitField("repository"),
    gitField("ref"),
    gitField("path", { default: defaultPath }),
    gitField("submodules", { default: "false" }),
  ];
}

type PlainKey = Exclude<keyof BuildSpec, "args" | "secrets">;

function buildField<Spec extends Built>(key: PlainKey, fallback = ""): Row<Spec> {
  return fieldRow<Spec, BuildSpec[PlainKey]>({
    path: `build.${key}`,
    get: ({ build }) => build?.[key] ?? null,
    set: (spec, value) =>
      spec.build === null
        ? spec
        : { ...spec, build: { ...spec.build, [key]: value ?? defaultBuild[key] } },
    ...{ text: String, default: fallback, live: false, maySecret: false },
  });
}

function buildMap<Spec extends Built>(key: "args" | "secrets"): Row<Spec> {
  return mapRow<Spec>({
    path: `build.${key}`,
    get: ({ build }) => build?.[key] ?? {},
    set: (spec, map) =>
      spec.build === null ? spec : { ...spec, build: { ...spec.build, [key]: map } },
    ...{ live: false, maySecret: true },
  });
}

export function buildFields<Spec extends Built>(): readonly Row<Spec>[] {
  return [
    buildField("type", defaultBuild.type),
    buildField("dockerfile"),
    buildField("context"),
    buildField("target"),
    buildMap("args"),
    buildMap("secrets"),
    buildField("publishDirectory"),
    buildField("spa", "false"),
    buildField("envFile", "false"),
    buildField("registry"),
    buildField("cache", "true"),
  ];
}

/** For people: `acme/shop@main`. */
export function sourceTitle(source: GitSource): string {
  return `${repositoryTitle(source)}@${source.ref}`;
}

/** For people: `acme/shop`, without credentials. */
export function repositoryTitle({ url, repository }: GitSource): string {
  return repository === "" ? repositoryOf(url) : repository;
}

/** `acme/shop` of an address, credentials left out. */
function repositoryOf(url: string): string {
  return url
    .replace(/^[a-z]+:\/\/(?:[^/@]*@)?[^/]+\//i, "")
    .replace(/^[^/@]+@[^:/]+:/, "")
    .replace(/\.git\/?$/, "");
}
