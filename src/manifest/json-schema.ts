// The JSON Schemas for editors, generated from the zod schemas. They allow a reference wherever a value
// may stand, and in maps null, which removes; what comes of it is checked when manifests are loaded.
import { z } from "zod";
import { applicationSchema } from "../model/manifest-application.ts";
import { composeSchema } from "../model/manifest-compose.ts";
import { databaseSchema } from "../model/manifest-database.ts";
import { sections, stackSchema, templateSchema } from "../model/manifest.ts";
import { policySchema } from "../model/manifest-policy.ts";
import type { Section } from "../model/manifest.ts";
import { referencePattern } from "../model/manifest-words.ts";

type Json = Readonly<Record<string, unknown>>;

const reference: Json = { $ref: "#/definitions/reference" };
/** What each section's services are called among the definitions. */
const definitions: Readonly<Record<Section, string>> = {
  applications: "application",
  databases: "database",
  compose: "compose",
};
/** Stands for a service until the places around it are done. */
const standIn = "@service ";

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Text without a constraint takes references as it is. */
function isConstrained(schema: Json): boolean {
  const constraints = ["enum", "const", "pattern", "minLength", "maxLength"];
  return schema.type !== "string" || constraints.some((key) => key in schema);
}

/**
 * `merged`: the value is part of maps that are laid over others, so that null removes and what is required
 * may come from below. Entries of lists are whole.
 */
function loosen(schema: Json, merged: boolean): Json {
  const { description, default: fallback, spelled, ...rest } = schema;
  const outer = {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
  if (Object.keys(rest).length === 0) return outer;
  const nothing = merged ? ["null"] : [];
  if (spelled === true) return { ...outer, type: ["string", "number", "boolean", ...nothing] };
  const inner = descend(rest, merged);
  const options: unknown[] = Array.isArray(inner.anyOf) ? inner.anyOf : [inner];
  if (isConstrained(rest)) options.push(reference);
  if (merged) options.push({ type: "null" });
  return options.length === 1 ? { ...outer, ...inner } : { ...outer, anyOf: options };
}

function descend(schema: Json, merged: boolean): Json {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "required" && merged) continue;
    if (key === "properties" && isObject(value)) {
      result[key] = mapValues(value, (one) => loosen(one, merged));
    } else if (key === "additionalProperties" && isObject(value)) {
      result[key] = loosen(value, merged);
    } else if (key === "items" && isObject(value)) result[key] = loosen(value, false);
    else if ((key === "anyOf" || key === "oneOf") && Array.isArray(value)) {
      result.anyOf = value.map((one) => (isObject(one) ? descend(one, merged) : (one as unknown)));
    } else result[key] = value;
  }
  return result;
}

function mapValues(object: Json, change: (value: Json) => Json): Json {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, isObject(value) ? change(value) : value]),
  );
}

/** The schema with the one at a path of keys replaced. */
function replaced(schema: Json, path: readonly string[], change: (value: Json) => Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return change(schema);
  const below = schema[key];
  return { ...schema, [key]: replaced(isObject(below) ? below : {}, rest, change) };
}

function generate(schema: z.ZodType): Json {
  const generated = z.toJSONSchema(schema, { io: "input", target: "draft-7" });
  return Object.fromEntries(Object.entries(generated).filter(([key]) => key !== "$schema"));
}

/** The body of a stack, in a Stack or in a template: its services are written once. */
function body(schema: Json): Json {
  const bare = sections.reduce((body, section) => {
    const services = ["properties", section, "additionalProperties"];
    const overlays = ["properties", "environments", "additionalProperties", ...services];
    const previews = ["properties", "preview", "properties", "overlay", "properties"];
    const preview = [...previews, section, "additionalProperties"];
    const toStandIn = (): Json => ({ description: `${standIn}${section}` });
    const places = [services, overlays, preview];
    return places.reduce((now, path) => replaced(now, path, toStandIn), body);
  }, schema);
  // The two places are wrapped by now: a map, a reference or nothing.
  return JSON.parse(
    JSON.stringify(descend(bare, true), (key, value: unknown) => {
      const section = key === "additionalProperties" ? sectionOf(value) : null;
      return section === null
        ? value
        : { anyOf: [{ $ref: `#/definitions/${definitions[section]}` }, { type: "null" }] };
    }),
  ) as Json;
}

function sectionOf(value: unknown): Section | null {
  const text = isObject(value) ? value.description : undefined;
  return sections.find((section) => text === `${standIn}${section}`) ?? null;
}

function stackDocument(): Json {
  const spec = ["properties", "spec"];
  const untouched = ["template", "parameters"];
  return replaced(withMetadata(generate(stackSchema)), spec, (schema) => {
    const given = isObject(schema.properties) ? schema.properties : {};
    const own = Object.entries(given).filter(([key]) => untouched.includes(key));
    const shared = Object.entries(given).filter(([key]) => !untouched.includes(key));
    const loose = body({ ...schema, properties: Object.fromEntries(shared) });
    const properties = isObject(loose.properties) ? loose.properties : {};
    return { ...loose, properties: { ...Object.fromEntries(own), ...properties } };
  });
}

function templateDocument(): Json {
  const path = ["properties", "spec", "properties", "stack"];
  return replaced(withMetadata(generate(templateSchema)), path, body);
}

function withMetadata(document: Json): Json {
  const labels = ["properties", "metadata", "properties", "labels"];
  return replaced(document, labels, (schema) => loosen(schema, false));
}

/** The files of `schemas/` by name: the same text every time. */
export function renderSchemas(): ReadonlyMap<string, string> {
  const document: Json = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "A manifest of Capstan",
    type: "object",
    required: ["apiVersion", "kind", "metadata"],
    properties: { kind: { enum: ["Stack", "StackTemplate"] } },
    if: { properties: { kind: { const: "StackTemplate" } }, required: ["kind"] },
    then: templateDocument(),
    else: stackDocument(),
    definitions: {
      reference: {
        description: "A reference: $(parameters.x), $(env.STACK_X), $(secrets.x), $(name)",
        type: "string",
        pattern: referencePattern,
      },
      application: descend(generate(applicationSchema), true),
      database: descend(generate(databaseSchema), true),
      compose: descend(generate(composeSchema), true),
    },
  };
  return new Map([
    ["stack.schema.json", `${JSON.stringify(document, null, 2)}\n`],
    ["policy.schema.json", `${JSON.stringify(policyDocument(), null, 2)}\n`],
  ]);
}

/** Texts of policies take $(env.STACK_…) as they are; numbers of ports and versions may be written without quotes. */
function policyDocument(): Json {
  const generated = JSON.parse(
    JSON.stringify(generate(policySchema), (_key, value: unknown) => {
      if (!isObject(value) || value.spelled !== true) return value;
      const rest = Object.entries(value).filter(([name]) => name !== "spelled" && name !== "type");
      return { ...Object.fromEntries(rest), type: ["string", "number", "boolean"] };
    }),
  ) as Json;
  const title = "A policy of Capstan";
  return { $schema: "http://json-schema.org/draft-07/schema#", title, ...generated };
}
