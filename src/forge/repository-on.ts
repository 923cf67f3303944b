// Whether a repository that a service is built from is on this Git host, and what the host's API calls it. Pure.
import type { ForgeKind } from "../model/forge.ts";
import type { GitSource } from "../model/specs.ts";
import { isSegment } from "./address.ts";
import { pagesOf } from "./web-links.ts";

export interface OnHost {
  readonly kind: ForgeKind;
  /** Of the API or of the start page, as FORGE_URL has it. */
  readonly url: string;
}

interface Address {
  /** Of https with its port; ssh has another one on every host. */
  readonly host: string;
  readonly isHttp: boolean;
  readonly path: string;
}

function parsed(url: string): Address | null {
  const scp = /^[^/@\s]+@([^:/\s]+):(?!\/\/)(.+)$/.exec(url);
  if (scp !== null) return { host: scp[1] ?? "", isHttp: false, path: scp[2] ?? "" };
  const address = URL.parse(url);
  if (address === null || !["http:", "https:", "ssh:"].includes(address.protocol)) return null;
  const isHttp = address.protocol !== "ssh:";
  return { host: isHttp ? address.host : address.hostname, isHttp, path: address.pathname };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function segmentsOf(path: string): readonly string[] {
  return path
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
}

/** GitHub answers ssh under two names, and https with `www` before it too. */
const plainHost = (host: string): string =>
  host.toLowerCase().replace(/^(?:www|ssh)\.(?=github\.com$)/, "");

function named(kind: ForgeKind, parts: readonly string[]): string | null {
  const fits = kind === "gitlab" ? parts.length >= 2 : parts.length === 2;
  // A slash may be in one that was encoded.
  return fits && parts.every((part) => isSegment(part) && !part.includes("/"))
    ? parts.join("/")
    : null;
}

/**
 * `owner/name`; null for one that is elsewhere. What one of Dokploy's Git providers reads is taken to be on the host, as
 * long as it may be a repository of it.
 */
export function repositoryOn(
  { kind, url }: OnHost,
  source: Pick<GitSource, "url" | "provider" | "repository">,
): string | null {
  if (source.provider !== null) return named(kind, segmentsOf(source.repository));
  const address = parsed(source.url);
  const pages = URL.parse(pagesOf({ kind, url }));
  if (address === null || pages === null) return null;
  const { host, hostname } = pages;
  if (plainHost(address.host) !== plainHost(address.isHttp ? host : hostname)) return null;
  const segments = segmentsOf(address.path);
  // Only its pages and https live below a path.
  const below = address.isHttp ? segmentsOf(pages.pathname) : [];
  if (!below.every((segment, index) => segments[index] === segment)) return null;
  return named(kind, segments.slice(below.length));
}
