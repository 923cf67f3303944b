// The Git host of the environment: where checks, comments and the portal's commits go. What FORGE_URL and
// FORGE_REPOSITORY leave out is read off GIT_URL, when that is an address of the same host.
import { z } from "zod";
import { forgeKinds } from "./model/forge.ts";
import type { ForgeKind } from "./model/forge.ts";

export interface ForgeConfig {
  readonly kind: ForgeKind;
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** `owner/name`; on GitLab with all groups. */
  readonly repository: string;
}

/** As they stand in the environment, each valid by itself. */
export interface ForgeVariables {
  readonly FORGE?: ForgeKind | undefined;
  readonly FORGE_URL?: string | undefined;
  readonly FORGE_TOKEN?: string | undefined;
  readonly FORGE_REPOSITORY?: string | undefined;
  readonly GIT_URL?: string | undefined;
}

/** What stands there when some of it is wrong: enough to name what is missing beside it. */
export function rawForge(raw: Readonly<Record<string, string>>): ForgeVariables {
  return { ...raw, FORGE: forgeKinds.find((kind) => kind === raw.FORGE) };
}

/** The configuration, null without FORGE, or one line for each thing that is missing. */
export function forgeConfig(
  variables: ForgeVariables,
): { readonly forge: ForgeConfig | null } | { readonly problems: readonly string[] } {
  const { FORGE: kind, FORGE_TOKEN: token } = variables;
  if (kind === undefined) {
    const others = ["FORGE_URL", "FORGE_TOKEN", "FORGE_REPOSITORY"] as const;
    const set = others.find((name) => variables[name] !== undefined);
    if (set === undefined) return { forge: null };
    return {
      problems: [`FORGE is missing beside ${set}; set it to gitea, forgejo, github or gitlab`],
    };
  }
  const fromGit = derived(kind, variables.GIT_URL, variables.FORGE_URL);
  const url = variables.FORGE_URL ?? fromGit.url;
  const repository = variables.FORGE_REPOSITORY ?? fromGit.repository;
  const problems: string[] = [];
  if (url === null) {
    problems.push("FORGE_URL is missing; set it to the address of the Git host's start page");
  }
  if (token === undefined) {
    problems.push("FORGE_TOKEN is missing; make a token in the Git host's settings and set it");
  }
  if (repository === null) {
    problems.push("FORGE_REPOSITORY is missing; set it to owner/name of the repository");
  } else if (kind !== "gitlab" && repository.split("/").length !== 2) {
    problems.push("FORGE_REPOSITORY must be owner/name; only GitLab has groups in groups");
  }
  if (url === null || token === undefined || repository === null || problems.length > 0) {
    return { problems };
  }
  return { forge: { kind, url, token, repository } };
}

interface Derived {
  readonly url: string | null;
  readonly repository: string | null;
}

function derived(kind: ForgeKind, gitUrl = "", forgeUrl?: string): Derived {
  const git = URL.parse(gitUrl);
  if (git === null || !["http:", "https:"].includes(git.protocol)) {
    return { url: null, repository: null };
  }
  const segments = git.pathname
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
  const forge = forgeUrl === undefined ? null : URL.parse(forgeUrl);
  if (forge !== null) {
    if (webHost(kind, forge.host) !== webHost(kind, git.host)) {
      return { url: null, repository: null };
    }
    const prefix = forge.pathname
      .replace(/\/api\/v\d\/?$/, "")
      .split("/")
      .filter((segment) => segment !== "")
      .map(decode);
    const below = prefix.every((segment, at) => segments[at] === segment);
    return { url: null, repository: below ? named(kind, segments.slice(prefix.length)) : null };
  }
  // GitLab's groups cannot be told from a path below which it lives: it seldom lives below one.
  const parts = kind === "gitlab" ? segments : segments.slice(-2);
  const prefix = segments
    .slice(0, segments.length - parts.length)
    .map((segment) => `/${encodeURIComponent(segment)}`)
    .join("");
  const url =
    kind === "github" && git.host === "github.com"
      ? "https://api.github.com"
      : `${git.origin}${prefix}`;
  return { url, repository: named(kind, parts) };
}

function named(kind: ForgeKind, parts: readonly string[]): string | null {
  const fits = kind === "gitlab" ? parts.length >= 2 : parts.length === 2;
  return fits ? parts.join("/") : null;
}

/** GitHub's API has another host than its pages. */
function webHost(kind: ForgeKind, host: string): string {
  return kind === "github"
    ? host.replace(/^(?:www|api)\.(?=github\.com$|[^.]+\.ghe\.com$)/, "")
    : host;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * The host of the registry that comes with the Git host. A GitLab of one's own may have another one: then its
 * images name no repository, and nothing else follows.
 */
export function registryHostOf({ kind, url }: Pick<ForgeConfig, "kind" | "url">): string | null {
  const address = URL.parse(url);
  if (address === null) return null;
  const host = webHost(kind, address.host);
  switch (kind) {
    case "gitea":
    case "forgejo":
      return host;
    case "github":
      return host === "github.com" ? "ghcr.io" : `containers.${host}`;
    case "gitlab":
      return `registry.${host}`;
  }
}

export interface WebhookConfig {
  /** Null: no webhook is believed. */
  readonly webhookSecret: string | null;
  /** Null: no webhook of a registry is believed. */
  readonly registryWebhookSecret: string | null;
}

export const webhookVariables = {
  WEBHOOK_SECRET: z.string().optional(),
  REGISTRY_WEBHOOK_SECRET: z
    .string()
    .regex(/^[\w.~-]{16,200}$/, {
      error: "must be 16 to 200 letters, digits and ._~-, as it is a part of an address",
    })
    .optional(),
};

export function webhookConfig(value: {
  readonly WEBHOOK_SECRET?: string | undefined;
  readonly REGISTRY_WEBHOOK_SECRET?: string | undefined;
}): WebhookConfig {
  return {
    webhookSecret: value.WEBHOOK_SECRET ?? null,
    registryWebhookSecret: value.REGISTRY_WEBHOOK_SECRET ?? null,
  };
}
