// Edits of one value in a YAML file: the value is there afterwards, and every other byte is as it was.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { editValue, removed } from "../../src/manifest/edit-value.ts";
import type { PlainValue } from "../../src/manifest/yaml-text.ts";
import type { Path } from "../../src/manifest/tree.ts";

const read = (text: string, document = 0): unknown =>
  (parseAllDocuments(text) as { toJS(): unknown }[])[document]?.toJS();

function edited(text: string, path: Path, value: PlainValue | typeof removed, document = 0) {
  const result = editValue(text, document, path, value);
  return result.ok ? result.text : `refused: ${result.why}`;
}

const shop = `# The web shop.
apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }   # the name
spec:
  applications:
    web:
      # Renovate writes this line.
      image: "ghcr.io/acme/web:1"   # keep it pinned
      replicas: 2
      resources: { limits: { memory: 512Mi } }
      env:
        MODE: live

        # for people
        NOTE: |
          two
          lines
      domains:
        - { host: shop.example.com, port: 8080 }
        - host: www.example.com # the old name
          port: 8080
`;
const web = ["spec", "applications", "web"];

describe("what is set", () => {
  test.each<[string, Path, PlainValue, string, string]>([
    ["a number", [...web, "replicas"], 3, "replicas: 2\n", "replicas: 3\n"],
    [
      "a quoted text, which stays quoted",
      [...web, "image"],
      "ghcr.io/acme/web:2",
      '"ghcr.io/acme/web:1"   # keep it pinned',
      '"ghcr.io/acme/web:2"   # keep it pinned',
    ],
    [
      "a value in a flow map",
      [...web, "resources", "limits", "memory"],
      "1Gi",
      "memory: 512Mi }",
      "memory: 1Gi }",
    ],
    [
      "a new key of a flow map",
      [...web, "resources", "limits", "cpu"],
      "2",
      "memory: 512Mi }",
      'memory: 512Mi, cpu: "2" }',
    ],
    [
      "a new key of a block map, behind its last one",
      [...web, "stopGracePeriod"],
      "30s",
      "          port: 8080\n",
      "          port: 8080\n      stopGracePeriod: 30s\n",
    ],
    [
      "a new key behind a block of text",
      [...web, "env", "A"],
      "x",
      "          lines\n",
      "          lines\n        A: x\n",
    ],
    [
      "keys that lead to it",
      [...web, "update", "order"],
      "stop-first",
      "          port: 8080\n",
      "          port: 8080\n      update: { order: stop-first }\n",
    ],
    [
      "a value of an item in a block",
      [...web, "domains", 1, "port"],
      80,
      "          port: 8080\n",
      "          port: 80\n",
    ],
    [
      "a new item",
      [...web, "domains", 2],
      { host: "b.example.com", port: 1 },
      "          port: 8080\n",
      "          port: 8080\n        - { host: b.example.com, port: 1 }\n",
    ],
    [
      "a text with lines in the place of a block",
      [...web, "env", "NOTE"],
      "one",
      "NOTE: |\n          two\n          lines\n",
      "NOTE: one\n",
    ],
  ])("%s", (_, path, value, old, now) => {
    expect(edited(shop, path, value)).toBe(shop.replace(old, () => now));
  });

  test("what is there already leaves the text as it is", () => {
    expect(edited(shop, [...web, "replicas"], 2)).toBe(shop);
    expect(edited(shop, [...web, "stopGracePeriod"], removed)).toBe(shop);
  });

  test.each<[string, string, string]>([
    ["an empty value", "a:\nb: 1\n", "a: { c: 1 }\nb: 1\n"],
    ["an empty value with a comment", "a: # why\nb: 1\n", "a: { c: 1 } # why\nb: 1\n"],
    ["an empty flow map", "a: {}\n", "a: { c: 1 }\n"],
    ["a trailing comma", "a: { b: 1, }\n", "a: { b: 1, c: 1, }\n"],
    ["no line break at the end", "a:\n  b: 1", "a:\n  b: 1\n  c: 1"],
    ["lines of Windows", "a:\r\n  b: 1\r\nd: 2\r\n", "a:\r\n  b: 1\r\n  c: 1\r\nd: 2\r\n"],
    [
      "a comment behind the last key",
      "a:\n  b: 1 # b\n  # end\nd: 2\n",
      "a:\n  b: 1 # b\n  c: 1\n  # end\nd: 2\n",
    ],
  ])("a key is added to %s", (_, text, now) => {
    expect(edited(text, ["a", "c"], 1)).toBe(now);
  });

  test("the first line of a file with a mark of byte order", () => {
    expect(edited("\ufeffa: 1\n", ["b"], 2)).toBe("\ufeffa: 1\nb: 2\n");
    expect(edited("\ufeffa: 1\nb: 2\n", ["a"], removed)).toBe("\ufeffb: 2\n");
  });

  test("one document of several", () => {
    const two = `${shop}---\n# the second\na: 1\n---\na: 1\n`;
    expect(edited(two, ["a"], 2, 1)).toBe(`${shop}---\n# the second\na: 2\n---\na: 1\n`);
    expect(edited(two, ["a"], 2, 2)).toBe(`${shop}---\n# the second\na: 1\n---\na: 2\n`);
  });

  test.each(["yes", "1.10", "0x1", "12:30", "null", "", "a: b", "a #b", "- x", "{x", "ä\u0007"])(
    "the text %j stays a text",
    (value) => {
      for (const text of ["a: x\n", "{ a: x }\n", 'a: "x"\n', "a: 'x'\n"]) {
        expect(read(edited(text, ["a"], value))).toEqual({ a: value });
      }
    },
  );
});

describe("what is removed", () => {
  test.each<[string, string, Path, string]>([
    ["a key with its line", "a: 1 # one\n# two\nb: 2\n", ["a"], "# two\nb: 2\n"],
    ["the last key", "a: 1\n# two\nb: 2\n", ["b"], "a: 1\n# two\n"],
    ["a key of a flow map", "m: { a: 1, b: 2 }\n", ["m", "a"], "m: { b: 2 }\n"],
    ["the last key of a flow map", "m: { a: 1, b: 2 }\n", ["m", "b"], "m: { a: 1 }\n"],
    ["the only key", "m: { a: 1 }\n", ["m", "a"], "m: {}\n"],
    ["the only key of a block", "m:\n  a: 1\nb: 2\n", ["m", "a"], "m:\n  {}\nb: 2\n"],
    ["an item", "l:\n  - a\n  - b\n", ["l", 0], "l:\n  - b\n"],
    ["an item of a flow list", "l: [a, b]\n", ["l", 1], "l: [a]\n"],
    ["a map in a list", "l:\n- x: 1\n  y: 2\n- z: 3\n", ["l", 0], "l:\n- z: 3\n"],
    ["the first key of an item", "l:\n  - x: 1\n    y: 2\n", ["l", 0, "x"], "l:\n  - y: 2\n"],
  ])("%s", (_, text, path, now) => {
    expect(edited(text, path, removed)).toBe(now);
  });
});

describe("what is refused", () => {
  test.each<[string, string, Path, string]>([
    ["an alias", "a: &x 1\nb: *x\n", ["b"], "an alias"],
    ["a value below an alias", "a: &x { c: 1 }\nb: *x\n", ["b", "c"], "an alias"],
    ["an anchor that is used", "a: &x 1\nb: *x\n", ["a"], "an anchor"],
    ["a value below an anchor that is used", "a: &x { c: 1 }\nb: *x\n", ["a", "c"], "an anchor"],
    ["a merge key", "a: &x { c: 1 }\nb:\n  <<: *x\n  d: 1\n", ["b", "d"], "a merge key"],
    ["a tag", "a: !!str 1\n", ["a"], "the tag"],
    ["comments in a list that is replaced", "a:\n  - 1 # one\n  - 2\n", ["a"], "comments"],
    ["comments in a flow map", "a: { b: 1, # b\n  }\n", ["a", "c"], "comments"],
    ["text that is no YAML", "a: [\n", ["a"], "not valid"],
    ["a text where a map is needed", "a: text\n", ["a", "b"], "another value"],
    ["an item beyond the end", "a: [1]\n", ["a", 3], "no such item"],
    ["a key with a question mark", "? a\n: 1\n", ["a"], "not edited"],
  ])("%s", (_, text, path, why) => {
    expect(edited(text, path, 5)).toContain(`refused: `);
    expect(edited(text, path, 5)).toContain(why);
  });

  test("an anchor that nothing shows is passed", () => {
    expect(edited("a: &x { c: 1 }\n", ["a", "c"], 2)).toBe("a: &x { c: 2 }\n");
  });
});

// A document as people write them: block and flow, quotes, comments, empty lines.
type Tree = string | number | boolean | null | Tree[] | { [key: string]: Tree };
const key = fc.constantFrom("a", "b", "image", "replicas", "x-y", "MODE");
const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom<Tree>("live", "ghcr.io/acme/web:1", "", "it's", "a # b", "yes", "two\nlines"),
  fc.integer({ min: 0, max: 99 }),
  fc.boolean(),
  fc.constant(null),
);
const tree = fc.letrec<{ node: Tree; map: Tree }>((tie) => ({
  map: fc.dictionary(key, tie("node"), { minKeys: 1, maxKeys: 4 }),
  node: fc.oneof({ maxDepth: 3 }, leaf, tie("map"), fc.array(tie("node"), { maxLength: 3 })),
}));
/** What is written where a writer has a choice. */
const choices = fc.infiniteStream(fc.nat(5));

function written(value: Tree, indent: string, flow: boolean, next: () => number): string {
  const pad = next() === 0 ? " # why" : "";
  if (typeof value === "string") {
    if (value.includes("\n")) {
      if (flow) return JSON.stringify(value);
      return `|-${pad}\n${value.replaceAll(/^/gm, `${indent}  `)}`;
    }
    const quoted =
      value === "live" && next() > 2
        ? value
        : next() > 2
          ? JSON.stringify(value)
          : `'${value.replaceAll("'", "''")}'`;
    return flow ? quoted : `${quoted}${pad}`;
  }
  if (typeof value !== "object" || value === null) return flow ? String(value) : `${value}${pad}`;
  const inFlow = flow || next() > 3 || Object.keys(value).length === 0;
  const comment = (): string => (next() === 0 ? `${indent}# said\n` : next() === 0 ? "\n" : "");
  if (Array.isArray(value)) {
    if (inFlow) {
      const items = value.map((item) => written(item, indent, true, next));
      return `[${next() > 2 ? " " : ""}${items.join(", ")}]`;
    }
    const lines = value.map((item) => {
      const said = comment();
      return `${said}${indent}- ${written(item, `${indent}  `, false, next).replace(/^\n+(?: *#.*\n|\n)* */, "")}`;
    });
    return `\n${lines.join("\n")}`;
  }
  const entries = Object.entries(value);
  if (inFlow) {
    return `{ ${entries.map(([name, item]) => `${name}: ${written(item, indent, true, next)}`).join(", ")}${next() === 0 ? "," : ""} }`;
  }
  const lines = entries.map(([name, item]) => {
    const said = comment();
    return `${said}${indent}${name}: ${written(item, `${indent}  `, false, next)}`;
  });
  return `\n${lines.join("\n")}`;
}

function pathsIn(value: Tree, path: Path = []): Path[] {
  const below = Array.isArray(value)
    ? value.flatMap((item, index) => pathsIn(item, [...path, index]))
    : typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, item]) => pathsIn(item, [...path, name]))
      : [];
  return path.length === 0 ? below : [path, ...below];
}

function put(root: Tree, path: Path, value: Tree | typeof removed): Tree {
  const copy = structuredClone(root);
  const parent = path
    .slice(0, -1)
    .reduce<Tree>((node, part) => (node as Record<string, Tree>)[part] ?? null, copy);
  const last = path.at(-1) ?? "";
  if (value !== removed) (parent as Record<string, Tree>)[last] = value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else Reflect.deleteProperty(parent as object, last);
  return copy;
}

describe("any document", () => {
  const cases = fc
    .record({
      root: tree.map,
      choices,
      pick: fc.nat(),
      added: fc.boolean(),
      value: fc.oneof({ weight: 2, arbitrary: leaf.map((one) => one ?? 1) }, fc.constant(removed)),
    })
    .map(({ root, choices: stream, pick, added, value }) => {
      const next = (): number => stream.next().value ?? 0;
      const text = `# head\n${written(root, "", false, next).replace(/^\n/, "")}\n# end\n`;
      const paths = pathsIn(root);
      const path = paths[pick % paths.length] ?? [];
      return { root, text, path: added ? [...path.slice(0, -1), "new"] : path, value };
    });

  test("an edit gives the value, and every other byte is as it was", () => {
    let done = 0;
    let refusals = 0;
    fc.assert(
      fc.property(cases, ({ root, text, path, value }) => {
        expect(read(text), text).toEqual(root);
        const parentIsList = Array.isArray(
          path
            .slice(0, -1)
            .reduce<Tree>((node, part) => (node as Record<string, Tree>)[part] ?? null, root),
        );
        if (parentIsList && typeof path.at(-1) === "string") return;
        const result = editValue(text, 0, path, value as PlainValue | typeof removed);
        if (!result.ok) {
          refusals += 1;
          expect(result.why).toMatch(/comments|not edited/);
          return;
        }
        done += 1;
        expect(read(result.text), text).toEqual(put(root, path, value as Tree | typeof removed));
        const lines = text.split("\n");
        const now = result.text.split("\n");
        const isKept = (line: string): boolean => now.includes(line);
        const gone = lines.filter((line) => !isKept(line));
        // What goes is one stretch of lines, and comments of other keys are not among them.
        let head = 0;
        while (head < Math.min(lines.length, now.length) && lines[head] === now[head]) head += 1;
        let tail = 0;
        while (
          tail < Math.min(lines.length, now.length) - head &&
          lines.at(-1 - tail) === now.at(-1 - tail)
        ) {
          tail += 1;
        }
        const changed = lines.slice(head, lines.length - tail);
        for (const line of gone) expect(changed).toContain(line);
        if (value !== removed) {
          for (const line of changed) expect(line.trimStart().startsWith("#"), text).toBe(false);
          // A new key or a scalar for a scalar is one line.
          expect(now.length - head - tail).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 1_500 },
    );
    expect(done).toBeGreaterThan(refusals * 3);
  });
});
