// A server's own description of its API, compared with what Capstan sends: every procedure, its fields and their
// types. Only requests can be compared, as the description says nothing useful of answers. Pure.
import { z } from "zod";

/**
 * By procedure, what is sent: `applicationId: "string"`, `env?: "null|string"` for a field that is not always there,
 * and `type: "=bind|=volume"` where only these values are sent. Of reads the fields are parameters of the address.
 */
export type SentTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Schema {
  readonly type?: string | readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  /** Taken where nothing is sent, also of a field that is called required. */
  readonly default?: unknown;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z
    .object({
      type: z.union([z.string(), z.array(z.string())]).optional(),
      enum: z.array(z.unknown()).optional(),
      anyOf: z.array(schema).optional(),
      properties: z.record(z.string(), schema).optional(),
      required: z.array(z.string()).optional(),
      default: z.unknown().optional(),
    })
    .catch({}),
);

const parameter = z.object({ name: z.string(), required: z.boolean().default(false) });

const operation = z.object({
  parameters: z.array(parameter).nullish(),
  requestBody: z
    .object({ content: z.record(z.string(), z.object({ schema: schema.optional() })) })
    .nullish(),
});

/** `settings.getOpenApiDocument`. */
export const apiDescription = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation.catch({}))),
});
export type ApiDescription = z.output<typeof apiDescription>;

interface Procedure {
  readonly fields: ReadonlyMap<string, Schema>;
  readonly required: ReadonlySet<string>;
}

function procedureOf(description: ApiDescription, name: string): Procedure | null {
  const [found] = Object.values(description.paths[`/${name}`] ?? {});
  if (found === undefined) return null;
  const body = Object.values(found.requestBody?.content ?? {})[0]?.schema ?? {};
  const parameters = found.parameters ?? [];
  return {
    fields: new Map([
      ...Object.entries(body.properties ?? {}),
      // They are texts in an address, whatever their type is.
      ...parameters.map(({ name: field }): [string, Schema] => [field, {}]),
    ]),
    required: new Set([
      ...(body.required ?? []),
      ...parameters.filter(({ required }) => required).map(({ name: field }) => field),
    ]),
  };
}

/** What a server without the field cannot need: where no domain can be disabled, none has to be enabled. */
const needless: ReadonlySet<string> = new Set(["domain.update enabled"]);

/** Whether one sent type, or `=value`, is among those that a field takes. A schema that says nothing takes all. */
function takes(field: Schema, sent: string): boolean {
  if (field.anyOf !== undefined) return field.anyOf.some((one) => takes(one, sent));
  if (sent.startsWith("=")) {
    return field.enum?.includes(sent.slice(1)) ?? takes(field, "string");
  }
  if (field.type === undefined) return field.enum === undefined || sent === "string";
  const types = typeof field.type === "string" ? [field.type] : field.type;
  return types.includes(sent) || (sent === "number" && types.includes("integer"));
}

function article(sent: string): string {
  if (sent.startsWith("=")) return `the value ${sent.slice(1)}`;
  if (sent === "null") return "null";
  return /^[aeiou]/.test(sent) ? `an ${sent}` : `a ${sent}`;
}

/** What a server would not take of what Capstan sends, a sentence each; none: it takes all of it. */
export function apiDifferences(sent: SentTable, description: ApiDescription): readonly string[] {
  return Object.entries(sent).flatMap(([name, fields]) => {
    const procedure = procedureOf(description, name);
    if (procedure === null) return [`there is no ${name}`];
    const always = new Set(Object.keys(fields).filter((field) => !field.endsWith("?")));
    const missing = [...procedure.required].filter(
      (field) => !always.has(field) && procedure.fields.get(field)?.default === undefined,
    );
    return [
      ...Object.entries(fields).flatMap(([field, types]) =>
        fieldDifferences(name, field.replace(/\?$/, ""), types, procedure),
      ),
      ...missing.map((field) => `${name} requires ${field}`),
    ];
  });
}

function fieldDifferences(
  name: string,
  field: string,
  types: string,
  { fields }: Procedure,
): readonly string[] {
  const known = fields.get(field);
  if (known === undefined) {
    return needless.has(`${name} ${field}`) ? [] : [`${name} no longer takes ${field}`];
  }
  const refused = types.split("|").find((type) => !takes(known, type));
  return refused === undefined ? [] : [`${name} no longer takes ${article(refused)} as ${field}`];
}
