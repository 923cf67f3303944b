// A template's parameters as people see them: in the portal's form and in the API.
import type { ParameterType } from "../model/manifest.ts";
import type { Parameter } from "./template.ts";
import type { TreeNode } from "./tree.ts";

export interface ParameterInfo {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string | null;
  /** What counts when nobody gives a value, as text; null when there is none, or a secret is in it. */
  readonly fallback: string | null;
  /** The values that are allowed, as text; null: any. */
  readonly allowed: readonly string[] | null;
  /** Whether a stack must give a value. */
  readonly required: boolean;
}

/** As it would be written; null for what is no single value, or hangs on more than the environment. */
function textOf(node: TreeNode | null, variables: Readonly<Record<string, string>>): string | null {
  if (node?.kind !== "scalar" || node.secret) return null;
  if (node.parts === null) return typeof node.value === "string" ? node.value : node.spelling;
  const texts = node.parts.map((part) => {
    if (part.kind === "text") return part.text;
    const name = part.path.startsWith("env.") ? part.path.slice("env.".length) : "";
    return Object.hasOwn(variables, name) ? (variables[name] ?? null) : null;
  });
  return texts.includes(null) ? null : texts.join("");
}

export function parameterInfos(
  parameters: ReadonlyMap<string, Parameter>,
  variables: Readonly<Record<string, string>>,
): readonly ParameterInfo[] {
  return [...parameters.values()].map(
    ({ name, type, description, fallback, allowed, required }) => {
      const texts = allowed?.map((one) => textOf(one, variables)) ?? null;
      return {
        name,
        type,
        description,
        fallback: textOf(fallback, variables),
        allowed: texts === null ? null : texts.filter((text) => text !== null),
        required,
      };
    },
  );
}
