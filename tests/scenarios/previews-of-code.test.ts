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
