// What people do together, in comments at the Git host and in CI: how-to/pull-requests.md and previews.md.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { openPreviewBench } from "../support/preview-bench.ts";
import type { PreviewBench } from "../support/preview-bench.ts";
import { until } from "../support/until.ts";
import { environmentOf, stackOf } from "./reader-world.ts";
import { walkOf } from "./walk.ts";
import type { Walk } from "./walk.ts";

let bench: PreviewBench;
beforeEach(async () => {
  const files = ["blog", "wiki"].map((name) => [`stacks/${name}.yaml`, stackOf(name)] as const);
  bench = await openPreviewBench({ files: Object.fromEntries(files) });
});
afterEach(() => bench.close());

async function begun(page: string): Promise<Walk> {
  const walk = await walkOf(page, { environment: environmentOf(bench) });
  onTestFinished(() => walk.close());
  return walk;
}

test("how-to/pull-requests.md: what is said in a comment is done, and CI validates", async () => {
  const walk = await begun("how-to/pull-requests.md");
  const pull = await bench.propose("change", bench.changed(2));
  /** As the first line of a comment, by somebody who may write. */
  async function say(command: string, text = command): Promise<void> {
    walk.did(command);
    expect(await bench.deliverComment(pull, "maria", text)).toBe(202);
  }
  await bench.told(pull, "ghcr.io/acme/web:2");
  // Somebody removed Capstan's comment, and wants it back.
  bench.gitea.comments.length = 0;
  await say("capstan plan");
  await bench.told(pull, "ghcr.io/acme/web:2");
  await say("capstan preview");
  await bench.ready("pr-1-shop");
  await say("capstan preview stop");
  await bench.gone("pr-1-shop");

  // Half of all leaves Git: that waits for a person.
  for (const name of ["blog", "wiki"]) await bench.ready(name);
  const gone = await bench.repository.push({ "stacks/blog.yaml": null, "stacks/wiki.yaml": null });
  await bench.deliverPush(gone);
  const digest = await until("it waits", () =>
    /approve-prune ([0-9a-f]{12})/.exec(bench.said(gone, "capstan/reconcile"))?.at(1),
  );
  await say("capstan approve-prune DIGEST", `capstan approve-prune ${digest}`);
  for (const name of ["blog", "wiki"]) await bench.gone(name);

  await walk.run("capstan init");
  for (const host of [".gitea", ".github"]) {
    const workflow = await readFile(join(walk.home, host, "workflows", "validate.yaml"), "utf8");
    expect(workflow).toContain("validate stacks");
  }
  expect(await walk.run("capstan validate stacks")).toContain("without a mistake");
  walk.end();
});

test("how-to/previews.md: what a manifest says of previews is checked, planned and brought up", async () => {
  const walk = await begun("how-to/previews.md");
  await walk.prepare(`git clone -q ${bench.repository.url} checkout && cd checkout`);
  expect(await walk.run("capstan validate", { then: "stacks" })).toContain("4 stacks");
  await walk.prepare("sed -i.bak 's/preview: {/preview: { lable: x,/' stacks/shop.yaml");
  expect(await walk.run("capstan validate", { then: "stacks", code: 1 })).toContain("lable");
  await walk.prepare("git checkout -q .");

  const pull = await bench.propose("change", bench.changed(2));
  walk.did("capstan preview");
  await bench.deliverComment(pull, "maria", "capstan preview");
  await bench.ready("pr-1-shop");
  await bench.told(pull, "- `pr-1-shop`: **Ready** at <http://pr-1.shop.example.com>");
  expect(bench.projects()).toEqual(["blog", "keep", "pr-1-shop", "shop", "wiki"]);
  // The stack itself, and nothing of its previews.
  await walk.prepare("export SECRET_DB=production-word-1");
  const plan = await walk.run("capstan plan", { then: "--source stacks" });
  expect(plan).not.toContain("pr-1-shop");
  walk.did("capstan preview stop");
  await bench.deliverComment(pull, "maria", "capstan preview stop");
  await bench.gone("pr-1-shop");
  walk.end();
});
