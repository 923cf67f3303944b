// What keeps the portal from making stacks: the operator hears it at the start, not the people who try.
import { afterEach, expect, test } from "vitest";
import { openPortalBench } from "../support/portal-bench.ts";
import type { PortalBench } from "../support/portal-bench.ts";
import { simpleStack } from "../support/scenario.ts";

let bench: PortalBench;
afterEach(() => bench.close());
const template = "stacks/templates/ai-stack.yaml";

test("nothing does where Git has the template and the environment what it uses", async () => {
  bench = await openPortalBench();
  expect(await bench.controller().portalHindrance()).toBeNull();
});

test("a template that is not in Git does, until it is", async () => {
  // Without any file the folder would be gone, and the last revision stay in force.
  bench = await openPortalBench({ files: { "stacks/shop.yaml": simpleStack("shop") } });
  const { [template]: text = "" } = await bench.files();
  await bench.push({ [template]: null });
  expect(await bench.controller().portalHindrance()).toMatchObject({
    message: "Git has no valid template ai-stack",
    hint: expect.stringContaining("`capstan init`"),
  });
  await bench.push({ [template]: text });
  expect(await bench.controller().portalHindrance()).toBeNull();
});

test("another template of that name is not what `init` writes", async () => {
  bench = await openPortalBench({ environment: { PORTAL_TEMPLATE: "other" } });
  const hindrance = await bench.controller().portalHindrance();
  expect(hindrance?.message).toBe("Git has no valid template other");
  expect(hindrance?.hint).not.toContain("init");
});

test("a variable of the template that is not set does", async () => {
  bench = await openPortalBench({ environment: { STACK_IMAGE: "" } });
  expect((await bench.controller().portalHindrance())?.message).toMatch(
    /^no stack can be made of the template ai-stack: .*STACK_IMAGE/,
  );
});
