// A compose file against the schema of the Compose Specification (schemas/compose-spec/compose-spec.json, Apache-2.0). The checker is
// loaded with the first compose file that there is, as it takes half a second.
import { createRequire } from "node:module";
import type { Ajv, ErrorObject, Options, ValidateFunction } from "ajv";
import type { ComposeFile } from "../../model/compose-file.ts";
import { didYouMean } from "../suggest.ts";
import type { Path } from "../tree.ts";
import { shorten } from "../parse.ts";

export interface SchemaProblem {
  readonly path: Path;
  readonly message: string;
  readonly hint: string | null;
  readonly on?: "key";
}

let checker: ValidateFunction | null = null;

function load(): ValidateFunction {
  const require = createRequire(import.meta.url);
  const { Ajv } = require("ajv") as { readonly Ajv: new (options: Options) => Ajv };
  const schema = require("../../../schemas/compose-spec/compose-spec.json") as Record<
    string,
    unknown
  >;
  const names = Object.entries(schema).filter(([name]) => name !== "$schema" && name !== "$id");
  const options = { allErrors: true, strict: false, validateFormats: false, verbose: true };
  return new Ajv(options).compile(Object.fromEntries(names));
}

function pathOf({ instancePath }: ErrorObject): Path {
  if (instancePath === "") return [];
  const parts = instancePath.slice(1).split("/");
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const typeWords: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  null: "nothing",
};

interface Param {
  readonly additionalProperty?: string;
  readonly missingProperty?: string;
  readonly allowedValues?: readonly unknown[];
  readonly type?: string | readonly string[];
}

function typesOf(errors: readonly ErrorObject[]): readonly string[] {
  const types = errors.flatMap(({ keyword, params }) =>
    keyword === "type" ? [(params as Param).type ?? []].flat() : [],
  );
  return [...new Set(types.filter((type) => type !== "null"))].map(
    (type) => typeWords[type] ?? type,
  );
}

function isChoice({ keyword }: ErrorObject): boolean {
  return keyword === "oneOf" || keyword === "anyOf";
}

function unknownKey({ params, parentSchema }: ErrorObject, path: Path): SchemaProblem {
  const key = (params as Param).additionalProperty ?? "";
  const known = Object.keys((parentSchema?.properties as object | undefined) ?? {});
  const hint = didYouMean(key, known) ?? "a key of your own begins with x-";
  const isName = known.length === 0;
  return {
    path: [...path, key],
    message: isName ? "is not a name that docker allows" : "is unknown",
    hint: isName ? "only letters, digits, _ . and -" : hint,
    on: "key",
  };
}

/** What is said of one value, of which several ways to write it may have failed. */
function ofValue(path: Path, errors: readonly ErrorObject[]): readonly SchemaProblem[] {
  const unknown = errors.filter(({ keyword }) => keyword === "additionalProperties");
  if (unknown.length > 0) return unknown.map((error) => unknownKey(error, path));
  const missing = errors.find(({ keyword }) => keyword === "required");
  const types = typesOf(errors);
  if (missing !== undefined && types.length === 0) {
    const name = (missing.params as Param).missingProperty ?? "";
    return [{ path, message: `needs \`${name}\``, hint: null, on: "key" }];
  }
  const choice = errors.find(({ keyword }) => keyword === "enum");
  const values = (choice?.params as Param | undefined)?.allowedValues;
  if (values !== undefined) {
    return [{ path, message: `must be one of ${values.map(String).join(", ")}`, hint: null }];
  }
  if (types.length > 0) return [{ path, message: `must be ${types.join(" or ")}`, hint: null }];
  const [first] = errors.filter((error) => !isChoice(error));
  return [{ path, message: first?.message ?? "has a wrong form", hint: null }];
}

/** Errors of the ways to write a value that are not meant: of a map with a mistake, that it is no list. */
function isBeside(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  if (error.keyword === "additionalProperties") return false;
  const prefix = `${error.instancePath}/`;
  return all.some(({ instancePath }) => instancePath.startsWith(prefix));
}

export function schemaProblems(file: ComposeFile): readonly SchemaProblem[] {
  checker ??= load();
  if (checker(file)) return [];
  const errors = checker.errors ?? [];
  const own = errors.filter((error) => !isBeside(error, errors));
  const byPath = Map.groupBy(own, ({ instancePath }) => instancePath);
  return [...byPath.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : ofValue(pathOf(first), group);
  });
}

/** `services.web.ports[0]` */
export function showComposePath(path: Path): string {
  return path
    .map((step, index) =>
      /^\d+$/.test(String(step))
        ? `[${step}]`
        : `${index === 0 ? "" : "."}${shorten(String(step))}`,
    )
    .join("");
}
