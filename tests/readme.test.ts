// The README is a promise: its manifests load, and the tests that it names exist and name their laws.
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { logFields } from "../src/lib/log-fields.ts";
import { createHasher } from "../src/lib/digest.ts";
import { runProgram } from "../src/cli/program.ts";
import { loadManifests } from "../src/manifest/load.ts";
import { tools } from "../src/mcp/tools.ts";
import { createStage } from "./cli/support.ts";

const readme = readFileSync("README.md", "utf8");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("every manifest in it loads without a problem", () => {
  const blocks = [...readme.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm)]
    .map(([, indent = "", body = ""]) => body.replaceAll(new RegExp(`^${indent}`, "gm"), ""))
    .filter((body) => body.includes("apiVersion:"));
  expect(blocks.length).toBeGreaterThanOrEqual(2);
  for (const [index, block] of blocks.entries()) {
    const isPolicy = block.includes("kind: Policy");
    const folder = isPolicy ? "stacks/policies" : "stacks";
    const files = [
      { path: `${folder}/block-${index}.yaml`, content: bytes(block) },
      { path: "stacks/app.conf", content: bytes("a = 1\n") },
      {
        path: "stacks/queue.compose.yaml",
        content: bytes("services: { web: { image: nginx, command: '${KEY}' } }\n"),
      },
    ];
    const { problems, stacks, policies } = loadManifests({
      tree: { files, unreadable: [] },
      root: "stacks",
      variables: {},
      secret: (name) => `the-value-of-${name}`,
      reservedNames: [],
      hasher: createHasher(bytes("key")),
    });
    expect(problems).toEqual([]);
    expect(stacks).toHaveLength(isPolicy ? 0 : 1);
    expect(policies.own.policies).toHaveLength(isPolicy ? 1 : 0);
  }
});

/** The first block of code after some words. */
function blockAfter(words: string, language: string): string {
  const begin = readme.indexOf(`\`\`\`${language}\n`, readme.indexOf(words));
  return readme.slice(readme.indexOf("\n", begin) + 1, readme.indexOf("\n```", begin + 3) + 1);
}

test("its example of a refusal is what its policy says", () => {
  const document = (spec: string): Uint8Array =>
    bytes(`apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: eve }\n${spec}\n`);
  const [, spec = ""] = /Of\n`(spec: .*)` the policy above says/.exec(readme) ?? [];
  const { problems } = loadManifests({
    tree: {
      files: [
        { path: "policies/portal.yaml", content: bytes(blockAfter("## Policies", "yaml")) },
        {
          path: "stacks/ai-stack.yaml",
          content: new Uint8Array(readFileSync("stacks/templates/ai-stack.yaml")),
        },
        { path: "stacks/users/eve.yaml", content: document(spec) },
      ],
      unreadable: [],
    },
    root: "stacks",
    variables: { STACK_DOMAIN_SUFFIX: "ai.example.com", STACK_IMAGE: "ghcr.io/acme/opencode:1" },
    secret: () => null,
    reservedNames: [],
    hasher: createHasher(bytes("key")),
  });
  const told = problems.map(({ place, message, hint }) => {
    return `${place.file}:${place.line}:${place.column} ${message}\n    ${hint}\n`;
  });
  expect(told).toEqual([blockAfter("the policy above says", "")]);
});

/** The rows of the promises, as `law` and the files that hold it. */
function promises(): readonly { readonly law: string; readonly files: readonly string[] }[] {
  const begin = readme.indexOf("## What Capstan promises");
  const section = readme.slice(begin, readme.indexOf("\n## ", begin));
  return [...section.matchAll(/^\|.*\| ([A-Z]\d+) +\|(.*)\|$/gm)].map(
    ([, law = "", cell = ""]) => ({
      law,
      files: [...cell.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => `tests/${file}.test.ts`),
    }),
  );
}

test("every law of Q, R, O, W and H is among its promises, once", () => {
  const all = Object.entries({ Q: 8, R: 8, O: 10, W: 12, H: 8 }).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, index) => `${group}${index + 1}`),
  );
  const told = promises().map(({ law }) => law);
  expect(new Set(told).size).toBe(told.length);
  expect(told.filter((law) => !law.startsWith("P")).sort()).toEqual(all.sort());
});

for (const { law, files } of promises()) {
  test(`every test that it names for ${law} exists and begins with that number`, () => {
    expect(files).not.toEqual([]);
    // Laws stand in front of a name, one or several; other texts of a test are no first argument.
    const named = new RegExp(`\\(\\s*["'\`](?:[A-Z]\\d+ )*${law} `);
    for (const pattern of files) {
      const texts = globSync(pattern).map((file) => readFileSync(file, "utf8"));
      expect(
        texts.filter((text) => named.test(text)),
        pattern,
      ).not.toEqual([]);
    }
  });
}

/** The first cells of a section's tables. */
function cellsOf(heading: string): string {
  const begin = readme.indexOf(`\n## ${heading}`);
  expect(begin, heading).toBeGreaterThan(0);
  const section = readme.slice(begin, readme.indexOf("\n## ", begin + 1));
  return [...section.matchAll(/^\|([^|]*(?:\\\|[^|]*)*)\|/gm)]
    .map(([, cell = ""]) => cell)
    .join("\n");
}

test("its table of tools for agents names every one, and no other", () => {
  const named = [...cellsOf("Coding agents (MCP)").matchAll(/`([a-z_]+)`/g)].map(
    ([, name]) => name,
  );
  expect([...named].sort()).toEqual(tools.map(({ name }) => name).sort());
});

test("its table of commands names every one, and no other", async () => {
  const terminal = createStage();
  await runProgram(terminal.context, ["--help"]);
  const listing = terminal.terminal.out().split("Commands:")[1]?.split("Examples:")[0] ?? "";
  const commands = [...listing.matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");
  expect(commands.length).toBeGreaterThan(10);
  const named = [...cellsOf("Commands").matchAll(/`([a-z][a-z-]*)/g)].map(([, name = ""]) => name);
  expect([...new Set(named)].sort()).toEqual([...commands].sort());
});

test("the table of log fields is the one that the compiler holds", () => {
  const begin = readme.indexOf("## Logs");
  const section = readme.slice(begin, readme.indexOf("\n## ", begin));
  const table = section.slice(section.indexOf("| field"));
  const told = [...table.matchAll(/^\| `(\w+)` +\| (.+?) +\|$/gm)].map(([, name, holds]) => [
    name,
    holds,
  ]);
  expect(told).toEqual(Object.entries(logFields));
});
