// What the Git host hears of a job before a rollout: the plan of a pull request names it, and a commit's check is red
// with what it printed.
import { afterEach, expect, test } from "vitest";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { until } from "../support/until.ts";

let bench: ForgeBench;
afterEach(() => bench.close());

const check = "capstan/stack/shop";

function shop(image: string, command: string): string {
  return `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      image: ${image}
      rollout: { stableFor: 0s, before: { command: "${command}" } }
`;
}

const told = (commit: string, begin: string): Promise<unknown> =>
  until(`it is told: ${begin}`, () => bench.said(commit, check).startsWith(begin));

test("P1 a commit whose job fails has a red check with its output, and the next one a green check", async () => {
  bench = await openForgeBench({
    files: { "stacks/shop.yaml": shop("ghcr.io/acme/web:1", "echo migrated") },
  });
  await bench.ready("shop");
  const failing = shop("ghcr.io/acme/web:2", "echo ERROR no such column; exit 3");
  const head = await bench.commitTo("next", { "stacks/shop.yaml": failing });
  const pull = await bench.gitea.addPull({ title: "Next", head: "next" });
  await bench.deliverPull(pull, "opened");
  const comment = (): string => bench.gitea.comments.at(-1)?.body ?? "";
  await until("the plan is told", () => comment().includes("job before web"));
  expect(comment()).toContain("runs before web");
  expect(comment()).toContain("deployed when its job has ended well");

  const merged = await bench.gitea.mergePull(pull.number);
  await bench.deliverPush(merged);
  await told(merged, "failure: ");
  expect(bench.said(merged, check)).toContain("job before web: its command failed");
  expect(bench.said(merged, check)).toContain("ERROR no such column");
  expect(head).not.toBe(merged);

  const mended = await bench.commitTo("main", {
    "stacks/shop.yaml": shop("ghcr.io/acme/web:3", "echo migrated"),
  });
  await bench.deliverPush(mended);
  await told(mended, "success: ");
});
