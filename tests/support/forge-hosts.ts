// What the stand-ins for Git hosts share: a server on loopback that knows routes, asks for a token, keeps a
// log, and can be told to answer something else.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Reply {
  readonly status: number;
  /** JSON, or the text as it is when it is a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call {
  readonly method: string;
  /** Below the API's path, as it was sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
  /** The pattern's `:name` and `*` parts, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  /** `/repos/:owner/:repo/contents/*`. */
  readonly pattern: string;
  readonly answer: (call: Call) => Reply | Promise<Reply>;
}

type Forced = Reply | "drop" | null;

export interface FakeHost {
  /** Address for FORGE_URL, without the API's path. */
  readonly url: string;
  readonly token: string;
  readonly calls: readonly Call[];
  /** Asked before the routes; null leaves the call to them. `drop` breaks the connection. */
  intercept: ((call: Omit<Call, "params">) => Forced | Promise<Forced>) | null;
  /** Changes what goes out. */
  spoil: ((reply: Reply, call: Omit<Call, "params">) => Reply) | null;
  close(): Promise<void>;
}

/** Thrown by a route: the answer. */
export class Refusal {
  readonly reply: Reply;
  constructor(status: number, message: unknown, headers: Readonly<Record<string, string>> = {}) {
    this.reply = { status, body: { message }, headers };
  }
}

export function refuse(status: number, message: unknown): never {
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  throw new Refusal(status, message);
}

export async function startHost(options: {
  readonly apiPath: string;
  readonly token: string;
  readonly authorised: (headers: Readonly<Record<string, string | undefined>>) => boolean;
  /** What a wrong token gets. */
  readonly unauthorised: Reply;
  /** What an unknown address gets. */
  readonly unknown: Reply;
  readonly routes: readonly Route[];
}): Promise<FakeHost> {
  const calls: Call[] = [];
  const routes = options.routes.map((route) => ({ ...route, regex: patternRegex(route.pattern) }));

  async function answer(call: Omit<Call, "params">): Promise<Reply> {
    if (!options.authorised(call.headers)) return options.unauthorised;
    for (const route of routes) {
      const match = route.method === call.method ? route.regex.exec(call.path) : null;
      if (match === null) continue;
      const params = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, value]) => [
          name,
          decodeURIComponent(value),
        ]),
      );
      try {
        return await route.answer({ ...call, params });
      } catch (error) {
        if (error instanceof Refusal) return error.reply;
        throw error;
      }
    }
    return options.unknown;
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      void (async () => {
        const url = new URL(request.url ?? "/", "http://host");
        const text = Buffer.concat(chunks).toString("utf8");
        const raw = url.pathname;
        const call = {
          method: request.method ?? "",
          path: raw.startsWith(options.apiPath) ? raw.slice(options.apiPath.length) : `!${raw}`,
          query: url.searchParams,
          headers: request.headers as Record<string, string>,
          body: text === "" ? undefined : (JSON.parse(text) as unknown),
        };
        calls.push({ ...call, params: {} });
        const forced = (await host.intercept?.(call)) ?? null;
        if (forced === "drop") {
          request.socket.destroy();
          return;
        }
        let reply: Reply;
        try {
          reply = forced ?? (await answer(call));
        } catch (error) {
          reply = { status: 599, body: { message: `the stand-in broke: ${String(error)}` } };
        }
        if (host.spoil !== null) reply = host.spoil(reply, call);
        const isText = typeof reply.body === "string";
        response.writeHead(reply.status, {
          "content-type": isText ? "text/html" : "application/json",
          ...reply.headers,
        });
        response.end(
          reply.body === undefined ? "" : isText ? reply.body : JSON.stringify(reply.body),
        );
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const host: FakeHost = {
    url: `http://127.0.0.1:${port}`,
    token: options.token,
    calls,
    intercept: null,
    spoil: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return host;
}

function patternRegex(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/:([a-z_]+)/g, "(?<$1>[^/]+)")
    .replaceAll("*", "(?<rest>.+)");
  // Names of repositories are the same in upper and lower case, on all of them.
  return new RegExp(`^${source}$`, "i");
}

/** One page of rows with the header that says where the next one is. */
export function paged(
  rows: readonly unknown[],
  call: Call,
  sizes: { readonly parameter: string; readonly standard: number; readonly most: number },
): Reply {
  const asked = Number(call.query.get(sizes.parameter) ?? sizes.standard);
  const size = Math.min(Math.max(1, asked), sizes.most);
  const page = Math.max(1, Number(call.query.get("page") ?? 1));
  const body = rows.slice((page - 1) * size, page * size);
  const more = page * size < rows.length;
  const link = `<http://elsewhere.invalid${call.path}?page=${page + 1}&limit=${size}>; rel="next", <http://elsewhere.invalid${call.path}?page=9>; rel="last"`;
  return {
    status: 200,
    body,
    headers: { "x-total-count": String(rows.length), ...(more ? { link } : {}) },
  };
}

interface FieldTypes {
  readonly string: string;
  readonly object: object;
}
type Fields<T extends Record<string, keyof FieldTypes>> = {
  readonly [Name in keyof T]: FieldTypes[T[Name]];
} & Readonly<Record<string, unknown>>;

/** The fields of a request's body, refused when they are not of these types. */
export function fields<T extends Record<string, keyof FieldTypes>>(
  body: unknown,
  required: T,
): Fields<T> {
  if (typeof body !== "object" || body === null) refuse(422, "[]: Empty Content-Type");
  const values = body as Record<string, unknown>;
  for (const [name, type] of Object.entries(required)) {
    if (typeof values[name] !== type) refuse(422, `[${name}]: Required`);
  }
  return values as Fields<T>;
}

/** A field that may be left out. */
export function textOf(value: unknown, standard = ""): string {
  return typeof value === "string" ? value : standard;
}
