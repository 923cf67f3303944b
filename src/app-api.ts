// What of a running controller the API tells beside the engine: its name, addresses of pages elsewhere, and
// what became of commits.
import type { Config } from "./config.ts";
import { dokployPages } from "./dokploy/pages.ts";
import { webLinks } from "./forge/web-links.ts";
import type { ApiDeps } from "./http/api/api.ts";
import { noLinks } from "./http/links.ts";
import type { Links } from "./http/links.ts";
import type { CheckStore } from "./ports-forge.ts";

export function linksOf({ forge, dokploy }: Pick<Config, "forge" | "dokploy">): Links {
  return {
    ...noLinks,
    ...(forge === null ? {} : webLinks(forge)),
    ...(dokploy === null ? {} : dokployPages(dokploy.url)),
  };
}

export function apiOf(parts: {
  readonly config: Config;
  readonly store: CheckStore;
}): Pick<ApiDeps, "identity" | "links" | "checks"> {
  const { config, store } = parts;
  return {
    identity: { instance: config.instance, branch: config.branch },
    links: linksOf(config),
    checks: store,
  };
}
