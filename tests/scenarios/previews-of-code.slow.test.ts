// Previews for pull requests of an application's own repository, from the label to their end: a controller put together as
// in production, both repositories on a little Gitea, and the Dokploy simulator, which builds what their branches hold.
import { afterEach, expect, test } from "vitest";
import { flat, openCodePreviewBench } from "../support/code-preview-bench.ts";
import type { CodePreviewBench } from "../support/code-preview-bench.ts";
import { until } from "../support/until.ts";

let bench: CodePreviewBench;
afterEach(() => bench.close());

const labelled = { labels: ["preview"] };
const short = (commit: string): string => commit.slice(0, 12);

test("a pull request of the application's repository gets the stack, built from its branch, and its end takes it away", async () => {
  bench = await openCodePreviewBench();
  const before = bench.built("shop-web");
  expect(before).toMatch(/^main@[0-9a-f]{12}$/);
  const pull = await bench.proposeCode("feature/x", labelled);
  const name = bench.nameOf(pull);
  expect(name).toMatch(/^pr-1--[a-z0-9]{6}-shop$/);
  await bench.ready(name);
  expect(bench.projects()).toEqual(["keep", name, "shop"]);
  const head = (await bench.code.git.ref("refs/heads/feature/x"))!;
  expect(bench.built(`${name}-web`)).toBe(`feature/x@${short(head)}`);
  const hosts = [...bench.simulator.state.domains.values()].map(({ host }) => host);
  const own = `${name.replace(/-shop$/, "")}.shop.example.com`;
  expect(hosts.sort()).toEqual(["keep.example.com", own, "shop.example.com"].sort());
  expect(bench.databases()).toEqual([`${flat(name)}-main`, "shop-main"].sort());
  const passwords = [...bench.simulator.state.postgres.values()].map(
    ({ databasePassword }) => databasePassword,
  );
  expect(passwords.sort()).toEqual(["preview-word-2", "production-word-1"]);
  await bench.told(pull, `- \`${name}\`: **Ready** at <http://${own}>, commit ${head.slice(0, 8)}`);
  expect(bench.gitea.comments).toEqual([]);
  expect(bench.comments(pull)).toHaveLength(1);

  // Pushed to: the same preview, the newer commit.
  const next = await bench.commitCode("feature/x", "better");
  await bench.deliverCode(pull, "synchronized");
  await until("it is built again", () => bench.built(`${name}-web`) === `feature/x@${short(next)}`);
  await bench.told(pull, `commit ${next.slice(0, 8)}`);
  expect(bench.databases()).toHaveLength(2);
  expect(bench.built("shop-web")).toBe(before);
  expect(bench.comments(pull)).toHaveLength(1);

  pull.state = "closed";
  await bench.deliverCode(pull, "closed");
  await bench.gone(name);
  expect(bench.projects()).toEqual(["keep", "shop"]);
  expect(bench.databases()).toEqual(["shop-main"]);
  await bench.told(pull, "Its previews are being removed, with their databases.");
  expect(bench.comments(pull).join()).not.toContain(own);
});

test("what the branch changes of the stack changes its previews too", async () => {
  bench = await openCodePreviewBench();
  const pull = await bench.proposeCode("feature", labelled);
  const name = bench.nameOf(pull);
  await bench.ready(name);
  const moved = await bench.repository.push({ "stacks/shop.yaml": bench.shop({ mode: "other" }) });
  await bench.deliverPush(moved);
  await until("it follows", () => bench.application(`${name}-web`)?.env?.includes("MODE=other"));
  await bench.ready(name);
  expect(bench.built(`${name}-web`)).toMatch(/^feature@/);
});

test("nothing is said of one that nobody wants; the label given and taken away again, it comes and goes", async () => {
  bench = await openCodePreviewBench();
  const pull = await bench.proposeCode("feature");
  const other = await bench.proposeCode("more", labelled);
  await bench.told(other, "Ready");
  expect(bench.comments(pull)).toEqual([]);
  expect(bench.projects()).not.toContain(bench.nameOf(pull));
  const name = bench.nameOf(pull);
  pull.labels = ["preview"];
  await bench.deliverCode(pull, "label_updated");
  await bench.ready(name);
  pull.labels = [];
  await bench.deliverCode(pull, "label_cleared");
  await bench.gone(name);
  await bench.told(
    pull,
    "Give it the label `preview`, or comment `capstan preview`, for a preview of `shop`.",
  );
  expect(bench.comments(pull)).toHaveLength(1);
});

test("a pull request into a branch that nothing is built from is left alone", async () => {
  bench = await openCodePreviewBench();
  await bench.commitCode("release", "a release");
  const other = await bench.proposeCode("feature", { ...labelled, base: "release" });
  const pull = await bench.proposeCode("more", labelled);
  await bench.ready(bench.nameOf(pull));
  expect(bench.comments(other)).toEqual([]);
  expect(bench.projects()).toEqual(["keep", bench.nameOf(pull), "shop"].sort());
});

test("a comment of who may write to that repository brings it up without a label, and stops it", async () => {
  bench = await openCodePreviewBench();
  const pull = await bench.proposeCode("feature");
  const name = bench.nameOf(pull);
  await bench.commentCode(pull, "eve", "capstan preview");
  // She may write to the repository of the stacks, which is another one.
  await bench.commentCode(pull, "olga", "capstan preview");
  await bench.commentCode(pull, "maria", "capstan approve-prune 0123456789abcdef");
  await until("all are heard", () =>
    bench.comments(pull).some((body) => body.includes("This repository has no stacks")),
  );
  expect(bench.projects()).toEqual(["keep", "shop"]);
  await bench.commentCode(pull, "maria", "capstan preview");
  await bench.ready(name);
  await bench.commentCode(pull, "maria", "capstan preview stop");
  await bench.gone(name);
  await bench.told(pull, "Give it the label");
  await bench.commentCode(pull, "maria", "capstan preview");
  await bench.ready(name);
});

test("a fork's pull request never gets one, neither by its label nor by anybody's word, and is told why", async () => {
  bench = await openCodePreviewBench();
  const quiet = await bench.proposeCode("quiet", { fork: true });
  const pull = await bench.proposeCode("sneaky", { ...labelled, fork: true });
  await bench.told(
    pull,
    "`shop` has no preview: it comes from a fork. Dokploy builds a branch and not a commit",
  );
  await bench.commentCode(pull, "maria", "capstan preview");
  await bench.told(pull, "No preview: it comes from a fork.");
  await bench.told(pull, "Push the branch to `acme/Web` itself for a preview.");
  // A branch of the fork's name is another one.
  await bench.commitCode("sneaky", "not the fork's");
  await bench.deliverCode(pull, "synchronized");
  const own = await bench.proposeCode("own", labelled);
  await bench.ready(bench.nameOf(own));
  expect(bench.projects()).toEqual(["keep", bench.nameOf(own), "shop"].sort());
  expect(bench.comments(quiet)).toEqual([]);
});

test("pull requests of one number in both repositories have previews of their own, of the same stack", async () => {
  bench = await openCodePreviewBench();
  await bench.commitTo("change", { "stacks/shop.yaml": bench.shop({ mode: "changed" }) });
  const config = await bench.gitea.addPull({ title: "change", head: "change", ...labelled });
  await bench.deliverPull(config, "opened");
  const pull = await bench.proposeCode("feature", labelled);
  expect(pull.number).toBe(config.number);
  const name = bench.nameOf(pull);
  await Promise.all([bench.ready("pr-1-shop"), bench.ready(name)]);
  expect(bench.projects()).toEqual(["keep", "pr-1-shop", name, "shop"].sort());
  expect(bench.built("pr-1-shop-web")).toMatch(/^main@/);
  expect(bench.application("pr-1-shop-web")?.env).toContain("MODE=changed");
  expect(bench.built(`${name}-web`)).toMatch(/^feature@/);
  expect(bench.application(`${name}-web`)?.env).toContain("MODE=live");
  const hosts = [...bench.simulator.state.domains.values()].map(({ host }) => host);
  expect(new Set(hosts).size).toBe(4);

  config.state = "closed";
  await bench.deliverPull(config, "closed");
  await bench.gone("pr-1-shop");
  await bench.told(pull, `\`${name}\`: **Ready**`);
  expect(bench.projects()).toEqual(["keep", name, "shop"].sort());
  pull.state = "closed";
  await bench.deliverCode(pull, "closed");
  await bench.gone(name);
  expect(bench.databases()).toEqual(["shop-main"]);
});

test("all services that are built from the branch are built from the pull request's, and others as ever", async () => {
  const more = [
    "    worker:",
    "      git: { provider: our gitea, repository: acme/web }",
    "      rollout: { stableFor: 0s, timeout: 60s }",
    "    old:",
    "      git: { provider: our gitea, repository: acme/web, ref: release }",
    "      rollout: { stableFor: 0s, timeout: 60s }",
    "    proxy:",
    "      image: nginx:1",
    "      rollout: { stableFor: 0s, timeout: 20s }",
  ].join("\n");
  bench = await openCodePreviewBench({ branches: ["release"], shop: { more } });
  const pull = await bench.proposeCode("feature", labelled);
  const name = bench.nameOf(pull);
  await bench.ready(name);
  expect(bench.built(`${name}-web`)).toMatch(/^feature@/);
  expect(bench.built(`${name}-worker`)).toMatch(/^feature@/);
  expect(bench.built(`${name}-old`)).toMatch(/^release@/);
  const next = await bench.commitCode("feature", "better");
  await bench.deliverCode(pull, "synchronized");
  const built = `feature@${short(next)}`;
  await until("both are built again", () =>
    ["web", "worker"].every((service) => bench.built(`${name}-${service}`) === built),
  );
});
