// Law P9 on a Git host: a pull request is judged by the policies of the branch that it goes to, never by its own.
import { afterEach, expect, test } from "vitest";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let bench: ForgeBench;
afterEach(() => bench.close());

const planned = "capstan/plan";
const policy = (allow: string): string =>
  `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: portal }\nspec: { match: { paths: ["users/**"] }, allow: { ${allow} } }\n`;
const mounting = simpleStack("eve", {
  extra: "      mounts: [ { type: bind, source: /, target: /x } ]",
});
const strict = policy("images: [ghcr.io/acme/*]");
const loose = policy("bindMounts: ['**']");

async function open(): Promise<void> {
  bench = await openForgeBench({
    files: {
      "stacks/keep.yaml": simpleStack("keep"),
      "stacks/users/ann.yaml": simpleStack("ann"),
      "policies/portal.yaml": strict,
    },
  });
  await bench.ready("ann");
}

async function said(
  branch: string,
  files: Parameters<ForgeBench["commitTo"]>[1],
  fork = false,
): Promise<string> {
  const sha = await bench.commitTo(branch, files);
  if (fork) await bench.repository.git("update-ref", "-d", `refs/heads/${branch}`);
  const pull = await bench.gitea.addPull({
    title: branch,
    head: branch,
    ...(fork ? { fork: { sha } } : {}),
  });
  await bench.deliverPull(pull, "opened");
  await until("it is planned", () => /^(?:success|failure): /.test(bench.said(sha, planned)));
  return bench.said(sha, planned);
}
const comment = (): Promise<string> =>
  until(
    "the comment is there",
    () => bench.gitea.comments.find(({ author }) => author === bench.gitea.login)?.body,
  );

test.each([
  ["is left as it is", {}],
  ["allows it in the same pull request", { "policies/portal.yaml": loose }],
  ["goes in the same pull request", { "policies/portal.yaml": null }],
  ["is joined by another one below the stacks", { "stacks/policies/more.yaml": loose }],
  [
    "is named by an ignore file",
    { "stacks/.capstanignore": "policies\n", ".capstanignore": "*\n" },
  ],
] as const)(
  "P9 what the branch's policy refuses is refused when the policy %s",
  async (_title, files) => {
    await open();
    const check = await said("mount", { "stacks/users/eve.yaml": mounting, ...files });
    expect(check).toMatch(/^failure: /);
    const body = await comment();
    expect(body).toContain("`stacks/users/eve.yaml:12:");
    expect(body).toContain(
      "mounts / of the host, and the policy portal allows no bind mounts (policies/portal.yaml:4:",
    );
  },
);

test("P9 a fork is judged in the same way", async () => {
  await open();
  const check = await said(
    "fork-head",
    { "stacks/users/eve.yaml": mounting, "policies/portal.yaml": loose },
    true,
  );
  expect(check).toMatch(/^failure: \d problems?: the comment shows where/);
  expect(await comment()).toContain("the policy portal allows no bind mounts");
});

test("P9 a change of a policy shows which stacks it would forbid, and what none would judge", async () => {
  await open();
  const check = await said("strict", {
    "policies/portal.yaml": policy("images: [docker.io/acme/*]"),
  });
  expect(check).toBe("success: changes 1 policy, which would forbid 1 stack");
  const body = await comment();
  expect(body).toContain(
    "it changes the policy portal (policies/portal.yaml), whose new words judge once this is merged",
  );
  expect(body).toContain("that would forbid 1 stack, which would stay as they are: ann");
  expect(body).toContain("### What the changed policies would forbid");
  expect(body).toContain("`stacks/users/ann.yaml:7:14`");
});

test("P9 O5 all policies that go are a change of rules that is shown", async () => {
  await open();
  expect(await said("gone", { "policies/portal.yaml": null })).toBe(
    "success: removes 1 policy, which would leave 1 stack without any",
  );
  expect(await comment()).toContain("no policy would judge any more: ann");
});

test("P9 after the merge the new policy holds", async () => {
  await open();
  await said("open", { "policies/portal.yaml": loose });
  const [pull] = bench.gitea.pulls;
  const merged = await bench.gitea.mergePull(pull!.number);
  await bench.deliverPush(merged);
  await until("it is read", () => bench.controller().engine.state().revision === merged);
  expect(await said("mount", { "stacks/users/eve.yaml": mounting })).toBe(
    "success: would let 1 service reach the host; 1 stack would be created, 2 unchanged",
  );
});
