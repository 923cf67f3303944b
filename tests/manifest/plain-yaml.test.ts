// The quick reader and the `yaml` package must read the same, places included, or the quick one gives up.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseText } from "../../src/manifest/parse.ts";
import { readPlainYaml } from "../../src/manifest/plain-yaml.ts";
import { createReport } from "../../src/manifest/report.ts";
import { simpleStack } from "../support/scenario.ts";

/** Whether the quick reader took the text, after comparing what it read. */
function agrees(text: string): boolean {
  const quick = readPlainYaml("a.yaml", text);
  if (quick === null) return false;
  const report = createReport();
  const slow = parseText("a.yaml", text, report);
  expect(report.sorted()).toEqual([]);
  expect(slow.incomplete).toBe(false);
  expect(slow.documents.every(({ broken, cut }) => !broken && !cut)).toBe(true);
  expect(quick).toEqual(slow.documents.map(({ root }) => root));
  return true;
}

const usual = `# A shop.
apiVersion: capstan/v1
kind: Stack   # as most are
metadata: { name: shop, labels: { team: web, "a": b } }
spec:

  applications:
    web:
      # its image
      image: ghcr.io/acme/web:1.2.3
      replicas: 2
      command: server --port 8080 #not a comment? yes
      env:
        MODE: "live"
        URL: http://$(services.api.host):80/a#b
        QUOTED: 'a "b" c'
        on: yes
      args: [a, "b, c", 3, [d, {e: f}], {}, []]
      domains:
      - host: a.example.com
        port: 8080
        https: true
      - { host: b.example.com, port: 80 }
      mounts:
        - type: volume
          source: data
          target: /data
      aliases:
        - one
        - two # second
---
apiVersion: capstan/v1
kind: Stack
metadata:
    name: other
spec: {}
---
# nothing
`;

const plainUsual = usual.replace(', "a": b', "").replace("{e: f}", "{ e: f }");

describe("the quick reader", () => {
  it("takes usual manifests", () => {
    expect(agrees(plainUsual)).toBe(true);
    expect(agrees(simpleStack("shop"))).toBe(true);
    expect(agrees(plainUsual.replace(/\n$/, ""))).toBe(true);
    expect(agrees(`---\n${simpleStack("shop")}`)).toBe(true);
    expect(agrees("")).toBe(true);
    expect(agrees("# nothing\n\n---\n")).toBe(true);
    expect(agrees("a: Ärger → 日本\n")).toBe(true);
  });

  it.each([
    "a: &x 1\nb: *x\n",
    "a: |\n  text\n",
    "a: b\n  c\n",
    "a: b: c\n",
    "a:\nb: 1\n",
    "a:\n",
    "a: 1\na: 2\n",
    "a: null\n",
    "a: 1.5\n",
    "a: 007\n",
    "a: 1e3\n",
    "a: 0x10\n",
    "a: .inf\n",
    "a: -1\n",
    "a: True\n",
    "null: 1\n",
    "__proto__: 1\n",
    "a: !x y\n",
    'a: "b\\n"\n',
    "a: 'it''s'\n",
    "a: [b\n  , c]\n",
    "a: [b, ]\n",
    "a: { b }\n",
    "a: {b:1}\n",
    "a:\tb\n",
    "a: b\r\n",
    "%YAML 1.1\n---\na: b\n",
    "a: b\n...\n",
    "--- a\n",
    "- a\n",
    "a\n",
    "  a: b\n",
    "a:\n    b: 1\n  c: 2\n",
    "a:\n  - - b\n",
    "a: @b\n",
    "a: \ud800\n",
    "\ufeffa: b\n",
  ])("leaves %j to yaml", (text) => {
    expect(readPlainYaml("a.yaml", text)).toBeNull();
  });

  it("agrees with yaml on any text made of pieces of manifests", () => {
    const piece = fc.constantFrom(
      ..."a b: - -- 1 007 1.5 1_0 0x1f 1e3 .5 . .. ~ null true no : :: , { } [ ] {} [] & * ! | > # % @ ` ? = + ' \" $( ) ${{ }} / /x a:b a:1 a: {a: --- ... <<: c#d ä".split(
        " ",
      ),
      " ",
      "  ",
      "    ",
      "\n",
      "\n  ",
      "\n    ",
      "\n- ",
      "\n  - ",
      ": ",
      " #",
      ", ",
      "a: b\n",
      "x: ",
      "{ a: ",
      "- k: v\n",
      '"q"',
      "'q'",
      "\t",
      "\r\n",
      "\u00a0",
      "\u3000",
    );
    let taken = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        if (agrees(pieces.join(""))) taken += 1;
      }),
      { numRuns: 5_000 },
    );
    expect(taken).toBeGreaterThan(50);
  }, 120_000);

  it("agrees with yaml on usual manifests with any cut, swap or insertion", () => {
    const inserted = fc.constantFrom(
      ..."{ } [ ] : , - & * ! | > % @ ` \" ' # ? ~ null $( ) --- ... 0 1e5 . a".split(" "),
      "\n",
      " ",
      "  ",
      "\n  ",
      "\t",
      ": ",
      " #",
      "- ",
      "\n- ",
      "# c\n",
      "\u00a0",
    );
    let taken = 0;
    fc.assert(
      fc.property(
        fc.nat(plainUsual.length),
        fc.nat(8),
        inserted,
        fc.nat(plainUsual.length),
        fc.nat(3),
        inserted,
        (at, cut, one, at2, cut2, two) => {
          const once = plainUsual.slice(0, at) + one + plainUsual.slice(at + cut);
          if (agrees(once)) taken += 1;
          if (agrees(once.slice(0, at2) + two + once.slice(at2 + cut2))) taken += 1;
        },
      ),
      { numRuns: 1_000 },
    );
    expect(taken).toBeGreaterThan(500);
  }, 120_000);

  it("takes the manifests that this repository ships, or leaves them to yaml", () => {
    for (const file of ["stacks/templates/ai-stack.yaml"]) agrees(readFileSync(file, "utf8"));
  });
});
