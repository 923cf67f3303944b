// What requests to the API may say, checked before anything is done; every mistake is told.
import { z } from "zod";
import { CapstanError } from "../../lib/errors.ts";

function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, { error: message })
    .transform(Number)
    .pipe(z.number().min(min, { error: message }).max(max, { error: message }));
}

const word = z.string().min(1, { error: "must not be empty" }).max(100, {
  error: "must be 100 characters at most",
});

const moment = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-03-29T06:00:00Z" })
  .transform((text) => Date.parse(text));

export const noQuery = z.strictObject({});
export const listQuery = z.strictObject({
  limit: whole(1, 1_000).default(500),
  after: word.optional(),
});
export const planQuery = z.strictObject({
  stack: word.optional(),
  limit: whole(1, 1_000).default(500),
});
export const eventsQuery = z.strictObject({
  stack: word.optional(),
  since: moment.optional(),
  after: word.optional(),
  limit: whole(0, 1_000).optional(),
});
export const logsQuery = z.strictObject({
  service: word.optional(),
  lines: whole(1, 1_000).default(100),
});

export const noBody = z.strictObject({});
export const reconcileBody = z.strictObject({ stacks: z.array(word).min(1).max(1_000).nullish() });
export const redeployBody = z.strictObject({ service: word.nullish() });
export const approvalBody = z.strictObject({
  digest: z.string({ error: "is needed: the digest that the plan names" }).regex(/^[0-9a-f]{12}$/, {
    error: "must be the 12 letters and digits that the plan names",
  }),
});

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")} ${message}`,
  );
  throw new CapstanError("invalid", `${what}: ${problems.join("; ")}`);
}

/** Throws `invalid` with every mistake; a parameter that comes twice is one. */
export function readQuery<T>(schema: z.ZodType<T>, url: string): T {
  const { searchParams } = new URL(url);
  const values: Record<string, string> = {};
  for (const [name, value] of searchParams) {
    if (Object.hasOwn(values, name)) {
      throw new CapstanError("invalid", `the address: ${name} is given twice`);
    }
    values[name] = value;
  }
  return checked(schema, values, "the address");
}

/** The body as JSON; an empty one is `{}`. Throws `invalid`. */
export async function readBody<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
  const text = await request.text();
  let value: unknown = {};
  if (text.trim() !== "") {
    try {
      value = JSON.parse(text);
    } catch {
      throw new CapstanError("invalid", "the body is not JSON");
    }
  }
  return checked(schema, value, "the body");
}
