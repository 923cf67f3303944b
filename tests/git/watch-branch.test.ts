import { join } from "node:path";
import { test } from "vitest";
import { eventually } from "../support/git-process.ts";
import { useGitSource } from "./harness.ts";

const { repository, stateDir, open } = useGitSource();

const cases: Record<string, (url: string) => string> = {
  "a folder": (url) => url,
  "a file URL": (url) => `file://${url}`,
};
for (const [name, address] of Object.entries(cases)) {
  test(`a push to a repository on this machine is seen at once: ${name}`, async () => {
    await repository().push({ "stacks/a.yaml": "1" });
    const source = open({ url: address(repository().url) });
    let calls = 0;
    const stop = await source.watch(() => (calls += 1));
    await repository().push({ "stacks/a.yaml": "2" });
    await eventually("the push is seen", () => calls > 0);
    await repository().git("pack-refs", "--all");
    calls = 0;
    await repository().push({ "stacks/a.yaml": "3" });
    await eventually("the push after packing is seen", () => calls > 0);
    await stop();
  });
}

test("the first push to an empty repository is seen, on a branch with slashes too", async () => {
  const source = open({ branch: "team/main" });
  let calls = 0;
  await source.watch(() => (calls += 1));
  const tree = (await repository().git("hash-object", "-w", "-t", "tree", "/dev/null")).trim();
  const commit = (await repository().git("commit-tree", tree, "-m", "First")).trim();
  await repository().git("update-ref", "refs/heads/team/main", commit);
  await eventually("the first push is seen", () => calls > 0);
});

test("a repository elsewhere has nothing to watch, and one that is missing does no harm", async () => {
  const stop = await open({ url: "https://git.example.com/acme/stacks.git" }).watch(
    () => undefined,
  );
  await stop();
  const missing = open({ url: join(stateDir(), "missing.git") });
  await (
    await missing.watch(() => undefined)
  )();
});
