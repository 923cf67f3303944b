// Finding one's way through a zod schema beside a tree: which schema stands at a path, which keys it
// knows, and the plain value that zod is given to check.
import { z } from "zod";
import { at, child, textOf } from "./tree.ts";
import type { Path, TreeNode } from "./tree.ts";

type Schema = z.core.$ZodType;

/** What a schema is, found once: a load asks for each of its values. */
const unwrapped = new WeakMap<Schema, z.core.$ZodTypes>();
const spelled = new WeakMap<Schema, boolean>();

/** The schema inside `.optional()`, `.default()` and `.prefault()`. */
function unwrap(schema: Schema): z.core.$ZodTypes {
  const known = unwrapped.get(schema);
  if (known !== undefined) return known;
  const found = unwrapNow(schema);
  unwrapped.set(schema, found);
  return found;
}

function unwrapNow(schema: Schema): z.core.$ZodTypes {
  let current = schema as z.core.$ZodTypes;
  for (;;) {
    const { def } = current._zod;
    if (def.type === "optional" || def.type === "default" || def.type === "prefault") {
      current = def.innerType as z.core.$ZodTypes;
    } else return current;
  }
}

/** Of a union, the option that a node was probably meant for. */
function choose(schema: Schema, node: TreeNode | undefined): z.core.$ZodTypes {
  const inner = unwrap(schema);
  const { def } = inner._zod;
  if (def.type !== "union") return inner;
  const options = def.options.map(unwrap);
  const wanted = node?.kind === "list" ? "array" : node?.kind === "map" ? "object" : null;
  const fitting = options.filter(({ _zod }) => wanted === null || _zod.def.type === wanted);
  const type = textOf(child(node, "type"));
  const exact = fitting.find(({ _zod }) => {
    if (_zod.def.type !== "object") return false;
    const literal = _zod.def.shape.type as z.core.$ZodTypes | undefined;
    return literal?._zod.def.type === "literal" && literal._zod.def.values.includes(type ?? "");
  });
  return exact ?? fitting[0] ?? inner;
}

function step(schema: z.core.$ZodTypes, key: string | number): Schema | null {
  const { def } = schema._zod;
  switch (def.type) {
    case "object":
      return def.shape[String(key)] ?? null;
    case "record":
      return def.valueType;
    case "array":
      return def.element;
    default:
      return null;
  }
}

/** The keys that the schema at a path knows; empty where it has none of its own. */
export function knownKeys(schema: Schema, root: TreeNode, path: Path): readonly string[] {
  let current = choose(schema, root);
  for (const [index, key] of path.entries()) {
    const next = step(current, key);
    if (next === null) return [];
    current = choose(next, at(root, path.slice(0, index + 1)));
  }
  const { def } = current._zod;
  return def.type === "object" ? Object.keys(def.shape) : [];
}

function isSpelled(schema: Schema | null): boolean {
  if (schema === null) return false;
  const known = spelled.get(schema) ?? z.globalRegistry.get(schema)?.spelled === true;
  spelled.set(schema, known);
  return known;
}

/** The plain value of a tree for `schema`: numbers as they are spelled where it wants text. */
export function toPlain(node: TreeNode, schema: Schema | null): unknown {
  const here = schema === null ? null : choose(schema, node);
  switch (node.kind) {
    case "scalar":
      return typeof node.value !== "string" && node.value !== null && isSpelled(here)
        ? node.spelling
        : node.value;
    case "list":
      return node.items.map((item) => toPlain(item, here === null ? null : step(here, 0)));
    case "map": {
      const result: Record<string, unknown> = {};
      // Sorted, so that the order of keys in a manifest reaches nothing behind it (W2).
      for (const key of [...node.entries.keys()].sort()) {
        const value = node.entries.get(key)?.node;
        if (value !== undefined)
          result[key] = toPlain(value, here === null ? null : step(here, key));
      }
      return result;
    }
  }
}
