// What an agent hears of an error: the words for people; of a bug of ours nothing but that there is one.
import { describeError, isCapstanError } from "../lib/errors.ts";

const tellUnexpected = "An unexpected error; the log of the server says more.";

/** `report` gets what is a bug of ours. */
export function failureText(error: unknown, report: (error: unknown) => void): string {
  if (isCapstanError(error) && error.code !== "internal") return describeError(error);
  report(error);
  return tellUnexpected;
}
