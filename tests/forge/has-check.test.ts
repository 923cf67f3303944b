// What a host has of a check is read back: after a crash nobody knows whether the last one came through.
import { expect, onTestFinished, test } from "vitest";
import { createForge } from "../../src/forge/create.ts";
import { forgeKinds } from "../../src/model/forge.ts";
import { startHost } from "./hosts.ts";
import { checkOf, forgeOptions, unknownSha } from "./support.ts";

test.each(forgeKinds)("P1 %s says whether it has a check, by its newest", async (kind) => {
  const host = await startHost[kind]();
  onTestFinished(() => host.close());
  const forge = createForge(kind, forgeOptions(host));
  const sha = (await host.git.ref("refs/heads/main")) ?? "";
  const long = checkOf(sha, { state: "pending", description: `two\n words ${"x".repeat(2_000)}` });
  const other = checkOf(sha, { context: "capstan/Other", description: "healthy" });
  expect(await forge.hasCheck(long)).toBe(false);
  await forge.setCheck(long);
  await forge.setCheck(other);
  expect(await forge.hasCheck(long)).toBe(true);
  expect(await forge.hasCheck(other)).toBe(true);
  expect(await forge.hasCheck({ ...other, state: "failure" })).toBe(false);
  expect(await forge.hasCheck({ ...other, description: "unhealthy" })).toBe(false);
  // An older one is none.
  await forge.setCheck({ ...long, state: "success" });
  expect(await forge.hasCheck(long)).toBe(false);
  expect(await forge.hasCheck(checkOf(unknownSha))).toBe(false);
});
