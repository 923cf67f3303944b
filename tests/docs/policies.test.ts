// The page about policies shows what its policy says of a manifest.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createHasher } from "../../src/lib/digest.ts";
import { loadManifests } from "../../src/manifest/load.ts";
import { blocksOf, docPage } from "./pages.ts";

const page = docPage("how-to/policies.md");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("its example of a refusal is what its policy says", () => {
  const blocks = blocksOf(page);
  const policy = blocks.find(({ language }) => language === "yaml")?.text ?? "";
  const shown = blocks.find(({ language }) => language === "text")?.text ?? "";
  const [, spec = ""] = /Of\s`(spec: [^`]*)`\sthe\spolicy\sabove\ssays/.exec(page.text) ?? [];
  const stack = `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: eve }\n${spec}\n`;
  const { problems } = loadManifests({
    tree: {
      files: [
        { path: "policies/portal.yaml", content: bytes(`${policy}\n`) },
        {
          path: "stacks/ai-stack.yaml",
          content: new Uint8Array(readFileSync("stacks/templates/ai-stack.yaml")),
        },
        { path: "stacks/users/eve.yaml", content: bytes(stack) },
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
    return `${place.file}:${place.line}:${place.column} ${message}\n    ${hint}`;
  });
  expect(told).toEqual([shown]);
});
