import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { init } from "../../src/cli/init.ts";
import { newFiles } from "../../src/cli/init-files.ts";
import { secretsFileName } from "../../src/export/secrets-file.ts";
import { act, createStage } from "./support.ts";

test("the portal's template is the one of this project", async () => {
  const path = "stacks/templates/ai-stack.yaml";
  const text = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
  expect(new Map(newFiles).get(path)).toBe(text);
});

test("files of secrets and the state stay out of Git, that of an export too", () => {
  const lines = (new Map(newFiles).get(".gitignore") ?? "").split("\n");
  for (const name of [".env", secretsFileName, "secrets/", "data/"]) expect(lines).toContain(name);
});

test.skipIf(process.platform !== "linux")(
  "where nothing can be made it fails at once",
  async () => {
    const stage = createStage({ folder: "/" });
    await expect(act(init, stage, { folder: "/proc/capstan-stacks" })).rejects.toThrow(
      /^\/proc\/capstan-stacks\/.* cannot be written: ENOENT$/,
    );
  },
);
