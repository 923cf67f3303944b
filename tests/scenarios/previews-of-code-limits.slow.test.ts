// What keeps previews of applications' pull requests within bounds, and what they outlive: time, number, a repository that
// cannot be read, a restart, a manifest with a problem.
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openCodePreviewBench } from "../support/code-preview-bench.ts";
import type { CodePreviewBench } from "../support/code-preview-bench.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let bench: CodePreviewBench;
afterEach(() => bench.close());

const labelled = { labels: ["preview"] };
const noSuchRepository = { status: 404, body: { message: "The target couldn't be found." } };

/** A clock that can be put forward. */
function laterClock() {
  let laterMs = 0;
  return {
    clock: { ...systemClock, now: () => systemClock.now() + laterMs },
    pass(ms: number) {
      laterMs += ms;
    },
  };
}

const isOfCode = ({ path }: { readonly path: string }): boolean =>
  /^\/repos\/acme\/web\//i.test(path);

test("when its time is over it goes, and a push brings it up again", async () => {
  const later = laterClock();
  bench = await openCodePreviewBench({ clock: later.clock });
  const pull = await bench.proposeCode("feature", labelled);
  const name = bench.nameOf(pull);
  await bench.ready(name);
  later.pass(3 * 86_400_000 + 60_000);
  await bench.controller().engine.catchUp("a test");
  await bench.gone(name);
  await bench.told(
    pull,
    "its time is over: a push, or the comment `capstan preview`, brings it up again",
  );
  const next = await bench.commitCode("feature", "better");
  await bench.deliverCode(pull, "synchronized");
  await bench.ready(name);
  await until("it is built", () => bench.built(`${name}-web`) === `feature@${next.slice(0, 12)}`);
});

test("the limit of a stack counts the pull requests of all repositories", async () => {
  bench = await openCodePreviewBench({
    shop: { preview: "{ limit: 1, secrets: { db: db-preview } }" },
  });
  const first = await bench.proposeCode("one", labelled);
  await bench.ready(bench.nameOf(first));
  const preview = "{ limit: 1, secrets: { db: db-preview } }";
  await bench.commitTo("change", { "stacks/shop.yaml": bench.shop({ mode: "other", preview }) });
  const config = await bench.gitea.addPull({ title: "change", head: "change", ...labelled });
  await bench.deliverPull(config, "opened");
  const said = () => bench.gitea.comments.map(({ body }) => body).join();
  await until("it waits", () =>
    said().includes("it waits: 1 of 1 previews of shop are up (acme/Web#1)"),
  );
  first.state = "closed";
  await bench.deliverCode(first, "closed");
  await bench.ready("pr-1-shop");
  expect(bench.projects()).toEqual(["keep", "pr-1-shop", "shop"]);
});

test("PREVIEW_LIMIT=0 switches them off, and the host is asked for nothing of the application", async () => {
  bench = await openCodePreviewBench({ environment: { PREVIEW_LIMIT: "0" } });
  expect(await bench.deliverCode(await bench.proposeCode("feature", labelled), "opened")).toBe(202);
  await bench.restart();
  await bench.ready("shop");
  expect(bench.gitea.calls.filter(isOfCode)).toEqual([]);
  expect(bench.projects()).toEqual(["keep", "shop"]);
});

test("nothing is asked of a repository from which no stack with previews is built", async () => {
  bench = await openCodePreviewBench();
  await until("it is listed", () => bench.asked() > 0);
  const without = bench.shop().replace(/ {2}preview: .*\n/, "");
  await bench.deliverPush(await bench.repository.push({ "stacks/shop.yaml": without }));
  await bench.ready("shop");
  await bench.restart();
  const before = bench.gitea.calls.length;
  await bench.ready("shop");
  await bench.proposeCode("feature", labelled);
  await until("its own are listed", () =>
    bench.gitea.calls.slice(before - 5).some(({ path }) => path === "/repos/acme/stacks/pulls"),
  );
  expect(bench.gitea.calls.slice(before).filter(isOfCode)).toEqual([]);
});

test("a stack that says no more of previews takes them with it, and the comment says so", async () => {
  bench = await openCodePreviewBench();
  const pull = await bench.proposeCode("feature", labelled);
  const name = bench.nameOf(pull);
  await bench.ready(name);
  const without = bench.shop().replace(/ {2}preview: .*\n/, "");
  await bench.deliverPush(await bench.repository.push({ "stacks/shop.yaml": without }));
  await bench.gone(name);
  await bench.told(pull, "No stack with `preview` is built from the branch that it goes to.");
  await bench.deliverPush(await bench.repository.push({ "stacks/shop.yaml": bench.shop() }));
  await bench.ready(name);
});

test("R6 while the stack has a problem on the branch its previews stay as they are", async () => {
  // By it the repository is followed whatever is wrong with the other stack.
  const side = [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: side }",
    "spec:",
    "  preview: {}",
    "  applications:",
    "    web:",
    "      git: { provider: our gitea, repository: acme/web, ref: release }",
    "      rollout: { stableFor: 0s, timeout: 60s }",
    "",
  ].join("\n");
  bench = await openCodePreviewBench({
    files: { "stacks/side.yaml": side },
    branches: ["release"],
  });
  const pull = await bench.proposeCode("feature", labelled);
  const asked = await bench.proposeCode("asked");
  await bench.commentCode(asked, "maria", "capstan preview");
  const names = [bench.nameOf(pull), bench.nameOf(asked)];
  for (const name of names) await bench.ready(name);
  const databases = (): readonly string[] => [...bench.simulator.state.postgres.keys()].sort();
  const before = databases();
  const broken = bench.shop().replace("env:", "environ:");
  await bench.deliverPush(await bench.repository.push({ "stacks/shop.yaml": broken }));
  await bench.told(pull, "has no preview: the manifest of shop has a problem on the branch");
  await until("nothing is left to do", () => bench.controller().engine.state().queued === 0);
  expect(bench.projects()).toEqual(["keep", "shop", "side", ...names].sort());
  // A restart in between knows nothing of what it was built from.
  await bench.restart();
  await until("it says why", () => bench.message(names[0]!).includes("has a problem"));
  const calls = bench.gitea.calls.length;
  await bench.deliverCode(pull, "synchronized");
  await until("it was looked at", () =>
    bench.gitea.calls.slice(calls).some(({ path }) => /\/web\/pulls\/1$/i.test(path)),
  );
  await bench.controller().engine.catchUp("a test");
  await until("nothing is left to do", () => bench.controller().engine.state().queued === 0);
  expect(bench.projects()).toEqual(["keep", "shop", "side", ...names].sort());
  await bench.deliverPush(
    await bench.repository.push({ "stacks/shop.yaml": bench.shop({ mode: "well" }) }),
  );
  for (const name of names) {
    await until("it follows", () => bench.application(`${name}-web`)?.env?.includes("MODE=well"));
  }
  // None went in between and was made again.
  expect(databases()).toEqual(before);
});

test("a repository that cannot be read is told once, disturbs no other one, and is put off", async () => {
  const later = laterClock();
  const files = { "stacks/box.yaml": simpleStack("box", { extra: "  preview: {}" }) };
  bench = await openCodePreviewBench({
    ...{ clock: later.clock, files, branches: ["release", "next"] },
  });
  const pull = await bench.proposeCode("feature", labelled);
  const name = bench.nameOf(pull);
  await bench.ready(name);
  bench.gitea.intercept = (call) => (isOfCode(call) ? noSuchRepository : null);
  await bench.restart();
  await until("its status tells", () =>
    bench.message("shop").includes("pull requests of acme/Web cannot be seen, and get no previews"),
  );
  expect(bench.message("shop")).toContain("FORGE_TOKEN's account may not see it");
  expect(bench.projects()).toContain(name);
  // Others are as well off as ever.
  await bench.commitTo("change", {
    "stacks/box.yaml": simpleStack("box", { image: "ghcr.io/acme/web:2", extra: "  preview: {}" }),
  });
  const config = await bench.gitea.addPull({ title: "change", head: "change", ...labelled });
  await bench.deliverPull(config, "opened");
  await bench.ready("pr-1-box");
  // Put off: what makes it be looked at again comes to nothing before its time.
  const asked = bench.asked();
  const push = async (mode: string, ref: string): Promise<void> => {
    const more = `    worker: { git: { provider: our gitea, repository: acme/web, ref: ${ref} } }`;
    const files = { "stacks/shop.yaml": bench.shop({ mode, more }) };
    await bench.deliverPush(await bench.repository.push(files));
    await until("it is deployed", () =>
      bench.application("shop-web")?.env?.includes(`MODE=${mode}`),
    );
  };
  await push("two", "release");
  expect(bench.asked()).toBe(asked);
  bench.gitea.intercept = null;
  later.pass(20 * 60_000);
  await push("three", "next");
  await until("it is seen again", () => !bench.message("shop").includes("cannot be seen"));
  await until("and goes on", () => bench.application(`${name}-web`)?.env?.includes("MODE=three"));
});

test("a restart neither loses a preview nor makes it twice, and learns of an end in between", async () => {
  bench = await openCodePreviewBench();
  const pull = await bench.proposeCode("feature", labelled);
  const other = await bench.proposeCode("more");
  await bench.commentCode(other, "maria", "capstan preview");
  await bench.ready(bench.nameOf(pull));
  await bench.ready(bench.nameOf(other));
  pull.state = "closed";
  bench.simulator.log.clear();
  await bench.restart();
  await bench.gone(bench.nameOf(pull));
  await bench.ready(bench.nameOf(other));
  expect(bench.projects()).toEqual(["keep", bench.nameOf(other), "shop"].sort());
  const written = bench.simulator.log.writes().flatMap(({ procedures }) => procedures);
  expect(written.filter((one) => /create|deploy$/.test(one) && !one.startsWith("tag"))).toEqual([]);
});

test("R6 while nobody knows whether its pull request is open a preview stays, without a record too", async () => {
  bench = await openCodePreviewBench();
  const pull = await bench.proposeCode("feature", labelled);
  const name = bench.nameOf(pull);
  await bench.ready(name);
  bench.gitea.intercept = () => ({ status: 502, body: "" });
  await bench.restart();
  await until("it says why", () =>
    bench
      .message(name)
      .includes("pull request acme/Web#1: it was not read since the start; the preview stays"),
  );
  await bench.loseStore();
  await bench.ready("shop");
  await until("nothing is left to do", () => bench.controller().engine.state().queued === 0);
  expect(bench.projects()).toContain(name);
  bench.gitea.intercept = null;
  pull.state = "closed";
  await bench.restart();
  await bench.gone(name);
});

test("a pull request of the stacks' own repository builds what services are built from there from its branch", async () => {
  const own = (mode: string): string =>
    [
      "apiVersion: capstan/v1",
      "kind: Stack",
      "metadata: { name: mono }",
      "spec:",
      "  preview: {}",
      "  applications:",
      "    web:",
      "      git: { provider: our gitea, repository: acme/stacks }",
      `      env: { MODE: ${mode} }`,
      "      rollout: { stableFor: 0s, timeout: 60s }",
      "",
    ].join("\n");
  bench = await openCodePreviewBench({ files: { "stacks/mono.yaml": own("one") } });
  await bench.ready("mono");
  const head = await bench.commitTo("code", { "src/index.ts": "export {};\n" });
  const pull = await bench.gitea.addPull({ title: "code", head: "code", ...labelled });
  await bench.deliverPull(pull, "opened");
  await bench.ready("pr-1-mono");
  expect(bench.built("pr-1-mono-web")).toBe(`code@${head.slice(0, 12)}`);
  expect(bench.built("mono-web")).toMatch(/^main@/);
  const said = () => bench.gitea.comments.map(({ body }) => body).join();
  await until("its comment tells", () => said().includes("`pr-1-mono`: **Ready**"));
  const next = await bench.commitTo("code", { "stacks/mono.yaml": own("two") });
  await bench.deliverPull(pull, "synchronized");
  await until(
    "it is built again",
    () => bench.built("pr-1-mono-web") === `code@${next.slice(0, 12)}`,
  );
  expect(bench.application("pr-1-mono-web")?.env).toContain("MODE=two");
  expect(bench.application("mono-web")?.env).toContain("MODE=one");
});
