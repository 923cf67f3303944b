// What keeps previews of pull requests within bounds: time, number, secrets, policies, hosts of others; and what they
// outlive: a restart, and a Git host that does not answer.
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openPreviewBench } from "../support/preview-bench.ts";
import type { PreviewBench } from "../support/preview-bench.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let bench: PreviewBench;
afterEach(() => bench.close());

const labelled = { labels: ["preview"] };

test("when its time is over it goes, and a push brings it up again", async () => {
  let laterMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + laterMs };
  bench = await openPreviewBench({ clock });
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  laterMs = 3 * 86_400_000 - 60_000;
  await bench.controller().engine.catchUp("a test");
  expect(bench.projects()).toContain("pr-1-shop");
  laterMs += 120_000;
  await bench.controller().engine.catchUp("a test");
  await bench.gone("pr-1-shop");
  await bench.told(
    pull,
    "its time is over: a push, or the comment `capstan preview`, brings it up again",
  );
  await bench.commitTo("change", bench.changed(3));
  await bench.deliverPull(pull, "synchronized");
  await bench.ready("pr-1-shop");
  expect(bench.image("pr-1-shop-web")).toBe("ghcr.io/acme/web:3");
});

test("a stack has so many previews at a time as it says, and who waits comes when one ends", async () => {
  bench = await openPreviewBench({ preview: "{ limit: 1, secrets: { db: db-preview } }" });
  const first = await bench.propose("one", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  const second = await bench.propose("two", bench.changed(3), labelled);
  await bench.told(second, "`shop` has no preview: it waits: 1 of 1 previews of shop are up (#1)");
  expect(bench.projects()).not.toContain("pr-2-shop");
  first.state = "closed";
  await bench.deliverPull(first, "closed");
  await bench.ready("pr-2-shop");
  expect(bench.projects()).toEqual(["keep", "pr-2-shop", "shop"]);
});

test("PREVIEW_LIMIT holds for all stacks", async () => {
  bench = await openPreviewBench({ environment: { PREVIEW_LIMIT: "1" } });
  await bench.propose("one", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  const second = await bench.propose("two", bench.changed(3), labelled);
  await bench.told(
    second,
    "it waits: 1 of 1 previews are up (#1); PREVIEW_LIMIT says how many may be",
  );
});

test("a secret that the branch does not list is refused, whatever the pull request says", async () => {
  bench = await openPreviewBench({ preview: "{}" });
  const sneaky = bench.shop("ghcr.io/acme/web:2", "{ secrets: [db] }");
  const pull = await bench.propose("sneaky", { "stacks/shop.yaml": sneaky }, labelled);
  await bench.told(pull, "`pr-1-shop`: **Refused**");
  await bench.told(pull, "a preview may read only the secrets of `preview.secrets`");
  expect(bench.projects()).toEqual(["keep", "shop"]);
  const status = bench
    .controller()
    .engine.stacks()
    .find(({ name }) => name === "pr-1-shop");
  expect(status?.outcome.kind).toBe("terminal");
  expect(JSON.stringify([bench.gitea.comments, bench.gitea.statuses])).not.toContain(
    "production-word",
  );
});

test("P9 a policy of the branch refuses a preview as it does the stack, and what is up stays as it is", async () => {
  const policy = (images: string): string =>
    `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: images }\nspec: { match: { paths: ["**"] }, allow: { images: [${images}] } }\n`;
  bench = await openPreviewBench({
    files: { "policies/images.yaml": policy("'ghcr.io/acme/*', 'postgres'") },
  });
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  await bench.commitTo("change", {
    "stacks/shop.yaml": bench.shop("docker.io/evil/web:1"),
    "policies/images.yaml": policy("'**'"),
  });
  await bench.deliverPull(pull, "synchronized");
  await bench.told(pull, "**Refused**");
  await bench.told(pull, "runs the image docker.io/evil/web:1, and the policy images allows only");
  expect(bench.image("pr-1-shop-web")).toBe("ghcr.io/acme/web:2");
});

test("O2 a host that another stack has is refused, and no stack of the branch suffers by it", async () => {
  bench = await openPreviewBench({
    files: { "stacks/other.yaml": simpleStack("other", { host: "pr-1.shop.example.com" }) },
  });
  await bench.ready("other");
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.told(
    pull,
    "the domain pr-1.shop.example.com of the preview is that of the stack other already",
  );
  expect(bench.projects()).toEqual(["keep", "other", "shop"]);
  expect(bench.controller().engine.state().problems).toEqual([]);
});

test("a restart neither loses a preview nor makes it twice, and learns of an end in between", async () => {
  bench = await openPreviewBench();
  await bench.propose("change", bench.changed(2), labelled);
  const other = await bench.propose("more", bench.changed(3), labelled);
  await bench.ready("pr-1-shop");
  await bench.ready("pr-2-shop");
  other.state = "closed";
  bench.simulator.log.clear();
  await bench.restart();
  await bench.gone("pr-2-shop");
  await bench.ready("pr-1-shop");
  expect(bench.projects()).toEqual(["keep", "pr-1-shop", "shop"]);
  const written = bench.simulator.log.writes().flatMap(({ procedures }) => procedures);
  expect(written.filter((name) => /create|deploy$/.test(name) && !name.startsWith("tag"))).toEqual(
    [],
  );
});

test("R6 while the Git host does not answer a preview stays as it is, over a restart too", async () => {
  bench = await openPreviewBench();
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  bench.gitea.intercept = () => ({ status: 502, body: "" });
  await bench.restart();
  // Nothing that was asked before can tell of it.
  pull.state = "closed";
  const status = () =>
    bench
      .controller()
      .engine.stacks()
      .find(({ name }) => name === "pr-1-shop");
  await until("it says why", () => status()?.outcome.kind === "waiting");
  expect(status()?.conditions.find(({ type }) => type === "Ready")?.message).toBe(
    "pull request #1: it was not read since the start; the preview stays as it is",
  );
  expect(bench.projects()).toContain("pr-1-shop");
});

test("O6 the end of previews waits for no approval, however many of the stacks they are", async () => {
  bench = await openPreviewBench();
  const pulls = [];
  for (const number of [2, 3]) {
    pulls.push(await bench.propose(`change-${number}`, bench.changed(number), labelled));
    await bench.ready(`pr-${number - 1}-shop`);
  }
  for (const pull of pulls) {
    pull.state = "closed";
    await bench.deliverPull(pull, "closed");
  }
  await bench.gone("pr-1-shop");
  await bench.gone("pr-2-shop");
  expect(bench.controller().engine.held()).toBeNull();
});

test("a stack that the branch has no previews of gets one by a person's word alone, and no secret", async () => {
  bench = await openPreviewBench();
  const fresh = simpleStack("fresh", { extra: "  preview: { secrets: [db] }" });
  const pull = await bench.propose("fresh", { "stacks/fresh.yaml": fresh }, labelled);
  await until("it is planned", () => bench.comment(pull).includes("fresh"));
  expect(bench.projects()).toEqual(["keep", "shop"]);
  await bench.deliverComment(pull, "maria", "capstan preview");
  await bench.ready("pr-1-fresh");
  await bench.commitTo("fresh", {
    "stacks/fresh.yaml": `${fresh}  variables: { X: $(secrets.db) }\n`,
  });
  await bench.deliverPull(pull, "synchronized");
  await bench.told(pull, "a preview may read only the secrets of `preview.secrets`");
});

test("a stack in Git with the name of a preview is a problem, and a preview of that name leaves it alone", async () => {
  bench = await openPreviewBench();
  const taken = await bench.repository.push({ "stacks/taken.yaml": simpleStack("pr-1-shop") });
  await bench.deliverPush(taken);
  await until("it is told", () =>
    bench
      .controller()
      .engine.state()
      .problems.some(({ stack }) => stack === "pr-1-shop"),
  );
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.told(pull, "is the name of a stack in Git");
  expect(bench.projects()).toEqual(["keep", "shop"]);
});

test("a compose service goes with its volumes, those of the stack itself stay", async () => {
  const compose =
    "services: { web: { image: 'nginx:1', volumes: ['data:/data'] } }\nvolumes: { data: {} }\n";
  const files = (image: string) => ({
    "stacks/files.yaml": `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: files }\nspec: { preview: {}, compose: { box: { content: ${JSON.stringify(compose.replace("nginx:1", image))}, rollout: { stableFor: 0s } } } }\n`,
  });
  bench = await openPreviewBench({ files: files("nginx:1") });
  await bench.ready("files");
  const pull = await bench.propose("change", files("nginx:2"), labelled);
  await bench.ready("pr-1-files");
  const removals: unknown[] = [];
  pull.state = "closed";
  bench.simulator.log.clear();
  await bench.deliverPull(pull, "closed");
  await bench.gone("pr-1-files");
  for (const { procedures, body } of bench.simulator.log.writes()) {
    if (procedures.includes("compose.delete")) removals.push(body);
  }
  expect(JSON.stringify(removals)).toContain('"deleteVolumes":true');
  expect(bench.projects()).toContain("files");
});

test("PREVIEW_LIMIT=0 switches previews off, and who asks is told", async () => {
  bench = await openPreviewBench({ environment: { PREVIEW_LIMIT: "0" } });
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.deliverComment(pull, "maria", "capstan preview");
  await until("it is answered", () =>
    bench.gitea.comments.some(({ body }) => body.includes("PREVIEW_LIMIT is 0")),
  );
  expect(bench.projects()).toEqual(["keep", "shop"]);
});

test("a stack that leaves the branch, or its words on previews, takes its previews with it", async () => {
  bench = await openPreviewBench();
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  const without = bench.shop().replace(/ {2}preview: .*\n/, "");
  await bench.commitTo("change", { "stacks/shop.yaml": without });
  await bench.deliverPull(pull, "synchronized");
  await bench.gone("pr-1-shop");
  await bench.commitTo("change", bench.changed(3));
  await bench.deliverPull(pull, "synchronized");
  await bench.ready("pr-1-shop");
  await bench.commitTo("change", { "stacks/shop.yaml": null });
  await bench.deliverPull(pull, "synchronized");
  await bench.gone("pr-1-shop");
  expect(bench.projects()).toEqual(["keep", "shop"]);
});

test("a merge result that cannot be made leaves the preview as it is, and its comment says so", async () => {
  bench = await openPreviewBench();
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  const moved = await bench.repository.push(bench.changed(5));
  await bench.deliverPush(moved);
  await until("it is deployed", () => bench.image("shop-web") === "ghcr.io/acme/web:5");
  await bench.deliverPull(pull, "synchronized");
  await bench.told(pull, "This is not the newest commit: it conflicts with main.");
  expect(bench.image("pr-1-shop-web")).toBe("ghcr.io/acme/web:2");
});

test("R6 while the stack has a problem on the branch its previews stay as they are", async () => {
  bench = await openPreviewBench();
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  const databases = (): readonly string[] => [...bench.simulator.state.postgres.keys()].sort();
  const before = databases();
  const broken = bench.shop().replace("domains:", "domain:");
  await bench.deliverPush(await bench.repository.push({ "stacks/shop.yaml": broken }));
  await until("it is told", () => bench.controller().engine.state().problems.length > 0);
  await bench.deliverPull(pull, "synchronized");
  await bench.told(pull, "the manifest of shop has a problem on the branch");
  await until("nothing is left to do", () => bench.controller().engine.state().queued === 0);
  expect(bench.projects()).toEqual(["keep", "pr-1-shop", "shop"]);
  await bench.deliverPush(await bench.repository.push({ "stacks/shop.yaml": bench.shop() }));
  await bench.told(pull, "**Ready**");
  expect(bench.image("pr-1-shop-web")).toBe("ghcr.io/acme/web:2");
  expect(databases()).toEqual(before);
});
