// What policies judge, in one spelling each, so that no other spelling of the same thing gets past a pattern: images
// with their registry, repositories without the way to them, hosts in lower case, folders without detours.
import { posix } from "node:path";
import type { GitSource } from "../../model/specs.ts";
import { createGlob } from "./glob.ts";

/** Whether a list's entry allows a value. */
export interface Matcher {
  readonly pattern: string;
  allows(value: string): boolean;
}

function byGlob(separator: "/" | "." | "", canonical: (text: string) => string) {
  return (pattern: string): Matcher => {
    const glob = createGlob(canonical(pattern), separator);
    return { pattern, allows: (value) => glob.matches(canonical(value)) };
  };
}

const asIs = (text: string): string => text;
const lower = (text: string): string => text.toLowerCase();

export const byName = byGlob("", asIs);
export const byPath = byGlob("/", asIs);
export const byHost = byGlob(".", (text) => lower(text).replace(/\.+$/, ""));

/** `docker.io/library/nginx` of `nginx`; the registry in lower case. */
function canonicalName(name: string): string {
  const parts = name.split("/");
  const [first = ""] = parts;
  const isRegistry = parts.length > 1 && (/[.:*?]/.test(first) || first === "localhost");
  if (isRegistry || first.startsWith("**")) {
    const host = lower(first).replace(/^(?:index|registry-1)\.docker\.io$/, "docker.io");
    const path =
      host === "docker.io" && parts.length === 2 ? ["library", ...parts.slice(1)] : parts.slice(1);
    return [host, ...path].join("/");
  }
  if (/^[*?]/.test(name) && parts.length === 1) return name;
  return parts.length === 1 ? `docker.io/library/${name}` : `docker.io/${name}`;
}

function splitImage(image: string): { readonly name: string; readonly version: string } {
  const at = image.indexOf("@");
  const bare = at === -1 ? image : image.slice(0, at);
  const colon = bare.indexOf(":", bare.lastIndexOf("/") + 1);
  const name = colon === -1 ? bare : bare.slice(0, colon);
  return { name, version: image.slice(name.length) };
}

/** A pattern without tag and digest allows every one. */
export function byImage(pattern: string): Matcher {
  const { name, version } = splitImage(pattern);
  const names = createGlob(canonicalName(name), "/");
  const versions = version === "" ? null : createGlob(version, "");
  return {
    pattern,
    allows(value) {
      const image = splitImage(value);
      if (!names.matches(canonicalName(image.name))) return false;
      // What says no version is the newest one.
      const of = image.version === "" ? ":latest" : image.version;
      return versions === null || versions.matches(of);
    },
  };
}

/** `ghcr.io` of an image's name; Docker Hub is `docker.io`. */
export function registryOf(image: string): string {
  return canonicalName(splitImage(image).name).split("/")[0] ?? "";
}

/** The host of a login's address. */
export function registryHost(url: string): string {
  const host = lower(
    url
      .trim()
      .replace(/^[a-z]+:\/\//i, "")
      .split("/")[0] ?? "",
  );
  if (host === "" || host === "index.docker.io" || host === "registry-1.docker.io")
    return "docker.io";
  return host;
}

/** `github.com/acme/shop`: without scheme, login, port, `.git` and a slash at the end; `PROVIDER/owner/name` of a provider. */
export function repositoryOf({ url, provider, repository }: GitSource): string {
  if (provider !== null) return `${provider}/${repository}`;
  const scp = /^[^/@]+@([^:/]+):(.*)$/.exec(url);
  const bare = scp === null ? url.replace(/^[a-z+]+:\/\//i, "") : `${scp[1] ?? ""}/${scp[2] ?? ""}`;
  const [authority = "", ...path] = bare.split("/");
  const host = lower(authority.slice(authority.lastIndexOf("@") + 1)).replace(/:\d*$/, "");
  const folders = path.filter((part) => part !== "" && part !== ".");
  return posix.normalize([host, ...folders].join("/")).replace(/\.git$/, "");
}

/** A folder of the host without detours; `~` stays, as only the host knows where it is. */
function folderPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/+$/, "") : normal;
}

export function byFolder(pattern: string): Matcher {
  const glob = createGlob(pattern, "/");
  return { pattern, allows: (value) => glob.matches(folderPath(value)) };
}

/** `node.labels.pool==users`: blanks mean nothing. */
export const byConstraint = byGlob("", (text) => text.replaceAll(/\s+/g, ""));

function rangeOf(text: string): readonly [from: number, to: number] | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim());
  if (match === null) return null;
  const from = Number(match[1]);
  return [from, Number(match[2] ?? match[1])];
}

/** Whether a text says which ports: a number, a range, or all of them. */
export function isPortPattern(pattern: string): boolean {
  return pattern === "*" || pattern === "**" || rangeOf(pattern) !== null;
}

/** Ports and ranges of them; a range must be allowed as a whole. */
export function byPort(pattern: string): Matcher {
  const allowed = rangeOf(pattern);
  return {
    pattern,
    allows(value) {
      if (allowed === null) return pattern === "*" || pattern === "**";
      const asked = rangeOf(value);
      return asked !== null && asked[0] >= allowed[0] && asked[1] <= allowed[1];
    },
  };
}
