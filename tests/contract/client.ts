/**
 * The plainest client that can talk to a Dokploy: it repeats nothing, checks nothing and throws
 * only when there was no answer. The suites compare what really came over the wire.
 */
/** Whatever came over the wire: the suites look at it without a schema, on purpose. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** Undefined for an empty body; the text itself when it is no JSON. */
  json: Json;
}

export interface Client {
  url: string;
  get(procedure: string, query?: Record<string, string | number>): Promise<Reply>;
  post(procedure: string, body?: unknown): Promise<Reply>;
  /** One tRPC request for several queries. */
  batch(procedures: readonly string[], inputs?: readonly unknown[]): Promise<Reply>;
  /** One tRPC request for several mutations. */
  batchPost(procedures: readonly string[], inputs: readonly unknown[]): Promise<Reply>;
  raw(path: string, init?: RequestInit): Promise<Reply>;
}

export function createClient(url: string, apiKey: string | undefined): Client {
  const key: Record<string, string> = apiKey === undefined ? {} : { "x-api-key": apiKey };
  const raw = async (path: string, init: RequestInit = {}): Promise<Reply> => {
    const given = (init.headers ?? {}) as Record<string, string>;
    const response = await fetch(`${url}${path}`, { ...init, headers: { ...key, ...given } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  };
  const posted = (body: unknown): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body ?? {}),
  });
  const numbered = (inputs: readonly unknown[]): string =>
    JSON.stringify(Object.fromEntries(inputs.map((json, i) => [String(i), { json }])));
  return {
    url,
    raw,
    get: (procedure, query = {}) => {
      const params = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      );
      const suffix = params.size === 0 ? "" : `?${params.toString()}`;
      return raw(`/api/${procedure}${suffix}`);
    },
    post: (procedure, body) => raw(`/api/${procedure}`, posted(body)),
    batch: (procedures, inputs = procedures.map(() => ({}))) =>
      raw(
        `/api/trpc/${procedures.join(",")}?batch=1&input=${encodeURIComponent(numbered(inputs))}`,
      ),
    batchPost: (procedures, inputs) =>
      raw(`/api/trpc/${procedures.join(",")}?batch=1`, posted(numbered(inputs))),
  };
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
