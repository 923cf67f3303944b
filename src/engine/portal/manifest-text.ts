// The manifest that the portal writes for a person's stack. Pure.
import { parseDocument, stringify } from "yaml";
import { withEscapes } from "../../manifest/escapes.ts";
import { ownerLabel, ownerNameLabel } from "../../model/owner.ts";
import type { Person } from "../../model/person.ts";

export type ParameterValue = string | number | boolean;

/** What a person typed is text: it never becomes a reference to a secret or to anything else. */
function literal(value: ParameterValue): ParameterValue {
  return typeof value === "string" ? withEscapes(value) : value;
}

/** `adopt`: it may have what an earlier stack of that name left. */
export function portalManifest(
  name: string,
  template: string,
  parameters: Readonly<Record<string, ParameterValue>>,
  owner: Pick<Person, "id" | "name">,
  adopt = false,
): string {
  const values = Object.entries(parameters).map(([key, value]) => [key, literal(value)] as const);
  const manifest = {
    apiVersion: "capstan/v1",
    kind: "Stack",
    metadata: {
      name,
      labels: { [ownerLabel]: literal(owner.id), [ownerNameLabel]: literal(owner.name) },
    },
    spec: {
      template,
      ...(adopt ? { adopt } : {}),
      ...(values.length === 0 ? {} : { parameters: Object.fromEntries(values) }),
    },
  };
  return `# Made in the portal. Edit it like any other manifest; removing the file removes the stack.\n${stringify(manifest, { lineWidth: 0 })}`;
}

/**
 * The document of a stack with these parameters in place of its own: all else that people wrote into it stays. Null
 * when it stands on another template or cannot be read.
 */
export function withParameters(
  document: string,
  template: string,
  parameters: Readonly<Record<string, ParameterValue>>,
): string | null {
  const parsed = parseDocument(document);
  if (parsed.errors.length > 0 || parsed.getIn(["spec", "template"]) !== template) return null;
  const values = Object.entries(parameters).map(([key, value]) => [key, literal(value)] as const);
  parsed.setIn(["spec", "parameters"], parsed.createNode(Object.fromEntries(values)));
  return parsed.toString({ lineWidth: 0 });
}
