// The parameters that somebody typed, as values of the manifest. What is wrong with a value itself is said
// by the manifest's own rules; here only what no field of a form could hold is refused.
import { CapstanError } from "../../lib/errors.ts";
import type { TemplateInfo } from "../../manifest/load.ts";
import { didYouMean } from "../../manifest/suggest.ts";
import { fieldsOf } from "./form.ts";
import type { FieldType } from "./form.ts";
import type { ParameterValue } from "./manifest-text.ts";

const longestValue = 2_000;

function refuse(message: string, hint: string | null = null): CapstanError {
  return new CapstanError("invalid", message, hint === null ? {} : { hint });
}

function read(name: string, type: FieldType, given: unknown): ParameterValue {
  if (!["string", "number", "boolean"].includes(typeof given)) {
    throw refuse(`${name} must be a single value`);
  }
  const text = String(given);
  if (text.length > longestValue) throw refuse(`${name} is longer than ${longestValue} characters`);
  // Also half a character, and marks that turn the direction of what stands around them.
  if (/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(text) || !text.isWellFormed())
    throw refuse(`${name} must be one line of plain text`);
  switch (type) {
    case "string":
      return text;
    case "boolean":
      if (text === "true" || text === "false") return text === "true";
      throw refuse(`${name} must be true or false`);
    case "integer":
    case "number": {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (Number.isFinite(value) && (type === "number" || Number.isSafeInteger(value)))
        return value;
      throw refuse(`${name} must be ${type === "integer" ? "a whole number" : "a number"}`);
    }
  }
}

/**
 * Values that are left empty count as not given. Throws `invalid` for a parameter that the template does not
 * have or that a form cannot hold, and for a value of another type.
 */
export function readParameters(
  template: TemplateInfo,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, ParameterValue>> {
  const fields = new Map(fieldsOf(template).map((field) => [field.name, field]));
  const values: Record<string, ParameterValue> = {};
  for (const [name, value] of Object.entries(given)) {
    const field = fields.get(name);
    if (field === undefined) {
      const shown = name.slice(0, 60);
      throw refuse(`there is no setting ${shown}`, didYouMean(shown, fields.keys()));
    }
    if (value === "" || value === null) continue;
    values[name] = read(name, field.type, value);
  }
  return values;
}
