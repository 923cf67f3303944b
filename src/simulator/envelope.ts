/** How answers and errors look on the wire: plain under /api, superjson under /api/trpc. */
import { HTTP_STATUS, isFailure, RPC_CODE, zodErrorData, type Failure } from "./failure.ts";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export type Outcome = { ok: true; value: unknown } | { ok: false; failure: Failure };

const JSON_TYPE = { "content-type": "application/json" };

export function outcomeOfError(error: unknown): Outcome {
  if (isFailure(error)) return { ok: false, failure: error.failure };
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, failure: { code: "INTERNAL_SERVER_ERROR", message } };
}

export function jsonAnswer(status: number, value: unknown): Answer {
  const body = value === undefined ? "" : JSON.stringify(value);
  return { status, headers: JSON_TYPE, body };
}

/** The first check of the key answers differently from every other error. */
export function unauthorizedAnswer(): Answer {
  return {
    status: 401,
    headers: { "content-type": "application/json; charset=utf-8", etag: '"hwxzxeosy8q"' },
    body: '{"message":"Unauthorized"}',
  };
}

/** `path` is left out where no procedure was found: so a missing row can be told from that. */
export function restAnswer(outcome: Outcome, path: string | undefined): Answer {
  if (outcome.ok) return jsonAnswer(200, outcome.value);
  const { failure } = outcome;
  const status = HTTP_STATUS[failure.code];
  return jsonAnswer(status, {
    message: failure.invalid === undefined ? failure.message : "Input validation failed",
    code: failure.code,
    data: {
      code: failure.code,
      httpStatus: status,
      ...(path !== undefined && { path }),
      zodError: zodErrorData(failure.invalid),
    },
    ...(failure.invalid !== undefined && { issues: failure.invalid.issues }),
  });
}

export function rpcItem(outcome: Outcome, path: string): { status: number; item: object } {
  if (outcome.ok) return { status: 200, item: { result: { data: superjson(outcome.value) } } };
  const { failure } = outcome;
  const status = HTTP_STATUS[failure.code];
  const data = {
    code: failure.code,
    httpStatus: status,
    path,
    zodError: zodErrorData(failure.invalid),
  };
  const json = { message: failure.message, code: RPC_CODE[failure.code], data };
  return { status, item: { error: { json } } };
}

/** A batch whose items fared differently is answered with 207. */
export function rpcBatchAnswer(items: readonly { status: number; item: object }[]): Answer {
  const statuses = new Set(items.map((one) => one.status));
  const [only] = statuses;
  const status = statuses.size === 1 && only !== undefined ? only : 207;
  return jsonAnswer(
    status,
    items.map((one) => one.item),
  );
}

/**
 * Superjson keeps what has no value as null and notes it beside: a client that reads only the plain
 * answers meets nulls here that were absent there.
 */
function superjson(value: unknown): object {
  const values: Record<string, ["undefined"]> = {};
  if (value === undefined) return { json: null, meta: { values: ["undefined"] } };
  const json = hasGaps(value) ? fill(value, "", values) : value;
  return Object.keys(values).length === 0 ? { json } : { json, meta: { values } };
}

/** Only lists of few levels hold gaps; the first item tells, so that big lists are not walked. */
function hasGaps(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && hasGaps(value[0]);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((one) => one === undefined);
}

function fill(value: unknown, path: string, gaps: Record<string, ["undefined"]>): unknown {
  const under = (key: string): string => (path === "" ? key : `${path}.${key}`);
  if (value === undefined) {
    gaps[path] = ["undefined"];
    return null;
  }
  if (Array.isArray(value)) return value.map((one, i) => fill(one, under(String(i)), gaps));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, fill(one, under(key), gaps)]),
  );
}
