// From a pull request to a running stack: what people see on their Git host, with the controller put together
// as in production, a real repository over HTTP and a little Gitea beside it.
import { afterEach, expect, test } from "vitest";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench, ForgeBenchOptions } from "../support/forge-bench.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let bench: ForgeBench;
afterEach(() => bench.close());

const planned = "capstan/plan";
const reconciled = "capstan/reconcile";
const canary = "canary-of-a-secret-4711";

async function open(more: Partial<ForgeBenchOptions> = {}): Promise<void> {
  bench = await openForgeBench({
    files: { "stacks/keep.yaml": simpleStack("keep") },
    environment: { SECRET_TOKEN: canary, ...more.environment },
    ...(more.files === undefined ? {} : { files: more.files }),
  });
  for (const file of Object.keys(more.files ?? { "stacks/keep.yaml": "" })) {
    await bench.ready(file.replace(/^stacks\/(.*)\.yaml$/, "$1"));
  }
}
const withSecret = (manifest: string): string =>
  manifest.replace("spec:", "spec:\n  variables: { TOKEN: $(secrets.token) }");
const ownComments = () => bench.gitea.comments.filter(({ author }) => author === bench.gitea.login);

async function toldOf(sha: string, context: string, start: string): Promise<void> {
  try {
    await until("it says so", () => bench.said(sha, context).startsWith(start));
  } catch {
    expect(bench.said(sha, context), `${context} of ${sha}`).toContain(start);
  }
}

test("P2 P1 a pull request shows its plan, and its merge becomes a running stack that is told as success", async () => {
  await open();
  const head = await bench.commitTo("add-shop", {
    "stacks/shop.yaml": withSecret(simpleStack("shop")),
  });
  const pull = await bench.gitea.addPull({ title: "Add the shop", head: "add-shop" });
  expect(await bench.deliverPull(pull, "opened")).toBe(202);
  await toldOf(head, planned, "success: ");
  expect(bench.states(head, planned)).toEqual(["pending", "success"]);
  expect(bench.said(head, planned)).toBe("success: 1 stack would be created, 1 unchanged");
  await until("the comment is there", () => ownComments().length === 1);
  expect(ownComments()[0]?.body).toContain("shop");
  expect([...bench.simulator.state.projects.values()].map(({ name }) => name)).toEqual(["keep"]);

  // Another push to it: the same comment, anew.
  const second = await bench.commitTo("add-shop", {
    "stacks/shop.yaml": withSecret(simpleStack("shop", { image: "ghcr.io/acme/web:9" })),
  });
  await bench.deliverPull(pull, "synchronized");
  await toldOf(second, planned, "success: ");
  await until("the comment follows", () => ownComments()[0]?.body.includes("web:9") ?? false);
  expect(ownComments()).toHaveLength(1);

  const merged = await bench.gitea.mergePull(pull.number);
  await bench.deliverPush(merged);
  await bench.deliverPull(pull, "closed");
  await toldOf(merged, reconciled, "success: ");
  expect(bench.states(merged, reconciled)).toEqual(["pending", "success"]);
  expect(bench.said(merged, reconciled)).toBe("success: 1 created, 1 unchanged");
  await toldOf(merged, "capstan/stack/shop", "success: ");
  expect(bench.states(merged, "capstan/stack/shop")).toEqual(["pending", "success"]);
  const shop = [...bench.simulator.state.applications.values()].find(({ appName }) =>
    appName.startsWith("shop-"),
  );
  expect(shop?.dockerImage).toBe("ghcr.io/acme/web:9");
  await until("the comment says so", () => ownComments()[0]?.body.includes("Merged") ?? false);

  // The page that the check links to.
  const link = bench.gitea.statuses.find(({ sha }) => sha === merged)?.target_url ?? "";
  expect(link).toMatch(/^https:\/\/capstan\.example\.com\/commits\//);
  const { pathname, search } = new URL(link);
  const page = await fetch(`${bench.controller().address}${pathname}${search}`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("1 created, 1 unchanged");

  const shown = JSON.stringify([bench.gitea.statuses, bench.gitea.comments]);
  expect(shown, "P5: a secret in a comment or a check").not.toContain(canary);
});

test("P2 a mistake is told with its line in the pull request, and after the push as a failure", async () => {
  await open();
  const broken = simpleStack("shop").replace("image:", "imge:");
  const head = await bench.commitTo("broken", { "stacks/shop.yaml": broken });
  const pull = await bench.gitea.addPull({ title: "Broken", head: "broken" });
  await bench.deliverPull(pull, "opened");
  await toldOf(head, planned, "failure: stacks/shop.yaml:");
  await until("the comment names the place", () =>
    /shop\.yaml:\d+:\d+/.test(ownComments()[0]?.body ?? ""),
  );
  const merged = await bench.gitea.mergePull(pull.number);
  await bench.deliverPush(merged);
  await toldOf(merged, reconciled, "failure: shop: stacks/shop.yaml:");
  await toldOf(merged, "capstan/stack/shop", "failure: stacks/shop.yaml:");
});

test("P2 a pull request that touches no stack gets its check, and no comment", async () => {
  await open();
  const head = await bench.commitTo("docs", { "README.md": "words\n" });
  const pull = await bench.gitea.addPull({ title: "Docs", head: "docs" });
  await bench.deliverPull(pull, "opened");
  await toldOf(head, planned, "success: nothing to do");
  expect(bench.gitea.comments).toEqual([]);
});

test("P2 the plan is that of the merge result, and a conflict is a failure that says so", async () => {
  await open();
  const base = (await bench.repository.head()) ?? "";
  const ahead = simpleStack("keep", { image: "ghcr.io/acme/web:2" });
  const moved = await bench.repository.push({ "stacks/keep.yaml": ahead });
  await bench.deliverPush(moved);
  await toldOf(moved, reconciled, "success: ");
  // From before the push: it does not undo it.
  const head = await bench.commitTo("old", { "stacks/shop.yaml": simpleStack("shop") }, base);
  const pull = await bench.gitea.addPull({ title: "Old", head: "old" });
  await bench.deliverPull(pull, "opened");
  await toldOf(head, planned, "success: 1 stack would be created, 1 unchanged");
  const other = simpleStack("keep", { image: "ghcr.io/acme/web:3" });
  const clash = await bench.commitTo("clash", { "stacks/keep.yaml": other }, base);
  await bench.deliverPull(await bench.gitea.addPull({ title: "Clash", head: "clash" }), "opened");
  await toldOf(clash, planned, "failure: it conflicts with main");
});

test("P2 a pull request of a fork is planned without secrets", async () => {
  await open();
  const sha = await bench.commitTo("fork-head", {
    "stacks/shop.yaml": withSecret(simpleStack("shop")),
  });
  await bench.repository.git("update-ref", "-d", "refs/heads/fork-head");
  const pull = await bench.gitea.addPull({ title: "Mine", head: "patch-1", fork: { sha } });
  await bench.deliverPull(pull, "opened");
  await toldOf(sha, planned, "success: 1 stack would be created, 1 unchanged");
  await until("the comment is there", () => ownComments().length === 1);
  expect(ownComments()[0]?.body).toContain("fork");
  expect(JSON.stringify([bench.gitea.statuses, bench.gitea.comments])).not.toContain(canary);
});

test("P9 a fork's plan tells no guess from the secret itself", async () => {
  await open();
  const bodies: string[] = [];
  for (const guess of [canary, "a-wrong-guess"]) {
    const changed = simpleStack("keep", { env: { MODE: guess, [`N_${bodies.length}`]: "x" } });
    const broken = simpleStack("odd").replace("image:", `"${guess}":`);
    const files = { "stacks/keep.yaml": changed, "stacks/odd.yaml": broken };
    const sha = await bench.commitTo("fork-head", files);
    await bench.repository.git("update-ref", "-d", "refs/heads/fork-head");
    const pull = await bench.gitea.addPull({ title: "Mine", head: guess.slice(2), fork: { sha } });
    await bench.deliverPull(pull, "opened");
    await toldOf(sha, planned, "failure: ");
    const body = await until("the comment is there", () => ownComments()[bodies.length]?.body);
    // The mistake is the author's own word, and is repeated as it was written.
    expect(body).toContain(`web.${guess}`);
    bodies.push(body.replaceAll(guess, "GUESS").replace(/<!--.*-->|N\\?_\d|`[0-9a-f]{12}`/g, ""));
    expect(bodies.at(-1)).toContain("env.MODE");
  }
  expect(bodies[0]).toBe(bodies[1]);
});

test("P1 ten pushes in a row give one end state each", async () => {
  await open();
  const commits: string[] = [];
  for (let number = 1; number <= 10; number++) {
    const image = `ghcr.io/acme/web:${number + 1}`;
    commits.push(
      await bench.repository.push({ "stacks/keep.yaml": simpleStack("keep", { image }) }),
    );
    await bench.deliverPush(commits.at(-1) ?? "");
  }
  await toldOf(commits.at(-1) ?? "", reconciled, "success: ");
  await until("all have ended", () =>
    commits.every((sha) => /^(?:success|warning): /.test(bench.said(sha, reconciled))),
  );
  for (const sha of commits) {
    const states = bench.states(sha, reconciled);
    expect(
      states.filter((state) => state !== "pending"),
      sha,
    ).toHaveLength(1);
  }
});

test("P1 a host that is down delays nothing and loses nothing", async () => {
  await open();
  bench.gitea.intercept = () => "drop";
  const image = "ghcr.io/acme/web:2";
  const sha = await bench.repository.push({ "stacks/keep.yaml": simpleStack("keep", { image }) });
  await bench.deliverPush(sha);
  await until("it runs all the same", () =>
    [...bench.simulator.state.applications.values()].some((one) => one.dockerImage === image),
  );
  bench.gitea.intercept = null;
  await toldOf(sha, reconciled, "success: ");
});

test("P1 what was not told before a restart is told after it, and nothing twice", async () => {
  await open();
  bench.gitea.intercept = () => "drop";
  const image = "ghcr.io/acme/web:2";
  const sha = await bench.repository.push({ "stacks/keep.yaml": simpleStack("keep", { image }) });
  await bench.deliverPush(sha);
  await until("it runs", () =>
    [...bench.simulator.state.applications.values()].some((one) => one.dockerImage === image),
  );
  await bench.ready("keep");
  bench.gitea.intercept = null;
  await bench.restart();
  await bench.ready("keep");
  await toldOf(sha, reconciled, "success: ");
  await toldOf(sha, "capstan/stack/keep", "success: ");
  const before = bench.gitea.statuses.length;
  await bench.restart();
  await bench.ready("keep");
  expect(bench.gitea.statuses).toHaveLength(before);
});

test("P2 a lost delivery is made up for when the controller looks by itself", async () => {
  await open();
  const head = await bench.commitTo("add", { "stacks/shop.yaml": simpleStack("shop") });
  await bench.gitea.addPull({ title: "Add", head: "add" });
  await bench.restart();
  await toldOf(head, planned, "success: 1 stack would be created");
  await until("the comment is there", () => ownComments().length === 1);
});

test("P2 comments are obeyed when their author may write, and not otherwise", async () => {
  const names = ["one", "two", "three", "four"];
  await open({
    files: Object.fromEntries(names.map((name) => [`stacks/${name}.yaml`, simpleStack(name)])),
  });
  bench.gitea.permissions.set("ann", "write").set("eve", "read");
  const head = await bench.commitTo("drop", { "stacks/one.yaml": null, "stacks/two.yaml": null });
  const pull = await bench.gitea.addPull({ title: "Drop two", head: "drop" });
  await bench.deliverPull(pull, "opened");
  await toldOf(head, planned, "success: would delete 2 services");
  await until("the comment tells what approves it", () =>
    /approve-prune [0-9a-f]{12}/.test(ownComments()[0]?.body ?? ""),
  );
  const merged = await bench.gitea.mergePull(pull.number);
  await bench.deliverPush(merged);
  await toldOf(merged, reconciled, "warning: ");
  const digest = /approve-prune ([0-9a-f]{12})/.exec(bench.said(merged, reconciled))?.[1] ?? "";
  expect(digest).not.toBe("");
  await bench.deliverComment(pull, "eve", `capstan approve-prune ${digest}`);
  await bench.deliverComment(pull, "ann", "capstan approve-prune 000000000000");
  await until("a wrong digest is answered", () =>
    ownComments().some(({ body }) => body.startsWith("Not approved")),
  );
  expect(bench.simulator.state.projects.size).toBe(4);
  await bench.deliverComment(pull, "ann", `capstan approve-prune ${digest}`);
  await until("they are gone", () => bench.simulator.state.projects.size === 2);
  await toldOf(merged, reconciled, "success: 2 removed");
});

test("O6 removals that were approved on the pull request go after its merge, and no others", async () => {
  const names = ["one", "two", "three", "four"];
  await open({
    files: Object.fromEntries(names.map((name) => [`stacks/${name}.yaml`, simpleStack(name)])),
  });
  bench.gitea.permissions.set("ann", "write");
  const head = await bench.commitTo("drop", { "stacks/one.yaml": null, "stacks/two.yaml": null });
  const pull = await bench.gitea.addPull({ title: "Drop two", head: "drop" });
  await bench.deliverPull(pull, "opened");
  await toldOf(head, planned, "success: would delete 2 services");
  const digest = await until("the comment tells what approves it", () => {
    const [, found = null] =
      /approve-prune ([0-9a-f]{12})/.exec(ownComments()[0]?.body ?? "") ?? [];
    return found;
  });
  await bench.deliverComment(pull, "ann", `capstan approve-prune ${digest}`);
  await until("it is remembered", () =>
    ownComments().some(({ body }) => body.includes("after the merge: exactly")),
  );
  expect(bench.simulator.state.projects.size).toBe(4);
  const merged = await bench.gitea.mergePull(pull.number);
  await bench.deliverPush(merged);
  await bench.deliverPull(pull, "closed");
  await toldOf(merged, reconciled, "success: 2 removed");
  expect(bench.simulator.state.projects.size).toBe(2);
});

test("P5 a secret that stands where it does not belong is in no comment, check, page or event", async () => {
  const odd = "Canary-Odd-4711";
  await open({ environment: { SECRET_ODD: odd, SECRET_MARKS: "canary_of*marks|4711" } });
  const head = await bench.commitTo("odd", {
    "stacks/shop.yaml": [
      "apiVersion: capstan/v1",
      "kind: Stack",
      "metadata: { name: shop }",
      "spec:",
      "  applications:",
      "    web:",
      "      image: ghcr.io/acme/web:1",
      "      domains: [ { host: $(secrets.odd).example.com, port: 8080 } ]",
      "",
    ].join("\n"),
    "stacks/blog.yaml": simpleStack("blog", { image: "ghcr.io/acme/$(secrets.marks)" }),
  });
  const pull = await bench.gitea.addPull({ title: "Odd", head: "odd" });
  await bench.deliverPull(pull, "opened");
  await until("it is planned", () => /^(?:success|failure): /.test(bench.said(head, planned)));
  await until("the comment is there", () => ownComments().length === 1);
  const merged = await bench.gitea.mergePull(pull.number);
  await bench.deliverPush(merged);
  await until("it has ended", () => /^(?:success|failure): /.test(bench.said(merged, reconciled)));
  const { address, engine } = bench.controller();
  const pages = [head, merged].map(async (sha) => {
    const link = bench.gitea.statuses.find((one) => one.sha === sha)?.target_url ?? "";
    const { pathname, search } = new URL(link);
    return (await fetch(`${address}${pathname}${search}`)).text();
  });
  const shown = JSON.stringify([
    bench.gitea.statuses,
    bench.gitea.comments,
    await Promise.all(pages),
    engine.events(),
  ]);
  expect(shown).not.toMatch(/canary/i);
});

test("P3 a delivery without its signature, or delivered again, does nothing", async () => {
  await open();
  const { address } = bench.controller();
  const send = (headers: Record<string, string>, path = "gitea"): Promise<Response> =>
    fetch(`${address}/webhooks/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-gitea-event": "push", ...headers },
      body: "{}",
    });
  for (const signature of ["", "00", "0".repeat(64)]) {
    expect((await send({ "x-gitea-signature": signature })).status).toBe(401);
  }
  expect((await send({})).status).toBe(401);
  expect((await send({}, "bitbucket")).status).toBe(404);
  const large = await fetch(`${address}/webhooks/gitea`, {
    method: "POST",
    body: "x".repeat(11 * 1024 * 1024),
  }).catch(() => null);
  expect([413, undefined]).toContain(large?.status);
});
