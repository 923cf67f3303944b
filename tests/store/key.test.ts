import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isCapstanError } from "../../src/lib/errors.ts";
import { runProgram } from "../../src/lib/spawn.ts";
import { loadKey } from "../../src/store/key.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "capstan-key-"));
});
afterEach(() => {
  rmSync(stateDir, { recursive: true, force: true });
});

test("a key is 32 bytes, the same at every start, another in another folder", () => {
  const folder = join(stateDir, "new");
  const key = loadKey(folder);
  expect(key).toHaveLength(32);
  expect(loadKey(folder)).toEqual(key);
  expect(loadKey(join(stateDir, "other"))).not.toEqual(key);
  expect(readdirSync(folder)).toEqual(["key"]);
});

test("only its owner may read it, also when somebody opened it up", () => {
  loadKey(stateDir);
  const file = join(stateDir, "key");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o644);
  loadKey(stateDir);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("processes that start together agree on one key", async () => {
  const folders = 200;
  const module = fileURLToPath(new URL("../../src/store/key.ts", import.meta.url));
  // Both wait for the same moment, and then meet in one folder after the other.
  const script = `
    import { loadKey } from ${JSON.stringify(module)};
    while (Date.now() < ${Date.now() + 1_500});
    for (let i = 0; i < ${folders}; i++) {
      const key = loadKey(${JSON.stringify(stateDir)} + "/" + i);
      process.stdout.write(Buffer.from(key).toString("hex") + "\\n");
    }
  `;
  const outputs = await Promise.all(
    [1, 2].map(async () => {
      const { stdout, stderr } = await runProgram({
        program: process.execPath,
        args: ["--input-type=module", "-e", script],
        env: { PATH: process.env.PATH ?? "" },
        title: "node",
        timeoutMs: 60_000,
        maxStdoutBytes: 100_000,
      });
      return `${stdout.toString()}${stderr}`;
    }),
  );
  expect(outputs[0]?.split("\n").filter((line) => /^[0-9a-f]{64}$/.test(line))).toHaveLength(
    folders,
  );
  expect(outputs[1]).toBe(outputs[0]);
  expect(readdirSync(join(stateDir, "0"))).toEqual(["key"]);
});

test("a key of the wrong length, and a folder that cannot be used, are told with what to do", () => {
  writeFileSync(join(stateDir, "key"), "short");
  const failure = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return isCapstanError(error) ? { code: error.code, hint: error.hint } : error;
    }
  };
  expect(failure(() => loadKey(stateDir))).toEqual({
    code: "invalid",
    hint: "put the right one back, or delete it: a new one costs one deep read and no deploy",
  });
  expect(failure(() => loadKey(join(stateDir, "key")))).toMatchObject({
    code: "invalid",
    hint: expect.stringContaining("STATE_DIR"),
  });
});
