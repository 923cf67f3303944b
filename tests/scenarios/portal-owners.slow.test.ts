// What one person's stack means for others: names, files in volumes, what operators wrote, what is gone.
import { afterEach, expect, test } from "vitest";
import { aiTemplate, olga, openPortalBench, yan, zoe } from "../support/portal-bench.ts";
import type { PortalBench } from "../support/portal-bench.ts";
import { failure } from "../support/failure.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let bench: PortalBench;
afterEach(() => bench.close());

/** With two other stacks, so that no removal of one is that of all. */
async function open(files: Readonly<Record<string, string>> = {}): Promise<void> {
  const others = {
    "stacks/shop.yaml": simpleStack("shop"),
    "stacks/blog.yaml": simpleStack("blog"),
  };
  bench = await openPortalBench({ files: { ...others, ...files } });
  await bench.ready("shop");
  await bench.ready("blog");
}

async function end(id: string): Promise<string> {
  const status = async () => (await bench.portal().state(id))?.status ?? "";
  await until("it ends", async () => ["completed", "failed"].includes(await status()));
  return status();
}

const withVolume = aiTemplate.replace(
  "        env: ",
  "        mounts: [{ type: volume, source: home, target: /home }]\n        env: ",
);

test("O7 files that a removed stack left come back to its owner, and to nobody else", async () => {
  await open({ "stacks/templates/ai-stack.yaml": withVolume });
  const portal = bench.portal();
  expect(await end((await portal.deploy({ name: "ada" }, zoe)).id)).toBe("completed");
  await portal.remove("ada", zoe);
  await until("it is gone", () => !bench.projects().includes("ai-stack-ada"));
  expect(await portal.check("ada", yan)).toMatchObject({
    available: false,
    error: "ada is taken: files of an earlier stack of that name are still on the server",
  });
  expect(await failure(portal.deploy({ name: "ada" }, yan))).toMatch(/^conflict: ada is taken/);
  expect(await portal.check("ada", zoe)).toMatchObject({ available: true });
  // An operator may have them: that stands in the manifest, for all to see.
  expect(await portal.check("ada", olga)).toMatchObject({ available: true });
  expect(await end((await portal.deploy({ name: "ada" }, olga)).id)).toBe("completed");
  expect((await bench.files())["stacks/users/ada.yaml"]).toContain("adopt: true");
  await portal.remove("ada", olga);
  await until("it is gone", () => !bench.projects().includes("ai-stack-ada"));
  expect(await portal.check("ada", zoe)).toMatchObject({ available: false });
});

test("trying again changes the parameters of the person's own stack, and nothing else of its file", async () => {
  await open();
  const portal = bench.portal();
  bench.simulator.faults.image("opencode", "missing");
  expect(await end((await portal.deploy({ name: "ada" }, zoe)).id)).toBe("failed");
  const path = "stacks/users/ada.yaml";
  const [before = ""] = [(await bench.files())[path]];
  const byHand = before
    .replace("spec:\n", "spec:\n  # while we look into it\n  suspend: true\n")
    .concat(`---\n${simpleStack("payroll")}`);
  await bench.push({ [path]: byHand });
  await bench.ready("payroll");
  await portal.deploy({ name: "ada", parameters: { note: "x" } }, zoe);
  const after = (await bench.files())[path] ?? "";
  expect(after).toContain("suspend: true");
  expect(after).toContain("# while we look into it");
  expect(after).toContain("note: x");
  expect(after).toContain(simpleStack("payroll"));
  await bench.ready("payroll");
  expect(bench.projects()).toContain("payroll");
});

test("what is removed before it is ready ends at once, and the name can be asked for again", async () => {
  await open();
  const portal = bench.portal();
  const release = bench.simulator.faults.holdPulls("opencode");
  const record = await portal.deploy({ name: "ada" }, zoe);
  await until("it is in Git", () => bench.controller().engine.loaded()?.byName.has("ada") ?? false);
  await portal.remove("ada", zoe);
  expect(await portal.state(record.id)).toMatchObject({
    status: "failed",
    error: { message: "Zoe removed it before it was ready." },
  });
  release();
  await until("it is gone", () => !bench.projects().includes("ai-stack-ada"));
  const again = await portal.deploy({ name: "ada" }, zoe);
  expect(again.id).not.toBe(record.id);
  expect(await end(again.id)).toBe("completed");
});

test("two people who ask for the same address at the same moment: one gets it, the other one is told", async () => {
  const host = aiTemplate
    .replace("$(name).$(env.STACK_DOMAIN_SUFFIX)", "$(parameters.host)")
    .replace("  stack:\n", "    host: { type: string, default: free.example.com }\n  stack:\n");
  await open({ "stacks/templates/ai-stack.yaml": host });
  const portal = bench.portal();
  const parameters = { host: "same.example.com" };
  const asked = await Promise.allSettled([
    portal.deploy({ name: "ada", parameters }, zoe),
    portal.deploy({ name: "eve", parameters }, yan),
  ]);
  expect(asked.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const refused = asked.find((one) => one.status === "rejected");
  expect(String(refused?.reason)).toMatch(/is taken: .*same\.example\.com.* belongs to/);
  // An address of one's own is judged by what was typed, not by the template's default.
  const other = await portal.deploy({ name: "kim", parameters: { host: "kim.example.com" } }, yan);
  expect(await end(other.id)).toBe("completed");
});

test("half a character and marks that turn the direction of text are no settings", async () => {
  await open();
  for (const note of ["\ud800", "a\u202eb"]) {
    const asked = bench.portal().deploy({ name: "ada", parameters: { note } }, zoe);
    expect(await failure(asked)).toBe("invalid: note must be one line of plain text");
  }
});

test("a link to a stack that is gone, or somebody else's by now, does not say that it is ready", async () => {
  await open();
  const portal = bench.portal();
  const record = await portal.deploy({ name: "ada" }, zoe);
  expect(await end(record.id)).toBe("completed");
  await portal.remove("ada", zoe);
  await until("it is gone", () => !bench.projects().includes("ai-stack-ada"));
  expect(await portal.state(record.id)).toBeNull();
  expect(await end((await portal.deploy({ name: "ada" }, yan)).id)).toBe("completed");
  expect(await portal.state(record.id)).toBeNull();
});

test("a manifest that cannot be read any more is still its owner's: counted, and theirs to remove", async () => {
  await open();
  const portal = bench.portal();
  const made = await portal.deploy({ name: "ada", parameters: { memory: "4Gi" } }, zoe);
  expect(await end(made.id)).toBe("completed");
  await bench.push({
    "stacks/templates/ai-stack.yaml": aiTemplate.replace("[1Gi, 2Gi, 4Gi]", "[1Gi, 2Gi]"),
  });
  await until(
    "it is broken",
    () => bench.controller().engine.loaded()?.manifests.brokenStacks.has("ada") ?? false,
  );
  expect((await portal.own(zoe)).map(({ name, removable }) => [name, removable])).toEqual([
    ["ada", true],
  ]);
  expect(await portal.check("ada", zoe)).toMatchObject({ yours: true });
  expect(await failure(portal.remove("ada", yan))).toBe("denied: ada is not yours");
  await portal.remove("ada", zoe);
  await until("it is gone", () => !bench.projects().includes("ai-stack-ada"));
});
