// Previews of pull requests, from the label to their end: a controller put together as in production, a real repository
// over HTTP, a little Gitea and the Dokploy simulator.
import { afterEach, expect, test } from "vitest";
import { openPreviewBench } from "../support/preview-bench.ts";
import type { PreviewBench } from "../support/preview-bench.ts";
import { until } from "../support/until.ts";

let bench: PreviewBench;
afterEach(() => bench.close());

const labelled = { labels: ["preview"] };

test("a pull request with the label gets the whole stack under names of its own, and its end takes it away", async () => {
  bench = await openPreviewBench();
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  expect(bench.projects()).toEqual(["keep", "pr-1-shop", "shop"]);
  expect(bench.image("pr-1-shop-web")).toBe("ghcr.io/acme/web:2");
  expect(bench.image("shop-web")).toBe("ghcr.io/acme/web:1");
  const hosts = [...bench.simulator.state.domains.values()].map(({ host }) => host);
  expect(hosts.sort()).toEqual(["keep.example.com", "pr-1.shop.example.com", "shop.example.com"]);
  expect(bench.databases()).toContain("pr-1-shop-main");
  const passwords = [...bench.simulator.state.postgres.values()].map(
    ({ databasePassword }) => databasePassword,
  );
  expect(passwords.sort()).toEqual(["preview-word-2", "production-word-1"]);
  await bench.told(pull, "- `pr-1-shop`: **Ready** at <http://pr-1.shop.example.com>");

  // Pushed to: the same preview, the newer commit.
  await bench.commitTo("change", bench.changed(3));
  await bench.deliverPull(pull, "synchronized");
  await until("it follows", () => bench.image("pr-1-shop-web") === "ghcr.io/acme/web:3");
  await bench.ready("pr-1-shop");
  expect(bench.databases().filter((name) => name === "pr-1-shop-main")).toHaveLength(1);

  // Nothing is done twice.
  await bench.told(pull, "**Ready**");
  await until("all is written", () => !bench.controller().engine.isBusy("pr-1-shop"));
  bench.simulator.log.clear();
  const calls = bench.gitea.calls.length;
  await bench.deliverPull(pull, "synchronized");
  await bench.deliverComment(pull, "maria", "capstan plan");
  await until(
    "it was planned again",
    () =>
      bench.gitea.calls.slice(calls).filter(({ path }) => path.endsWith("/comments")).length > 0,
  );
  await until("nothing is left to do", () => !bench.controller().engine.isBusy("pr-1-shop"));
  const written = bench.simulator.log.writes().flatMap(({ procedures }) => procedures);
  expect(written.filter((name) => !name.startsWith("tag."))).toEqual([]);

  pull.state = "closed";
  await bench.deliverPull(pull, "closed");
  await bench.gone("pr-1-shop");
  expect(bench.projects()).toEqual(["keep", "shop"]);
  expect(bench.databases()).toEqual(["shop-main"]);
  expect(bench.image("shop-web")).toBe("ghcr.io/acme/web:1");
  await bench.told(pull, "Its previews are being removed, with their databases.");
  expect(bench.comment(pull)).not.toContain("pr-1.shop.example.com");
});

test("a merge takes the preview away, and the stack itself changes", async () => {
  bench = await openPreviewBench();
  const pull = await bench.propose("change", bench.changed(2), labelled);
  await bench.ready("pr-1-shop");
  const merged = await bench.gitea.mergePull(pull.number);
  await bench.deliverPush(merged);
  await bench.deliverPull(pull, "closed");
  await bench.gone("pr-1-shop");
  await until("it is deployed", () => bench.image("shop-web") === "ghcr.io/acme/web:2");
  expect(bench.databases()).toEqual(["shop-main"]);
});

test("without the label there is none; given and taken away again, it comes and goes", async () => {
  bench = await openPreviewBench();
  const pull = await bench.propose("change", bench.changed(2));
  await bench.told(
    pull,
    "Give it the label `preview`, or comment `capstan preview`, for a preview of `shop`.",
  );
  expect(bench.projects()).toEqual(["keep", "shop"]);
  pull.labels = ["preview"];
  await bench.deliverPull(pull, "label_updated");
  await bench.ready("pr-1-shop");
  pull.labels = [];
  await bench.deliverPull(pull, "label_cleared");
  await bench.gone("pr-1-shop");
});

test("a comment of somebody with rights brings it up without a label, and stops it", async () => {
  bench = await openPreviewBench();
  const pull = await bench.propose("change", bench.changed(2));
  await bench.told(pull, "Give it the label");
  await bench.deliverComment(pull, "eve", "capstan preview");
  await bench.deliverComment(pull, "maria", "capstan preview");
  await bench.ready("pr-1-shop");
  await bench.deliverComment(pull, "maria", "capstan preview stop");
  await bench.gone("pr-1-shop");
  await bench.told(pull, "Give it the label");
  await bench.deliverComment(pull, "maria", "capstan preview");
  await bench.ready("pr-1-shop");
  pull.labels = ["preview"];
  await bench.deliverComment(pull, "maria", "capstan preview stop");
  await bench.gone("pr-1-shop");
  await bench.told(pull, "its time is over");
});

test("a fork's pull request gets none by its label, nor by the word of somebody without rights; each push needs a new word", async () => {
  bench = await openPreviewBench();
  const pull = await bench.propose("change", bench.changed(2), { ...labelled, fork: true });
  await bench.told(pull, "somebody with write access can comment `capstan preview`");
  await bench.deliverComment(pull, "eve", "capstan preview");
  await bench.deliverComment(pull, "maria", "capstan plan");
  await until("both were heard", () => bench.controller().engine.state().queued === 0);
  expect(bench.projects()).toEqual(["keep", "shop"]);
  await bench.deliverComment(pull, "maria", "capstan preview");
  await bench.ready("pr-1-shop");

  const next = await bench.commitTo("more", bench.changed(666));
  await bench.repository.git("update-ref", "-d", "refs/heads/more");
  Object.assign(pull, { fork: { sha: next } });
  await bench.deliverPull(pull, "synchronized");
  await bench.told(pull, "nobody with write access commented `capstan preview` on that");
  expect(bench.image("pr-1-shop-web")).toBe("ghcr.io/acme/web:2");
  await bench.deliverComment(pull, "maria", "capstan preview");
  await until("it follows", () => bench.image("pr-1-shop-web") === "ghcr.io/acme/web:666");
});
