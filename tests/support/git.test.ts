import { afterEach, expect, test } from "vitest";
import { createTestRepository, type TestRepository } from "./git.ts";

let repository: TestRepository | undefined;
afterEach(async () => {
  await repository?.remove();
  repository = undefined;
});

test("a push adds to what is there, removes what is null, and keeps history", async () => {
  repository = await createTestRepository();
  expect(await repository.head()).toBeNull();
  const first = await repository.push(
    { "stacks/a.yaml": "a\n", "stacks/ä b.yaml": "b\n" },
    "First",
  );
  const second = await repository.push({ "stacks/a.yaml": null, "stacks/c.yaml": "c\n" });
  expect(await repository.git("log", "--format=%H %s", "main")).toBe(
    `${second} Change files\n${first} First\n`,
  );
  expect(await repository.git("ls-tree", "-r", "-z", "--name-only", "main")).toBe(
    "stacks/c.yaml\0stacks/ä b.yaml\0",
  );
  await repository.git("fsck", "--strict");
});

test("a forced push leaves one commit with exactly the given files", async () => {
  repository = await createTestRepository({ branch: "feature/x" });
  await repository.push({ "a.yaml": "a\n" });
  const rewritten = await repository.forcePush({ "b.yaml": "b\n" });
  expect((await repository.git("rev-list", "feature/x")).trim()).toBe(rewritten);
  expect((await repository.git("ls-tree", "--name-only", "feature/x")).trim()).toBe("b.yaml");
  await repository.deleteBranch();
  expect(await repository.head()).toBeNull();
});
