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
  const module = fileURLToPath(new URL("../../src/store/key.ts", import.meta.url));
  const script = `
    import { loadKey } from ${JSON.stringify(module)};
    process.stdout.write(Buffer.from(loadKey(${JSON.stringify(stateDir)})).toString("hex"));
  `;
  const keys = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const { stdout, stderr } = await runProgram({
        program: process.execPath,
        args: ["--input-type=module", "-e", script],
        env: { PATH: process.env.PATH ?? "" },
        title: "node",
        timeoutMs: 20_000,
        maxStdoutBytes: 1_000,
      });
      return `${stdout.toString()}${stderr}`;
    }),
  );
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(keys).size).toBe(1);
  expect(readdirSync(stateDir)).toEqual(["key"]);
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
