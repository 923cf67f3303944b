// The API's reference as a page: rendered on the server from the description, without a script. Pure.
import { html } from "hono/html";
import type { ApiDocument } from "./openapi.ts";
import { fieldsOf, noteOf, typeOf, withCode } from "./docs-schema.ts";
import type { Piece, Schema } from "./docs-schema.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Content }>
  >;
}

interface Listed extends Operation {
  readonly method: string;
  readonly path: string;
}

function operationsOf({ paths = {} }: ApiDocument): readonly Listed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Readonly<Record<string, Operation>>).map(
      ([method, operation]): Listed => ({ ...operation, method: method.toUpperCase(), path }),
    ),
  );
}

function parametersTable(parameters: readonly Parameter[]): Piece {
  if (parameters.length === 0) return html``;
  return html`<h4>Parameters</h4>
    <table class="fields">
      <tbody>
        ${parameters.map(
          ({ name, in: place, required, schema = {} }) =>
            html`<tr>
              <th scope="row"><code>${name}</code>${required === true ? "" : " (optional)"}</th>
              <td>${typeOf(schema)}</td>
              <td>${place === "path" ? "in the path" : noteOf(schema)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function bodySection({ requestBody }: Operation): Piece {
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return html``;
  return html`<h4>Body${requestBody?.required === true ? "" : " (optional)"}</h4>
    ${typeOf(schema)}`;
}

function contentText(content: Content | undefined): Piece {
  const answers = Object.entries(content ?? {});
  return html`${answers.map(
    ([type, { schema = {} }], index) =>
      html`${index === 0 ? "" : ", or "}${
        type === "application/json"
          ? typeOf(schema)
          : type === "application/problem+json"
            ? html`<a href="#schema-ProblemDetails">ProblemDetails</a>`
            : html`<code>${type}</code>`
      }`,
  )}`;
}

function answersTable({ responses }: Operation): Piece {
  return html`<h4>Answers</h4>
    <table class="fields">
      <tbody>
        ${Object.entries(responses).map(
          ([status, { description, content }]) =>
            html`<tr>
              <th scope="row">${status}</th>
              <td>${description}</td>
              <td>${contentText(content)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function operationSection(operation: Listed): Piece {
  const { method, path, operationId, summary, description = "", parameters = [] } = operation;
  return html`<section class="panel operation" id="${operationId}">
    <h3>
      <a href="#${operationId}"><span class="method">${method}</span> <code>${path}</code></a>
    </h3>
    <p>${summary}.</p>
    <p>${withCode(description)}</p>
    ${parametersTable(parameters)} ${bodySection(operation)} ${answersTable(operation)}
  </section>`;
}

function schemaSection(name: string, schema: Schema): Piece {
  return html`<section class="panel" id="schema-${name}">
    <h3><a href="#schema-${name}">${name}</a></h3>
    ${schema.description === undefined ? "" : html`<p>${withCode(schema.description)}</p>`}
    ${schema.properties === undefined ? html`<p>${typeOf(schema)}</p>` : fieldsOf(schema)}
  </section>`;
}

/** The page's body, and its title; the shell around it is that of all pages. */
export function docsPage(document: ApiDocument): { readonly title: string; readonly body: string } {
  const operations = operationsOf(document);
  const schemas = Object.entries(document.components?.schemas ?? {}) as readonly [string, Schema][];
  const groups = Map.groupBy(operations, ({ tags }) => tags[0] ?? "Other");
  const known = new Map(document.tags?.map(({ name, description }) => [name, description ?? ""]));
  const { version, description = "" } = document.info;
  const body = html`<div class="docs">
    <h1>API of Capstan ${version}</h1>
    ${description.split("\n\n").map((text) => html`<p>${withCode(text)}</p>`)}
    <p>
      For programs: <a href="/api/openapi.json">OpenAPI 3.1</a>. With a token:
      <code>Authorization: Bearer …</code>; with a session: its cookie.
    </p>
    <nav aria-label="Addresses">
      ${[...groups].map(
        ([tag, some]) =>
          html`<h2>${tag}</h2>
            <ul>
              ${some.map(
                ({ operationId, method, path, summary }) =>
                  html`<li>
                    <a href="#${operationId}"
                      ><span class="method">${method}</span> <code>${path}</code></a
                    >
                    ${summary}
                  </li>`,
              )}
            </ul>`,
      )}
    </nav>
    ${[...groups].map(
      ([tag, some]) =>
        html`<h2 id="tag-${tag}">${tag}</h2>
          <p>${known.get(tag) ?? ""}</p>
          ${some.map(operationSection)}`,
    )}
    <h2 id="schemas">Schemas</h2>
    ${schemas.map(([name, schema]) => schemaSection(name, schema))}
  </div>`;
  return { title: "API", body: written(body) };
}

/** Pieces of ours are never promises, so that they are whole at once. */
function written(piece: Piece): string {
  if (piece instanceof Promise) throw new TypeError("a piece of a page that is not there yet");
  return piece.toString();
}
