// Folders of manifests with mistakes and the exact text that a person gets for each: file, line, column,
// what happened and what to do. `vitest -u` rewrites the texts; read the difference before committing it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { load, readFolder, resultText } from "./support.ts";

const cases = join(import.meta.dirname, "cases");

describe("manifests with mistakes", () => {
  for (const name of readdirSync(cases).sort()) {
    const folder = join(cases, name);
    it(`are told as expected: ${name.replaceAll("-", " ")}`, async () => {
      const extras = ["expected.txt", "unreadable.txt"];
      const texts = readFolder(folder, (path) => extras.includes(path));
      const list = join(folder, "unreadable.txt");
      const unreadable = existsSync(list)
        ? readFileSync(list, "utf8")
            .trim()
            .split("\n")
            .map((line) => ({
              path: line.split(" ")[0]!,
              reason: line.replace(/^\S+ /, ""),
              ...(line.includes(" is larger than ") ? { plainFile: true as const } : {}),
            }))
        : [];
      const files = Object.entries(texts).map(([path, content]) => ({
        path,
        content: content as Uint8Array,
      }));
      const desired = load({}, { tree: { files, unreadable } });
      const text = resultText(desired);
      expect(text).not.toContain("canary-");
      await expect(text).toMatchFileSnapshot(join(folder, "expected.txt"));
    });
  }
});
