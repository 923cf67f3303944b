import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentOf, withDocument, withoutDocument } from "../../../src/engine/portal/documents.ts";

const stack = (name: string, more = ""): string =>
  `# about ${name}\napiVersion: capstan/v1\nkind: Stack\nmetadata: { name: ${name} }\n${more}`;
const template = "kind: StackTemplate\nmetadata: { name: a }\nspec: {}\n";

describe("one stack's document in a file", () => {
  test("is taken out with its comments, and the others stay to the letter", () => {
    const text = `${stack("a")}---\n${stack("b", "spec: {}\n")}---\n${stack("c")}`;
    expect(withoutDocument(text, "b")).toBe(`${stack("a")}---\n${stack("c")}`);
    expect(withoutDocument(text, "a")).toBe(`${stack("b", "spec: {}\n")}---\n${stack("c")}`);
    expect(documentOf(text, "b")).toBe(stack("b", "spec: {}\n"));
  });

  test("leaves no file when nothing but comments would stay", () => {
    expect(withoutDocument(stack("a"), "a")).toBeNull();
    expect(withoutDocument(`---\n# nothing\n---\n${stack("a")}`, "a")).toBeNull();
  });

  test("is not confused with a template of the same name, or with a name inside another", () => {
    const text = `${template}---\n${stack("ab")}`;
    expect(withoutDocument(text, "a")).toBe(text);
    expect(documentOf(text, "a")).toBeNull();
    expect(withDocument(text, "a", stack("a"))).toBeNull();
  });

  test("is replaced in its place", () => {
    const text = `${stack("a")}---\n${stack("b")}---\n${stack("c")}`;
    const next = stack("b", "spec: { suspend: true }\n");
    expect(withDocument(text, "b", next)).toBe(`${stack("a")}---\n${next}---\n${stack("c")}`);
    expect(withDocument(stack("a"), "a", next.trimEnd())).toBe(next);
  });

  test("taking out and putting back touches nobody else, in any file", () => {
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 });
    fc.assert(
      fc.property(names, fc.nat(), fc.boolean(), (list, pick, leading) => {
        const name = list[pick % list.length] ?? "a";
        const text = (leading ? "---\n" : "") + list.map((one) => stack(one)).join("---\n");
        const without = withoutDocument(text, name);
        for (const other of list.filter((one) => one !== name)) {
          expect(documentOf(without ?? "", other)).toBe(documentOf(text, other));
        }
        expect(documentOf(without ?? "", name)).toBeNull();
        expect(withDocument(text, name, documentOf(text, name) ?? "")).toBe(text);
      }),
    );
  });
});
