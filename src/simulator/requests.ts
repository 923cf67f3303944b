/**
 * One HTTP request from its first byte to its last, with the faults it is hit by: delays, sockets
 * that close before or after the work, answers that are not what was asked for.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { dispatch, isWrite, parseTarget, type ParsedRequest } from "./dispatch.ts";
import { jsonAnswer, unauthorizedAnswer, type Answer } from "./envelope.ts";
import { distort, replacement } from "./distort.ts";
import type { Fault, FaultKind, FaultRules } from "./faults.ts";
import type { LandingWrite } from "./landing.ts";
import { latencyOf } from "./latency.ts";
import type { LoggedRequest, WritableLog } from "./requestLog.ts";
import type { World } from "./world.ts";

export interface RequestContext {
  world: World;
  log: WritableLog;
  faults: FaultRules;
  measured: boolean;
  /** Requests being served: more of them at once are slower, when latency is measured. */
  inFlight: number;
}

const MAX_BODY_BYTES = 1024 * 1024;
const GZIP_FROM_BYTES = 1024;
/** Recorded: a project whose creation was aborted appeared some 300 ms later. */
const LATE_WRITE_MS = 300;

const compress = promisify(gzip);

export async function handleRequest(
  context: RequestContext,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const startedAt = Date.now();
  const target = parseTarget(req.method ?? "GET", req.url ?? "/");
  const landing = isWrite(target) ? context.world.landing.begin(req.socket) : null;
  try {
    await handle(context, { target, startedAt, landing, req, res });
  } finally {
    landing?.end();
  }
}

interface Arrived {
  target: ReturnType<typeof parseTarget>;
  startedAt: number;
  /** Of a write. */
  landing: LandingWrite | null;
  req: IncomingMessage;
  res: ServerResponse;
}

async function handle(context: RequestContext, arrived: Arrived): Promise<void> {
  const { target, startedAt, landing, req, res } = arrived;
  const text = await readBody(req);
  const request: ParsedRequest = {
    ...target,
    apiKey: headerOf(req, "x-api-key"),
    contentType: headerOf(req, "content-type"),
    text: text === "too large" ? undefined : text.text,
  };
  const entry = context.log.add({
    startedAt,
    method: request.method,
    url: req.url ?? "/",
    transport: request.transport,
    procedures: request.procedures,
    write: isWrite(request),
    batchSize: request.procedures.length,
    body: loggedBody(request),
    apiKey: request.apiKey ?? null,
    status: null,
  });
  if (text === "too large") {
    entry.status = 413;
    res.writeHead(413, { connection: "close" });
    res.end("Body exceeded 1mb limit", () => req.socket.destroySoon());
    return;
  }
  context.inFlight++;
  try {
    await serve(context, { request, entry, landing, req, res });
  } finally {
    context.inFlight--;
  }
}

interface Exchange {
  request: ParsedRequest;
  entry: LoggedRequest;
  landing: LandingWrite | null;
  req: IncomingMessage;
  res: ServerResponse;
}

async function serve(context: RequestContext, exchange: Exchange): Promise<void> {
  const { world } = context;
  const { request, entry, landing, req, res } = exchange;
  const hits = context.faults.hits(entry);
  const hit = (kind: FaultKind): Fault | undefined => hits.find((fault) => fault.kind === kind);

  const late = hit("lateWrite");
  if (hit("reset") !== undefined || late !== undefined) {
    req.socket.destroy();
    if (late !== undefined) await dispatchLater(world, { request, landing, ms: late.ms });
    return;
  }
  if (world.tables.hung) return;
  const hang = hit("hang");
  if (hang !== undefined) {
    if (hang.applied) await dispatch(world, request);
    return;
  }
  await pause(context, { request, landing, extraMs: hit("latency")?.ms ?? 0 });
  if (req.socket.destroyed) {
    // The client went away; the server does not notice and goes on.
    if (entry.write) await dispatchLater(world, { request, landing, ms: LATE_WRITE_MS });
    return;
  }
  if (hit("halfBatch") !== undefined) {
    // The process dies between two items, or the connection does with the rest unread.
    await dispatch(world, firstHalf(request));
    req.socket.destroy();
    return;
  }
  const instead = refusal(hits, request);
  const answer =
    instead === undefined || instead.applied ? await dispatch(world, request) : instead.answer;
  if (hit("answerLost") !== undefined) {
    req.socket.destroy();
    return;
  }
  const given = instead?.answer ?? distort(answer, request, hits);
  await send(req, res, given, entry);
}

function firstHalf(request: ParsedRequest): ParsedRequest {
  const { procedures } = request;
  return { ...request, procedures: procedures.slice(0, Math.floor(procedures.length / 2)) };
}

/** Without its client; never, when everything was forgotten before. */
async function dispatchLater(
  world: World,
  { request, landing, ms }: Pick<Exchange, "request" | "landing"> & { ms: number },
): Promise<void> {
  landing?.dueIn(ms * world.time.scale);
  await world.time.sleep(ms);
  await dispatch(world, request);
}

async function pause(
  context: RequestContext,
  { request, landing, extraMs }: Pick<Exchange, "request" | "landing"> & { extraMs: number },
): Promise<void> {
  const { world, measured } = context;
  const ms = (measured ? latencyOf(world, request.procedures, context.inFlight) : 0) + extraMs;
  if (ms <= 0) return;
  landing?.dueIn(ms * world.time.scale);
  await world.time.sleep(ms);
}

/** An answer that takes the place of Dokploy's own. */
function refusal(
  hits: readonly Fault[],
  request: ParsedRequest,
): { answer: Answer; applied: boolean } | undefined {
  for (const fault of hits) {
    if (fault.kind === "ratelimit401") return { answer: unauthorizedAnswer(), applied: false };
    if (fault.kind === "batchRefused") {
      if (!request.batch) continue;
      const code = fault.status === 404 ? "NOT_FOUND" : "BAD_REQUEST";
      const data = { code, httpStatus: fault.status, zodError: null };
      return {
        answer: jsonAnswer(fault.status, { message: "Not found", code, data }),
        applied: false,
      };
    }
    const answer = replacement(fault);
    if (answer !== undefined) return { answer, applied: fault.applied };
  }
  return undefined;
}

async function send(
  req: IncomingMessage,
  res: ServerResponse,
  answer: Answer,
  entry: LoggedRequest,
): Promise<void> {
  if (req.socket.destroyed) return;
  const plain = Buffer.from(answer.body);
  const accepts = headerOf(req, "accept-encoding")?.includes("gzip") ?? false;
  const zipped = accepts && plain.byteLength >= GZIP_FROM_BYTES;
  const body = zipped ? await compress(plain, { level: 1 }) : plain;
  entry.status = answer.status;
  res.writeHead(answer.status, {
    ...answer.headers,
    ...(zipped && { "content-encoding": "gzip", vary: "Accept-Encoding" }),
    "content-length": body.byteLength,
  });
  res.end(body);
}

/** Stops reading at the limit, as the real one does. */
async function readBody(req: IncomingMessage): Promise<{ text: string | undefined } | "too large"> {
  if (req.method === "GET" || req.method === "HEAD") return { text: undefined };
  const chunks: Buffer[] = [];
  let size = 0;
  // The answer still has to go out on this socket.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return "too large";
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString("utf8") };
}

function headerOf(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function loggedBody(request: ParsedRequest): unknown {
  const text = request.text ?? request.query.get("input");
  if (text === null) return Object.fromEntries(request.query);
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
