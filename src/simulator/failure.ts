/**
 * What a procedure throws to answer with an error, and the zod error that a bad input becomes. Both
 * transports (plain and tRPC) make their own envelope of it.
 */
import { z } from "zod";

export type FailureCode =
  | "BAD_REQUEST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "METHOD_NOT_SUPPORTED"
  | "CONFLICT"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "INTERNAL_SERVER_ERROR";

export const HTTP_STATUS: Record<FailureCode, number> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_SUPPORTED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INTERNAL_SERVER_ERROR: 500,
};

/** JSON-RPC numbers, as tRPC's envelope carries them. */
export const RPC_CODE: Record<FailureCode, number> = {
  BAD_REQUEST: -32600,
  UNAUTHORIZED: -32001,
  FORBIDDEN: -32003,
  NOT_FOUND: -32004,
  METHOD_NOT_SUPPORTED: -32005,
  CONFLICT: -32009,
  PAYLOAD_TOO_LARGE: -32013,
  UNSUPPORTED_MEDIA_TYPE: -32015,
  INTERNAL_SERVER_ERROR: -32603,
};

export interface Failure {
  code: FailureCode;
  message: string;
  /** Set when the input did not fit the schema. */
  invalid?: z.ZodError;
}

export type FailureError = Error & { failure: Failure };

export function fail(code: FailureCode, message: string): FailureError {
  return Object.assign(new Error(message), { failure: { code, message } });
}

export function invalidInput(error: z.ZodError): FailureError {
  const failure: Failure = { code: "BAD_REQUEST", message: error.message, invalid: error };
  return Object.assign(new Error(error.message), { failure });
}

export function notFound(what: string): FailureError {
  return fail("NOT_FOUND", `${what} not found`);
}

export function isFailure(error: unknown): error is FailureError {
  return error instanceof Error && "failure" in error;
}

/** Dokploy wraps what goes wrong in some procedures, and turns every code into a 400 with it. */
export function asBadRequest<T>(prefix: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw fail("BAD_REQUEST", `${prefix}${error.message}`);
  }
}

export function zodErrorData(invalid: z.ZodError | undefined): unknown {
  return invalid === undefined ? null : z.flattenError(invalid);
}
