// What a refusal says, as `code: message`.
import { isCapstanError } from "../../src/lib/errors.ts";

/** Throws what is no error of Capstan's, and when nothing failed. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!isCapstanError(error)) throw error;
  return `${error.code}: ${error.message}`;
}
