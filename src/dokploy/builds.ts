// How Dokploy builds an image of what is in a repository, as it stores that, both ways.
import { z } from "zod";
import { formatEnvText, parseEnvText } from "../model/env-text.ts";
import { defaultBuild, usualDockerfile } from "../model/kinds/git.ts";
import type { BuildSpec } from "../model/specs.ts";
import { nameOf, namedOne } from "./named.ts";
import type { NamedLists } from "./named.ts";

const text = z.string().nullable().default(null);

export const buildShape = {
  buildType: z.string().default("nixpacks"),
  dockerfile: text,
  dockerContextPath: text,
  dockerBuildStage: text,
  buildArgs: text,
  buildSecrets: text,
  publishDirectory: text,
  isStaticSpa: z.boolean().nullable().default(null),
  createEnvFile: z.boolean().default(true),
  cleanCache: z.boolean().nullable().default(false),
  registryId: text,
};

type StoredBuild = z.output<z.ZodObject<typeof buildShape>>;

const types: Readonly<Record<BuildSpec["type"], string>> = {
  dockerfile: "dockerfile",
  nixpacks: "nixpacks",
  railpack: "railpack",
  heroku: "heroku_buildpacks",
  paketo: "paketo_buildpacks",
  static: "static",
};

const orNull = (value: string | null): string | null => (value === "" ? null : value);

/** `foreign`: what is stored cannot be expressed. */
export function readBuild(
  row: StoredBuild,
  names: NamedLists,
): { readonly build: BuildSpec; readonly foreign: boolean } {
  const type = (Object.keys(types) as BuildSpec["type"][]).find(
    (one) => types[one] === row.buildType,
  );
  const args = parseEnvText(row.buildArgs ?? "");
  const secrets = parseEnvText(row.buildSecrets ?? "");
  return {
    build: {
      type: type ?? defaultBuild.type,
      dockerfile: row.dockerfile === usualDockerfile ? null : orNull(row.dockerfile),
      context: orNull(row.dockerContextPath),
      target: orNull(row.dockerBuildStage),
      args: args.values,
      secrets: secrets.values,
      publishDirectory: orNull(row.publishDirectory),
      spa: row.isStaticSpa === true,
      envFile: row.createEnvFile,
      registry: row.registryId === null ? null : nameOf(names, "registry", row.registryId),
      cache: row.cleanCache !== true,
    },
    foreign: type === undefined || !args.clean || !secrets.clean,
  };
}

export function writeBuild(build: BuildSpec, names: NamedLists) {
  const { type, registry, args, secrets } = build;
  return {
    buildType: types[type],
    dockerfile: build.dockerfile ?? usualDockerfile,
    dockerContextPath: build.context,
    dockerBuildStage: build.target,
    buildArgs: formatEnvText(args),
    buildSecrets: formatEnvText(secrets),
    publishDirectory: build.publishDirectory,
    isStaticSpa: build.spa,
    createEnvFile: build.envFile,
    cleanCache: !build.cache,
    registryId: registry === null ? null : namedOne(names, "registry", registry).id,
  };
}

/** Which field each column is. */
export const buildColumns = {
  buildType: "build.type",
  dockerfile: "build.dockerfile",
  dockerContextPath: "build.context",
  dockerBuildStage: "build.target",
  buildArgs: "build.args",
  buildSecrets: "build.secrets",
  publishDirectory: "build.publishDirectory",
  isStaticSpa: "build.spa",
  createEnvFile: "build.envFile",
  cleanCache: "build.cache",
  registryId: "build.registry",
} as const;
