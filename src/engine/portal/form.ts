// What the portal's form asks: the name, and the template's parameters that a field can hold.
import type { TemplateInfo } from "../../manifest/load.ts";
import type { ParameterInfo } from "../../manifest/parameter-info.ts";
import { candidateOf, suffixOf } from "./candidate.ts";
import type { PortalDeps, PortalSettings } from "./deps.ts";
import type { FoundTemplate } from "./templates.ts";

export type FieldType = "string" | "integer" | "number" | "boolean";

export interface FormField {
  readonly name: string;
  readonly type: FieldType;
  readonly description: string;
  /** What counts when the field is left alone; null: it must be filled in. */
  readonly default: string | null;
  readonly options: readonly string[] | null;
}

export interface PortalForm extends Pick<PortalSettings, "title" | "mode" | "contact" | "quota"> {
  readonly template: string;
  /** `.ai.example.com`; empty when the template gives no host by name. */
  readonly suffix: string;
  readonly names: { readonly minLength: number; readonly maxLength: number };
  readonly fields: readonly FormField[];
}

function isFieldType(type: ParameterInfo["type"]): type is FieldType {
  return type !== "list" && type !== "map";
}

export function fieldsOf({ parameters }: TemplateInfo): readonly FormField[] {
  return parameters.flatMap(({ name, type, description, fallback, allowed, required }) =>
    isFieldType(type)
      ? [
          {
            name,
            type,
            description: description ?? "",
            default: fallback ?? (required ? null : ""),
            options: allowed,
          },
        ]
      : [],
  );
}

/** A name that the rule allows, to see what the template makes of it. */
export function sampleName({ names }: TemplateInfo): string {
  const letters = "sample-sample-sample-sample-sample-sample".slice(0, names.maxLength);
  const name = letters.slice(0, Math.max(names.minLength, Math.min(6, names.maxLength)));
  return name.replace(/-$/, "s");
}

export function formOf(
  { template, tree }: FoundTemplate,
  { settings, manifests }: Pick<PortalDeps, "settings" | "manifests">,
): PortalForm {
  const { title, mode, contact, quota } = settings;
  const { stack } = candidateOf(tree, template, sampleName(template), manifests);
  const { minLength, maxLength } = template.names;
  return {
    title,
    mode,
    contact,
    quota,
    template: template.name,
    suffix: (stack === null ? null : suffixOf(stack)) ?? "",
    names: { minLength, maxLength },
    fields: fieldsOf(template),
  };
}
