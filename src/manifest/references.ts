// `$(…)` in texts: parsed once per document into parts, so that what a reference brings in is never read
// as a reference again. `$$(` is a literal `$(`.
import type { Report } from "./report.ts";
import { shorten } from "./parse.ts";
import { referenceAttributes } from "./service-references.ts";
import { mapScalars, scalar, scalars, textOf, child } from "./tree.ts";
import type { Part, ScalarNode, TreeNode } from "./tree.ts";

const knownForm = new RegExp(
  "^(?:name|parameters\\.[A-Za-z0-9_-]+|env\\.[A-Za-z0-9_]+|secrets\\.[A-Za-z0-9_.-]+|" +
    "secrets\\.bws:[^\\s()$]+|secrets\\.vault:[^\\s()$]+|" +
    `services\\.[A-Za-z0-9_-]+\\.(?:[A-Za-z0-9_.-]+\\.)?(?:${referenceAttributes.join("|")}))$`,
);

const forms =
  "known are $(name), $(parameters.x), $(env.STACK_…), $(secrets.x), $(secrets.bws:KEY), $(secrets.vault:MOUNT/PATH#KEY), $(services.x.host), of a service in a compose file $(services.x.SERVICE.host), and of databases .port, .user, .database, .password, .rootPassword and .url; write $$( for a literal $(";

/** The parts of a text; null when it has no `$(`. A malformed one is told to `problem`. */
export function parseParts(
  text: string,
  problem: (message: string, hint: string) => void,
): readonly Part[] | null {
  if (!text.includes("$(")) return null;
  const parts: Part[] = [];
  let literal = "";
  let index = 0;
  while (index < text.length) {
    if (text.startsWith("$$(", index)) {
      literal += "$(";
      index += 3;
    } else if (text.startsWith("$(", index)) {
      const end = text.indexOf(")", index);
      const path = end === -1 ? null : text.slice(index + 2, end).trim();
      if (path === null) {
        // There is no `)` behind this one either.
        problem("an unclosed `$(` is not a reference", forms);
        literal += text.slice(index);
        break;
      }
      if (!knownForm.test(path)) {
        problem(`\`$(${shorten(path)})\` is not a reference that Capstan knows`, forms);
        literal += "$(";
        index += 2;
        continue;
      }
      if (literal !== "") parts.push({ kind: "text", text: literal });
      literal = "";
      parts.push({ kind: "reference", path });
      index = end + 1;
    } else {
      literal += text[index] ?? "";
      index += 1;
    }
  }
  if (literal !== "") parts.push({ kind: "text", text: literal });
  return parts;
}

/** The one reference that a value is as a whole, or null. */
export function wholeReference(node: ScalarNode): string | null {
  const only = node.parts?.length === 1 ? node.parts[0] : undefined;
  return only?.kind === "reference" ? only.path : null;
}

/** Whether a map is a file mount, whose `content` is taken as it is. */
function isFileMount(node: TreeNode): boolean {
  return textOf(child(node, "type")) === "file" && child(node, "target") !== undefined;
}

/** The document with its references parsed. */
export function withReferences(root: TreeNode, report: Report, stack: string | null): TreeNode {
  const literal = new Set<TreeNode>();
  const findLiteral = (node: TreeNode): void => {
    if (node.kind === "list") node.items.forEach(findLiteral);
    else if (node.kind === "map") {
      const content = isFileMount(node) ? child(node, "content") : undefined;
      if (content !== undefined) literal.add(content);
      for (const [key, entry] of node.entries) {
        if (key === "compose" && entry.node.kind === "map") {
          // A compose file has dollars and parentheses of its own.
          for (const { node: service } of entry.node.entries.values()) {
            const file = child(service, "content");
            if (file !== undefined) literal.add(file);
          }
        }
        if (key.includes("$("))
          report.add(entry.keyPlace, "references work in values, not in keys", null, stack);
        findLiteral(entry.node);
      }
    }
  };
  findLiteral(root);
  return (
    mapScalars(root, (node) => {
      if (typeof node.value !== "string" || literal.has(node)) return node;
      const parts = parseParts(node.value, (message, hint) =>
        report.add(node.place, message, hint, stack),
      );
      if (parts === null) return node;
      const first = parts[0];
      if (parts.length === 0) return scalar("", node.place);
      if (parts.length === 1 && first?.kind === "text") return scalar(first.text, node.place);
      return { ...node, parts };
    }) ?? root
  );
}

/** All references below a node with their places. */
export function* referencesIn(
  node: TreeNode,
): Generator<{ readonly path: string; readonly node: ScalarNode }> {
  for (const { node: found } of scalars(node)) {
    for (const part of found.parts ?? []) {
      if (part.kind === "reference") yield { path: part.path, node: found };
    }
  }
}
