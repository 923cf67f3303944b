// What of a running controller the API tells beside the engine: its name, addresses of pages elsewhere, and
// what became of commits.
import type { Config } from "./config.ts";
import { webLinks } from "./forge/web-links.ts";
import type { ApiDeps } from "./http/api/api.ts";
import { noLinks } from "./http/links.ts";
import type { Links } from "./http/links.ts";
import type { CheckStore } from "./ports-forge.ts";

export function apiOf(parts: {
  readonly config: Config;
  readonly checks: Pick<CheckStore, "checks" | "newestCommits" | "written">;
  /** Of Dokploy. */
  readonly pages: Pick<Links, "environment" | "service">;
}): Pick<ApiDeps, "identity" | "links" | "checks"> {
  const { config, checks, pages } = parts;
  const { forge } = config;
  return {
    identity: { instance: config.instance, branch: config.branch },
    links: { ...noLinks, ...(forge === null ? {} : webLinks(forge)), ...pages },
    checks,
  };
}
