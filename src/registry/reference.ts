// Where the registry of an image is. Docker Hub has several names, and images without a host are its.
import type { RegistryLogin } from "../model/specs.ts";
import type { ImageSource } from "../ports-registry.ts";

export interface Repository {
  /** Where it is asked: `https://registry-1.docker.io`. */
  readonly origin: string;
  /** For people, as they know it: `docker.io`. */
  readonly host: string;
  /** `library/nginx`. */
  readonly path: string;
  /** The login that is for this registry; null: none is. */
  readonly login: RegistryLogin | null;
}

const hub = "docker.io";
const hubHosts: ReadonlySet<string> = new Set([hub, "index.docker.io", "registry-1.docker.io", ""]);

/** Of this machine: asked without TLS, as docker does. */
function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** `ghcr.io` of `https://GHCR.io/v2/`: people write it in all ways. */
function loginHost(url: string): string {
  const bare = url.trim().toLowerCase();
  const host = bare.replace(/^[a-z]+:\/\//, "").replace(/\/.*$/, "");
  return hubHosts.has(host) ? hub : host;
}

export function repositoryOf({ image, login }: ImageSource): Repository {
  const slash = image.indexOf("/");
  const first = slash === -1 ? "" : image.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const named = isHost ? first.toLowerCase() : hub;
  const rest = isHost ? image.slice(slash + 1) : image;
  const isHub = hubHosts.has(named);
  const host = isHub ? hub : named;
  const scheme = isLoopback(host) ? "http" : "https";
  return {
    host,
    origin: isHub ? "https://registry-1.docker.io" : `${scheme}://${host}`,
    path: isHub && !rest.includes("/") ? `library/${rest}` : rest,
    login: login !== null && loginHost(login.url) === host ? login : null,
  };
}
