import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { renderSchemas } from "../../src/manifest/json-schema.ts";

const folder = join(import.meta.dirname, "../../schemas");

it("the schemas of the repository are the generated ones (npm run schema)", () => {
  const rendered = renderSchemas();
  const schemas = readdirSync(folder).filter((name) => name.endsWith(".json"));
  expect(schemas.sort()).toEqual([...rendered.keys()].sort());
  for (const [name, text] of rendered) expect(readFileSync(join(folder, name), "utf8")).toBe(text);
});

it("they are the same text every time and hold every definition that they use", () => {
  const [text, ...others] = [...renderSchemas().values()];
  expect([...renderSchemas().values()]).toEqual([text, ...others]);
  const schema = JSON.parse(text ?? "") as { definitions: Record<string, unknown> };
  const used = new Set([...text!.matchAll(/"#\/definitions\/(\w+)"/g)].map((match) => match[1]));
  expect([...used].sort()).toEqual(Object.keys(schema.definitions).sort());
  for (const one of [text, ...others]) expect(one).not.toContain('"spelled"');
});

it("they allow a reference where a number is expected, and tell defaults and descriptions", () => {
  const [text] = [...renderSchemas().values()];
  interface Application {
    readonly additionalProperties: boolean;
    readonly properties: Readonly<Record<string, { readonly description?: string }>>;
  }
  const { definitions } = JSON.parse(text ?? "") as { definitions: { application: Application } };
  expect(definitions.application.properties.replicas).toMatchObject({
    default: 1,
    anyOf: [{ type: "integer", minimum: 0 }, { $ref: "#/definitions/reference" }, { type: "null" }],
  });
  expect(definitions.application.properties.image?.description).toBe(
    "The image to run; with git there is none.",
  );
  expect(definitions.application.additionalProperties).toBe(false);
});
