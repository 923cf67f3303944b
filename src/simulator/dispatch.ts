/**
 * From a request that was read completely to its answer: which procedures it names, who asks, and
 * what comes of it. Knows nothing of sockets.
 */
import { verify } from "./auth.ts";
import {
  outcomeOfError,
  restAnswer,
  rpcBatchAnswer,
  rpcItem,
  jsonAnswer,
  unauthorizedAnswer,
  type Answer,
  type Outcome,
} from "./envelope.ts";
import { fail } from "./failure.ts";
import type { Procedure } from "./procedure.ts";
import { PROCEDURES } from "./procedures.ts";
import type { ApiKey } from "./state.ts";
import type { World } from "./world.ts";

export interface ParsedRequest {
  method: string;
  transport: "rest" | "trpc" | "other";
  procedures: string[];
  batch: boolean;
  apiKey: string | undefined;
  contentType: string | undefined;
  query: URLSearchParams;
  /** The text of the body; undefined for a method without one. */
  text: string | undefined;
}

const PREFIX = "/api/";
const RPC_PREFIX = "/api/trpc/";

export function parseTarget(
  method: string,
  target: string,
): Pick<ParsedRequest, "method" | "transport" | "procedures" | "batch" | "query"> {
  const question = target.indexOf("?");
  const path = question === -1 ? target : target.slice(0, question);
  const query = new URLSearchParams(question === -1 ? "" : target.slice(question + 1));
  if (path.startsWith(RPC_PREFIX)) {
    const name = decode(path.slice(RPC_PREFIX.length));
    const batch = query.get("batch") === "1";
    return {
      method,
      transport: "trpc",
      procedures: batch ? name.split(",") : [name],
      batch,
      query,
    };
  }
  if (path.startsWith(PREFIX)) {
    const procedures = [decode(path.slice(PREFIX.length))];
    return { method, transport: "rest", procedures, batch: false, query };
  }
  return { method, transport: "other", procedures: [], batch: false, query };
}

export function isWrite(request: Pick<ParsedRequest, "procedures">): boolean {
  return request.procedures.some((name) => PROCEDURES.get(name)?.kind === "mutation");
}

export async function dispatch(world: World, request: ParsedRequest): Promise<Answer> {
  switch (request.transport) {
    case "rest":
      return dispatchRest(world, request);
    case "trpc":
      return dispatchRpc(world, request);
    case "other":
      return { status: 404, headers: { "content-type": "text/html" }, body: "Not Found" };
  }
}

async function dispatchRest(world: World, request: ParsedRequest): Promise<Answer> {
  const path = request.procedures[0] ?? "";
  const body = readJson(request.text, request.contentType);
  if (!body.ok) return { status: 400, headers: {}, body: "Invalid JSON" };
  // The key is checked twice, and each check counts: once before anything is looked at.
  if (verify(world.tables, request.apiKey) === undefined) return unauthorizedAnswer();
  const procedure = PROCEDURES.get(path);
  if (procedure === undefined || !fits(procedure, request.method)) {
    return restAnswer(outcomeOfError(fail("NOT_FOUND", "Not found")), undefined);
  }
  const actor = verify(world.tables, request.apiKey);
  if (actor === undefined)
    return restAnswer(outcomeOfError(fail("UNAUTHORIZED", "UNAUTHORIZED")), path);
  if (procedure.kind === "mutation" && !isJson(request.contentType)) {
    return restAnswer(outcomeOfError(unsupported(request.contentType)), path);
  }
  const input = procedure.kind === "query" ? Object.fromEntries(request.query) : plain(body.value);
  return restAnswer(await call(world, actor, procedure, input), path);
}

async function dispatchRpc(world: World, request: ParsedRequest): Promise<Answer> {
  const body =
    request.method === "GET"
      ? readJson(request.query.get("input") ?? "", "application/json")
      : readJson(request.text, "application/json");
  if (!body.ok) {
    const data = { code: "PARSE_ERROR", httpStatus: 400, zodError: null };
    const error = { error: { json: { message: "Invalid JSON", code: -32700, data } } };
    return jsonAnswer(400, request.batch ? request.procedures.map(() => error) : error);
  }
  const actor = verify(world.tables, request.apiKey);
  const media = request.method === "GET" || isJson(request.contentType);
  const items = await Promise.all(
    request.procedures.map(async (path, i) => {
      if (!media) return rpcItem(outcomeOfError(unsupported(request.contentType)), path);
      const procedure = PROCEDURES.get(path);
      if (procedure === undefined) return rpcItem(outcomeOfError(notFoundProcedure(path)), path);
      if (!fits(procedure, request.method)) {
        const message = `Unsupported ${request.method}-request to ${procedure.kind} procedure at path "${path}"`;
        return rpcItem(outcomeOfError(fail("METHOD_NOT_SUPPORTED", message)), path);
      }
      if (actor === undefined)
        return rpcItem(outcomeOfError(fail("UNAUTHORIZED", "UNAUTHORIZED")), path);
      const wrapped = request.batch ? member(body.value, String(i)) : body.value;
      return rpcItem(await call(world, actor, procedure, member(wrapped, "json")), path);
    }),
  );
  const [first] = items;
  if (request.batch || first === undefined) return rpcBatchAnswer(items);
  return jsonAnswer(first.status, first.item);
}

async function call(
  world: World,
  actor: ApiKey,
  procedure: Procedure,
  input: unknown,
): Promise<Outcome> {
  try {
    return { ok: true, value: await procedure.handle(input, { world, actor }) };
  } catch (error) {
    return outcomeOfError(error);
  }
}

function fits(procedure: Procedure, method: string): boolean {
  return method === (procedure.kind === "query" ? "GET" : "POST");
}

function notFoundProcedure(path: string): Error {
  return fail("NOT_FOUND", `No procedure found on path "${path}"`);
}

function unsupported(contentType: string | undefined): Error {
  const message =
    contentType === undefined
      ? "Missing content-type header"
      : `Unsupported content-type "${contentType}`;
  return fail("UNSUPPORTED_MEDIA_TYPE", message);
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.startsWith("application/json") ?? false;
}

function readJson(
  text: string | undefined,
  contentType: string | undefined,
): { ok: true; value: unknown } | { ok: false } {
  if (text === undefined || text === "" || !isJson(contentType))
    return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** Whatever is no object becomes an empty one, as spreading it would. */
function plain(value: unknown): object {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
