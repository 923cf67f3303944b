// What the tests of the adapters share: options for a stand-in, checks, the error that a call ends in.
import { expect } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import type { ErrorCode } from "../../src/lib/errors.ts";
import { httpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { ForgeOptions } from "../../src/forge/options.ts";
import type { Check } from "../../src/model/forge.ts";
import { fastClock } from "../support/fast-clock.ts";

export function forgeOptions(
  host: { readonly url: string; readonly token: string },
  more: Partial<ForgeOptions> = {},
): ForgeOptions {
  return {
    url: host.url,
    token: host.token,
    repository: "acme/stacks",
    http: httpClient,
    clock: fastClock({ times: 1_000, startMs: Date.now() }),
    logger: silentLogger,
    redactor: createRedactor(),
    ...more,
  };
}

export function checkOf(sha: string, more: Partial<Check> = {}): Check {
  return {
    sha,
    context: "capstan",
    state: "success",
    description: "all well",
    url: "https://capstan.example.com/stacks",
    ...more,
  };
}

/** The error of a call that must fail with this code. */
export async function failure(call: Promise<unknown>, code: ErrorCode): Promise<CapstanError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CapstanError);
  const known = error as CapstanError;
  expect(`${known.code}: ${known.message}`).toMatch(new RegExp(`^${code}: `));
  return known;
}

export const alice = { name: "Alice", email: "alice@example.com" };
export const unknownSha = "f".repeat(40);
