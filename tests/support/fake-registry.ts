// A little registry of images, with the traps of real ones: tokens, limits, a proxy's page, moved and missing tags.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly accept: string;
  readonly status: number;
}

export type Trouble =
  | { readonly kind: "limit"; readonly retryAfter: string | null }
  | { readonly kind: "html" }
  | { readonly kind: "down" }
  | { readonly kind: "redirect"; readonly to: string };

export interface FakeRegistry {
  /** As images name it: `127.0.0.1:5000`. */
  readonly host: string;
  readonly requests: RegistryRequest[];
  /** Lets a tag point to what these words stand for; its digest. */
  push(repository: string, tag: string, words: string): string;
  remove(repository: string, tag: string): void;
  digestOf(image: string): string | null;
  /** No token that it gave is good any more. */
  revoke(): void;
  /** Whom it shows anything; null: everybody. `basic`: without tokens. */
  login: { username: string; password: string; basic?: boolean } | null;
  /** Tokens also for those who need no login, as Docker Hub has them. */
  wantsTokens: boolean;
  /** The address of tokens instead of its own. */
  realm: string | null;
  /** Whether it says digests and answers HEAD. */
  saysDigests: boolean;
  trouble: Trouble | null;
  /** How many tags it lists at once. */
  tagsAPage: number;
  close(): Promise<void>;
}

const listType = "application/vnd.oci.image.index.v1+json";

/** A list of manifests, as of an image for several platforms. */
export function manifestOf(words: string): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: listType, manifests: [], words });
}

export function digestOf(words: string): string {
  return `sha256:${createHash("sha256").update(manifestOf(words)).digest("hex")}`;
}

export async function createFakeRegistry(): Promise<FakeRegistry> {
  const tags = new Map<string, string>();
  const requests: RegistryRequest[] = [];
  let issued = 0;
  const good = new Set<string>();

  function mayRead(authorization: string | null): boolean {
    const { login, wantsTokens } = registry;
    if (login === null && !wantsTokens) return true;
    if (login?.basic === true) return isLogin(authorization);
    return good.has(authorization ?? "");
  }
  function isLogin(authorization: string | null): boolean {
    const { login } = registry;
    if (login === null) return authorization === null;
    const text = Buffer.from(`${login.username}:${login.password}`).toString("base64");
    return authorization === `Basic ${text}`;
  }

  type Answer = readonly [number, Readonly<Record<string, string>>, string];

  /** A few at a time, so that there are pages. */
  function tagsPage(repository: string, url: URL): Answer {
    const start = `${repository}:`;
    const all = [...tags.keys()].filter((key) => key.startsWith(start)).sort();
    const names = all.map((key) => key.slice(start.length));
    if (names.length === 0) return [404, { "content-type": "application/json" }, "{}"];
    const rest = names.filter((name) => name > (url.searchParams.get("last") ?? ""));
    const page = rest.slice(0, registry.tagsAPage);
    const more = `</v2/${repository}/tags/list?n=1000&last=${page.at(-1) ?? ""}>; rel="next"`;
    const headers = {
      "content-type": "application/json",
      ...(rest.length > page.length ? { link: more } : {}),
    };
    return [200, headers, JSON.stringify({ name: repository, tags: page })];
  }

  function answerTo(request: IncomingMessage): Answer {
    const url = new URL(request.url ?? "/", "http://registry");
    const authorization = request.headers.authorization ?? null;
    const { trouble, login } = registry;
    if (trouble?.kind === "limit") {
      const { retryAfter } = trouble;
      return [429, retryAfter === null ? {} : { "retry-after": retryAfter }, "too many requests"];
    }
    if (trouble?.kind === "html") {
      return [200, { "content-type": "text/html" }, "<html>Please sign in</html>"];
    }
    if (trouble?.kind === "redirect") return [307, { location: trouble.to }, ""];
    if (url.pathname === "/token") {
      if (!isLogin(authorization)) return [401, {}, "{}"];
      issued += 1;
      good.add(`Bearer token-${issued}`);
      const body = { token: `token-${issued}`, expires_in: 300 };
      return [200, { "content-type": "application/json" }, JSON.stringify(body)];
    }
    const list = /^\/v2\/(.+)\/tags\/list$/.exec(url.pathname)?.[1];
    const [, repository = list ?? "", tag = ""] =
      /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url.pathname) ?? [];
    if (!mayRead(authorization)) {
      const realm = registry.realm ?? `http://${registry.host}/token`;
      const bearer = `Bearer realm="${realm}",service="fake",scope="repository:${repository}:pull"`;
      return [401, { "www-authenticate": login?.basic === true ? 'Basic realm="x"' : bearer }, ""];
    }
    if (list !== undefined) return tagsPage(list, url);
    const words = tags.get(`${repository}:${tag}`);
    if (words === undefined) return [404, { "content-type": "application/json" }, "{}"];
    if (!registry.saysDigests) {
      if (request.method === "HEAD") return [405, {}, ""];
      return [200, { "content-type": listType }, manifestOf(words)];
    }
    const digest = digestOf(words);
    const etag = `"${digest}"`;
    if (request.headers["if-none-match"] === etag) return [304, { etag }, ""];
    const headers = { "content-type": listType, "docker-content-digest": digest, etag };
    return [200, headers, manifestOf(words)];
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url: path = "", headers } = request;
    if (registry.trouble?.kind === "down") {
      response.destroy();
      return;
    }
    const [status, said, body] = answerTo(request);
    const { authorization = null, accept = "" } = headers;
    requests.push({ method, path, authorization, accept, status });
    response.writeHead(status, said);
    response.end(method === "HEAD" || status === 304 ? undefined : body);
  }

  const server = createServer(serve);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const registry: FakeRegistry = {
    host: `127.0.0.1:${port}`,
    requests,
    push(repository, tag, words) {
      tags.set(`${repository}:${tag}`, words);
      return digestOf(words);
    },
    remove(repository, tag) {
      tags.delete(`${repository}:${tag}`);
    },
    digestOf(image) {
      const words = tags.get(image.replace(`${registry.host}/`, ""));
      return words === undefined ? null : digestOf(words);
    },
    revoke() {
      good.clear();
    },
    login: null,
    wantsTokens: false,
    realm: null,
    saysDigests: true,
    trouble: null,
    tagsAPage: 2,
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        server.closeAllConnections();
      }),
  };
  return registry;
}
