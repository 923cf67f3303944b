// What requests to the API may say, checked before anything is done; every mistake is told.
import { z } from "@hono/zod-openapi";
import { CapstanError } from "../../lib/errors.ts";
import { stackState } from "./shapes/stack.ts";

/** A whole number in an address, described as the number that it means. */
function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, { error: message })
    .transform(Number)
    .pipe(z.number().min(min, { error: message }).max(max, { error: message }));
}

function wholeWithDefault(min: number, max: number, value: number) {
  return whole(min, max)
    .default(value)
    .openapi({ type: "integer", minimum: min, maximum: max, default: value });
}

const word = z.string().min(1, { error: "must not be empty" }).max(100, {
  error: "must be 100 characters at most",
});

const moment = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-03-29T06:00:00Z" })
  .transform((text) => Date.parse(text))
  .openapi({ type: "string", format: "date-time" });

const label = z.string().regex(/^[^=]{1,100}(?:=.{0,200})?$/, {
  error: "must be name=value, or a name alone",
});

export const noQuery = z.strictObject({});
export const listQuery = z.strictObject({
  limit: wholeWithDefault(1, 1_000, 500),
  after: word.optional().openapi({ description: "The last name of the page before." }),
  q: z.string().max(200, { error: "must be 200 characters at most" }).optional().openapi({
    description: "Part of a name, project, template, address, label or reason.",
  }),
  state: z.array(stackState).max(20).optional(),
  label: z.array(label).max(20).optional().openapi({
    description: "`team=sales`, or `team` for any value. All of several must fit.",
  }),
  sort: z
    .enum(["name", "attention", "changed"], { error: "must be name, attention or changed" })
    .default("name")
    .openapi({ description: "`attention`: what needs a person comes first." }),
});
export type ListQuery = z.output<typeof listQuery>;
export const planQuery = z.strictObject({
  stack: word.optional(),
  limit: wholeWithDefault(1, 1_000, 500),
});
export const eventsQuery = z.strictObject({
  stack: word.optional(),
  kind: z.array(word).max(20).optional().openapi({ description: "`rollout`, `drift`, …" }),
  level: z
    .array(z.enum(["info", "warn", "error"], { error: "must be info, warn or error" }))
    .max(3)
    .optional(),
  by: word.optional().openapi({ description: "What this person asked for." }),
  since: moment.optional(),
  after: word.optional().openapi({ description: "The id of an event: only what came later." }),
  before: z
    .string()
    .regex(/^[0-9a-z]{1,12}-\d{1,15}$/, { error: "must be the id of an event" })
    .optional()
    .openapi({
      description:
        "The id of an event: only what came before it, also in earlier processes. `older` of an answer is the one to give for the page before.",
    }),
  limit: whole(0, 1_000).optional().openapi({ type: "integer", minimum: 0, maximum: 1_000 }),
});
export type EventsQuery = z.output<typeof eventsQuery>;
export const logsQuery = z.strictObject({
  service: word.optional(),
  lines: wholeWithDefault(1, 1_000, 100),
});
export const commitsQuery = z.strictObject({ limit: wholeWithDefault(1, 200, 50) });
export const deploymentsQuery = z.strictObject({ limit: wholeWithDefault(1, 100, 20) });
export const revisionQuery = z.strictObject({ revision: word });

export const noBody = z.strictObject({});
export const reconcileBody = z.strictObject({ stacks: z.array(word).min(1).max(1_000).nullish() });
export const redeployBody = z.strictObject({ service: word.nullish() });
export const approvalBody = z.strictObject({
  digest: z.string({ error: "is needed: the digest that the plan names" }).regex(/^[0-9a-f]{12}$/, {
    error: "must be the 12 letters and digits that the plan names",
  }),
});
export const revisionBody = z.strictObject({
  revision: z
    .string({ error: "is needed: the commit to return to" })
    .regex(/^[0-9a-f]{12,64}$/, { error: "must be the id of a commit" }),
});

function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // A field's name says enough.
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? `${what}: ${message}` : `${path.join(".")} ${message}`,
  );
  throw new CapstanError("invalid", problems.join("; "));
}

/** Whether a field takes several values: given several times, or with commas between them. */
function isList(field: unknown): boolean {
  return field instanceof z.ZodArray || (field instanceof z.ZodOptional && isList(field.unwrap()));
}

/** Throws `invalid` with every mistake; a parameter that comes twice and takes one value is one. */
export function readQuery<Shape extends z.ZodObject>(schema: Shape, url: string): z.output<Shape> {
  const { searchParams } = new URL(url);
  const values: Record<string, string | string[]> = {};
  for (const name of new Set(searchParams.keys())) {
    const given = searchParams.getAll(name);
    if (Object.hasOwn(schema.shape, name) && isList(schema.shape[name])) {
      values[name] = given.flatMap((value) => value.split(",")).filter((value) => value !== "");
    } else if (given.length > 1) {
      throw new CapstanError("invalid", `the address: ${name} is given twice`);
    } else values[name] = given[0] ?? "";
  }
  return checked(schema, values, "the address");
}

/** What no schema would see is refused, never dropped in silence. */
function refuseHidden(name: string, value: unknown): unknown {
  if (name !== "__proto__") return value;
  throw new CapstanError("invalid", "the body: nothing may be called __proto__");
}

/** The body as JSON; an empty one is `{}`. Throws `invalid`. */
export async function readBody<Schema extends z.ZodType>(
  schema: Schema,
  request: Request,
): Promise<z.output<Schema>> {
  const text = await request.text();
  let value: unknown = {};
  if (text.trim() !== "") {
    try {
      value = JSON.parse(text, refuseHidden);
    } catch (error) {
      if (error instanceof CapstanError) throw error;
      throw new CapstanError("invalid", "the body is not JSON");
    }
  }
  return checked(schema, value, "the body");
}
