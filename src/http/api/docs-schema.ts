// A JSON Schema of the API's description in a few words for people: `string | null`, `list of Stack`. Pure.
import { html } from "hono/html";

export type Piece = ReturnType<typeof html>;

/** As far as the description uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

function joined(pieces: readonly Piece[], between: string): Piece {
  return html`${pieces.map((piece, index) => (index === 0 ? piece : html`${between}${piece}`))}`;
}

function named(type: string, schema: Schema): Piece {
  if (type === "array")
    return html`list of ${schema.items === undefined ? "anything" : typeOf(schema.items)}`;
  if (type !== "object") {
    return html`${schema.format === "date-time" && type === "string" ? "time" : type}`;
  }
  const { properties, additionalProperties } = schema;
  if (properties !== undefined) return fieldsOf(schema);
  return typeof additionalProperties === "object" && Object.keys(additionalProperties).length > 0
    ? html`map of ${typeOf(additionalProperties)}`
    : html`object`;
}

/** What values a schema lets in. */
export function typeOf(schema: Schema): Piece {
  const { $ref, enum: values, anyOf, oneOf, allOf, type } = schema;
  if ($ref !== undefined) {
    const name = refName($ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const options = anyOf ?? oneOf;
  if (options !== undefined) return joined(options.map(typeOf), " | ");
  if (allOf !== undefined) return joined(allOf.map(typeOf), " & ");
  if (values !== undefined) {
    return joined(
      values.map((value) => html`<code>${value === null ? "null" : JSON.stringify(value)}</code>`),
      " | ",
    );
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  const types = type === undefined ? [] : [type].flat();
  if (types.length === 0) return html`anything`;
  return joined(
    types.map((one) => named(one, schema)),
    " | ",
  );
}

function boundsOf({ minimum, maximum, maxLength, default: fallback }: Schema): string {
  return [
    minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : null,
    maxLength === undefined ? null : `${maxLength} characters at most`,
    fallback === undefined ? null : `${JSON.stringify(fallback)} when left out`,
  ]
    .filter((text) => text !== null)
    .join("; ");
}

/** What is said of a value beside its type. */
export function noteOf(schema: Schema): Piece {
  const bounds = boundsOf(schema);
  const text = schema.description ?? "";
  return html`${withCode(text)}${text !== "" && bounds !== "" ? " " : ""}${bounds === "" ? "" : `(${bounds})`}`;
}

/** A text with what stands between backticks as code. */
export function withCode(text: string): Piece {
  const parts = text.split("`");
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** The fields of an object as a table. */
export function fieldsOf({ properties = {}, required = [] }: Schema): Piece {
  return html`<table class="fields">
    <tbody>
      ${Object.entries(properties).map(
        ([name, field]) =>
          html`<tr>
            <th scope="row"><code>${name}</code>${required.includes(name) ? "" : " (optional)"}</th>
            <td>${typeOf(field)}</td>
            <td>${noteOf(field)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
