// Registries by the distribution API: a request, the token that it asks for, and what the answers mean.
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../lib/clock.ts";
import { CapstanError } from "../lib/errors.ts";
import type { HttpClient, HttpResponse } from "../lib/http.ts";
import type { ImageSource, Registry } from "../ports-registry.ts";
import { jsonOf } from "../lib/json.ts";
import { readChallenge } from "./challenge.ts";
import { createPauses } from "./pauses.ts";
import { repositoryOf } from "./reference.ts";
import type { Repository } from "./reference.ts";
import { createTokens } from "./tokens.ts";

const timeoutMs = 15_000;
/** What registries take for a manifest at most. */
const maxBytes = 4 * 1024 * 1024;
const mostRedirects = 3;
const mostKnown = 5_000;
const pageOfTags = 1_000;
const mostTags = 20_000;

/** Lists first: what docker pulls by a tag is named by the list where there is one. */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

const digestPattern = /^sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$/;

interface Ask {
  readonly method: "HEAD" | "GET";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer of a tag, by which the next request asks only whether it changed. */
interface Known {
  readonly etag: string | null;
  readonly digest: string;
}

export interface RegistryOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
}

function typeOf(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function strange(
  { host }: Repository,
  { status, headers }: HttpResponse,
  wanted = "manifest",
): CapstanError {
  const type = typeOf(headers);
  const what =
    status !== 200 ? `status ${status}` : `something that is no ${wanted} (${type || "no type"})`;
  return new CapstanError("unavailable", `the registry ${host} answered ${what}`, {
    hint: "a proxy or a page for sign-in may stand before it",
  });
}

/** Where a redirect leads that may be followed: with TLS where there was some, and to a name. Null: nowhere. */
function redirectOf({ status, headers }: HttpResponse, from: URL): URL | null {
  const location = headers.get("location") ?? "";
  if (![301, 302, 303, 307, 308].includes(status) || !URL.canParse(location, from)) return null;
  const to = new URL(location, from);
  if (to.origin === from.origin) return to;
  const isName = /[a-z]$/.test(to.hostname) && to.hostname.includes(".");
  return to.protocol === "https:" && isName ? to : null;
}

export function createRegistry({ http, clock }: RegistryOptions): Registry {
  const pauses = createPauses(clock);
  const tokens = createTokens({ http, clock, pauses });
  const known = new Map<string, Known>();

  async function once(repository: Repository, ask: Ask, auth: string | null) {
    const origin = new URL(repository.origin);
    let url = new URL(ask.path, origin);
    for (let left = mostRedirects; ; left -= 1) {
      // Nobody but the registry gets what proves who asks.
      const isOwn = url.origin === origin.origin;
      const answer = await http.send({
        ...{ method: ask.method, url: url.href, timeoutMs, maxBytes },
        headers: { ...ask.headers, ...(isOwn && auth !== null ? { authorization: auth } : {}) },
      });
      const next = left > 0 ? redirectOf(answer, url) : null;
      if (next === null) return answer;
      url = next;
    }
  }

  async function send(repository: Repository, ask: Ask): Promise<HttpResponse> {
    const { host, origin, login } = repository;
    pauses.check(host);
    const before = tokens.known(repository);
    let answer = await once(repository, ask, before);
    if (answer.status === 401) {
      tokens.forget(repository);
      const challenge = readChallenge(answer.headers.get("www-authenticate"), new URL(origin));
      if (challenge !== null) {
        answer = await once(repository, ask, await tokens.ask(repository, challenge));
      }
    }
    const { status, headers } = answer;
    if (status === 429 || (status === 503 && headers.has("retry-after"))) {
      pauses.heed(host, headers);
      pauses.check(host);
    }
    if (status === 401 || status === 403) {
      tokens.forget(repository);
      const code = status === 401 ? "unauthorised" : "forbidden";
      throw new CapstanError(code, `the registry ${host} does not show ${repository.path}`, {
        hint:
          login === null
            ? "there is none of that name, or it is private: give the application a `registry` with username and password"
            : "check its name, and what the login of `registry` may read",
      });
    }
    return answer;
  }

  /** What the answer says of the digest; null: nothing. */
  function told({ headers }: HttpResponse): string | null {
    const digest = headers.get("docker-content-digest") ?? "";
    return digestPattern.test(digest) ? digest : null;
  }

  async function readDigest(source: ImageSource, tag: string): Promise<string | null> {
    const repository = repositoryOf(source);
    const path = `/v2/${repository.path}/manifests/${tag}`;
    const key = JSON.stringify([repository.origin, path, repository.login?.username ?? null]);
    const before = known.get(key);
    const headers = {
      accept: manifestTypes.join(", "),
      ...(before?.etag ? { "if-none-match": before.etag } : {}),
    };
    const head = await send(repository, { method: "HEAD", path, headers });
    if (head.status === 304 && before !== undefined) return before.digest;
    if (head.status === 404) {
      known.delete(key);
      return null;
    }
    if (head.status !== 200 && head.status !== 405) throw strange(repository, head);
    let answer = head;
    let digest = told(head);
    if (digest === null) {
      // Some say it nowhere. What they send has it all the same: it is the hash of these bytes.
      answer = await send(repository, { method: "GET", path, headers: { accept: headers.accept } });
      if (answer.status === 404) return null;
      const isManifest = answer.status === 200 && manifestTypes.includes(typeOf(answer.headers));
      if (!isManifest) throw strange(repository, answer);
      digest = told(answer) ?? `sha256:${createHash("sha256").update(answer.text).digest("hex")}`;
    }
    if (known.size >= mostKnown) known.clear();
    known.set(key, { etag: answer.headers.get("etag"), digest });
    return digest;
  }

  const listed = z.object({ tags: z.array(z.string()).nullable() });

  /** The rest of a list, where there is more: `Link: </v2/acme/shop/tags/list?last=1.4.2&n=1000>; rel="next"`. */
  function nextOf({ headers }: HttpResponse, { origin }: Repository): string | null {
    const link = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(headers.get("link") ?? "")?.[1] ?? "";
    if (link === "" || !URL.canParse(link, origin)) return null;
    const url = new URL(link, origin);
    return url.origin === origin ? `${url.pathname}${url.search}` : null;
  }

  async function readTags(source: ImageSource): Promise<readonly string[]> {
    const repository = repositoryOf(source);
    const { host, path } = repository;
    const tags: string[] = [];
    let next: string | null = `/v2/${path}/tags/list?n=${pageOfTags}`;
    while (next !== null && tags.length < mostTags) {
      const headers = { accept: "application/json" };
      const answer = await send(repository, { method: "GET", path: next, headers });
      if (answer.status === 404) {
        throw new CapstanError("not-found", `the registry ${host} has no repository ${path}`);
      }
      const said = answer.status === 200 ? listed.safeParse(jsonOf(answer.text)) : null;
      if (said?.success !== true) throw strange(repository, answer, "list of tags");
      const before = tags.length;
      tags.push(...(said.data.tags ?? []));
      next = tags.length === before ? null : nextOf(answer, repository);
    }
    return tags.slice(0, mostTags);
  }

  const asking = new Map<string, Promise<string | null>>();
  return {
    tags: readTags,
    digest(source, tag) {
      const key = JSON.stringify([source, tag]);
      const under = asking.get(key);
      if (under !== undefined) return under;
      const asked = readDigest(source, tag).finally(() => asking.delete(key));
      asking.set(key, asked);
      return asked;
    },
  };
}
