// Kinds of values that variables of the environment have. A problem's message goes on after the variable's name.
import { z } from "zod";
import { parseDurationMs } from "./lib/duration.ts";
import { toCapstanError } from "./lib/errors.ts";

/** Runs a check of an adapter; its message and hint become the variable's problem. */
export function checked(check: (value: string) => unknown) {
  return z.string().superRefine((value, context) => {
    try {
      check(value);
    } catch (error) {
      const { hint } = toCapstanError(error);
      context.addIssue({ code: "custom", message: `cannot be used; ${hint ?? "set it again"}` });
    }
  });
}

/** An address without credentials, query or slash at its end. */
export const httpUrl = (example: string, elsewhere: string) =>
  z.string().transform((value, context) => {
    const fail = (message: string): never => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    const url = URL.parse(value);
    if (url === null || !["http:", "https:"].includes(url.protocol)) {
      return fail(`must be an address such as ${example}`);
    }
    if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
      return fail(`must be the address alone; ${elsewhere}`);
    }
    return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  });

export const oneWord = z
  .string()
  .regex(/^[\u0021-\u007e]+$/, { error: "must be one word of printable ASCII; copy it again" });

export function between(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: message })
    .transform(Number)
    .pipe(z.number().min(min, { error: message }).max(max, { error: message }));
}

export function interval(minMs: number, shortest: string) {
  const message = `must be a duration of ${shortest} or more, such as 90s, 10m or 1h`;
  return z
    .string()
    .transform((value) => parseDurationMs(value) ?? -1)
    .pipe(z.number().min(minMs, { error: message }));
}

/** Likewise, or the word `off`. */
export function intervalOrOff(minMs: number, shortest: string) {
  const isLongEnough = (value: number | "off"): boolean => value === "off" || value >= minMs;
  return z
    .string()
    .transform((value): number | "off" =>
      value === "off" ? value : (parseDurationMs(value) ?? -1),
    )
    .refine(isLongEnough, {
      error: `must be off, or a duration of ${shortest} or more, such as 5m`,
    });
}

export const dnsLabel = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: "must be 1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit",
});

/** Names in small letters, with commas or blanks between them. */
export const names = z.string().transform((value) =>
  value
    .split(/[\s,]+/)
    .map((name) => name.toLowerCase())
    .filter((name) => name !== ""),
);
