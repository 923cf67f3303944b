/** The inputs of a database's procedures, put together from the row of its kind. */
import { z } from "zod";
import { coercedNumber, id, text } from "../procedure.ts";
import { appName, serviceShape } from "../procedures/serviceSchemas.ts";
import type { DatabaseKind, NewDatabase } from "./databaseRow.ts";
import { DATABASES } from "./databases.ts";

/** The id under one name, whatever the kind calls it; the rest as `shape` says. */
export function withId<S extends z.ZodRawShape>(
  kind: DatabaseKind,
  shape: S,
): z.ZodType<z.output<z.ZodObject<S>> & { id: string }> {
  const name = `${kind}Id`;
  return z.object({ [name]: id, ...shape }).transform((input) => {
    const { [name]: given, ...rest } = input as Record<string, unknown>;
    return { ...rest, id: given } as z.output<z.ZodObject<S>> & { id: string };
  });
}

/** The schema is put together at run time; what it promises is said here. */
export function createInput(kind: DatabaseKind): z.ZodType<NewDatabase> {
  const { image, own, required } = DATABASES[kind];
  // null will do, but the key has to be there.
  const demanded = (one: z.ZodType): z.ZodType => (required ? z.nonoptional(one) : one);
  const given = z.object({
    name: id,
    appName: demanded(appName),
    dockerImage: z.string().default(image),
    environmentId: z.string(),
    description: demanded(text),
    ...own,
    serverId: demanded(text),
  });
  if (!required) return given as unknown as z.ZodType<NewDatabase>;
  const checked = given.check((ctx) => {
    const { sqldNode, sqldPrimaryUrl } = ctx.value as Record<string, unknown>;
    const hasUrl = typeof sqldPrimaryUrl === "string" && sqldPrimaryUrl !== "";
    if ((sqldNode === "replica") === hasUrl) return;
    const message = hasUrl
      ? "sqldPrimaryUrl should not be provided when sqldNode is not 'replica'."
      : "sqldPrimaryUrl is required when sqldNode is 'replica'.";
    ctx.issues.push({ code: "custom", path: ["sqldPrimaryUrl"], message, input: sqldPrimaryUrl });
  });
  return checked as unknown as z.ZodType<NewDatabase>;
}

/** Partial: only what was sent is changed. Fields that the kind has no column for are ignored. */
export function updateInput(
  kind: DatabaseKind,
): z.ZodType<Record<string, unknown> & { id: string }> {
  const { columns, image, own, ports, required } = DATABASES[kind];
  const nullablePort = coercedNumber.nullable().optional();
  const every: z.ZodRawShape = {
    ...serviceShape,
    ...z.object(own).partial().shape,
    // libsql's schema has a default here, and so each of its updates puts its own image back.
    dockerImage: required ? z.string().default(image) : z.string().optional(),
    ...Object.fromEntries(Object.keys(ports).map((port) => [port, nullablePort])),
  };
  const known = Object.entries(every).filter(([field]) => columns.includes(field));
  return withId(kind, Object.fromEntries(known));
}
