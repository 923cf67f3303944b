// Addresses on Git hosts: of the API, of a repository, of paths and branches in URLs. What could lead a
// request to another place than meant is refused.
import { CapstanError } from "../lib/errors.ts";

/** The host's address taken apart. Throws `invalid` for what is no http(s) address. */
export function parseHost(url: string): { readonly host: string; readonly address: string } {
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    throw new CapstanError("invalid", "the Git host's address cannot be used", {
      hint: "set FORGE_URL to an address such as https://git.example.com",
    });
  }
  const address = `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, "");
  return { host: parsed.host, address };
}

/** `https://git.example.com/gitea` with or without the API's path → with it. */
export function apiAddress(url: string, apiPath: string): string {
  const { address } = parseHost(url);
  return address.endsWith(apiPath) ? address : `${address}${apiPath}`;
}

/** Whether it can be a part of a path in a URL, as itself and nothing else. */
export function isSegment(part: string): boolean {
  return part !== "" && part !== "." && part !== ".." && !/[\u0000-\u0020\u007f\\]/.test(part);
}

/** `owner/name` as segments of a URL's path; `groups` takes more than two. Throws `invalid`. */
export function repositorySegments(repository: string, groups: boolean): readonly string[] {
  const parts = repository.split("/");
  if (!parts.every(isSegment) || parts.length < 2 || (!groups && parts.length > 2)) {
    throw new CapstanError(
      "invalid",
      `${JSON.stringify(repository)} is not the name of a repository`,
      {
        hint: groups
          ? "write it as group/name, as in the address of its page"
          : "write it as owner/name, as in the address of its page",
      },
    );
  }
  return parts;
}

/** Each part encoded, the slashes between them kept: hosts route on those. */
export function pathInUrl(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** A comment's or pull request's number as it stands in a path. Throws `not-found` for what can be none. */
export function numberInUrl(id: string | number): string {
  const text = String(id);
  if (/^\d{1,18}$/.test(text)) return text;
  throw new CapstanError(
    "not-found",
    `${JSON.stringify(text.slice(0, 40))} is not a number of the host`,
    {
      hint: "it was made on another host: make a new one",
    },
  );
}
