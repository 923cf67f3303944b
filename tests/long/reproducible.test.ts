// Whoever packs a tag gets the package that was signed, byte for byte.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { packCapstan } from "../support/installed.ts";

test("the same sources make the same package, wherever they are packed", async () => {
  const both = await Promise.all([packCapstan(), packCapstan()]);
  try {
    const [one, other] = both.map(({ tarball }) => readFileSync(tarball));
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
  } finally {
    for (const packed of both) packed.remove();
  }
});
