// Which files differ between two commits of a repository on a Git server.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBranches } from "../../src/git/branches.ts";
import { noSource } from "../../src/model/kinds/git.ts";
import type { Branches } from "../../src/ports.ts";
import { createTestRepository } from "../support/git.ts";
import type { TestRepository } from "../support/git.ts";
import { serveRepository } from "../support/git-http.ts";
import type { GitHttpAnswer, GitHttpServer } from "../support/git-http.ts";
import { silentLogger } from "../../src/lib/logger.ts";

let repository: TestRepository;
let server: GitHttpServer;
let stateDir: string;
let branches: Branches;
let answer: GitHttpAnswer;
beforeEach(async () => {
  answer = { kind: "serve" };
  repository = await createTestRepository();
  server = await serveRepository(repository.url, () => answer);
  stateDir = await mkdtemp(join(tmpdir(), "capstan-state-"));
  branches = createBranches({ own: null, stateDir, logger: silentLogger });
});
afterEach(async () => {
  await server.close();
  await repository.remove();
  await rm(stateDir, { recursive: true, force: true });
});

const changed = (from: string, to: string, url = server.url) =>
  branches.changed({ ...noSource, url }, from, to);
const leftovers = async (): Promise<readonly string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith("capstan-changes-"));

test("added, changed, renamed and removed files are named, whatever lies between the commits", async () => {
  const before = await leftovers();
  const first = await repository.push({
    "a/one": "1",
    "b/two": "2",
    "odd name ü\n": "3",
    same: "",
  });
  await repository.push({ "a/one": "11" });
  const third = await repository.push({ "a/one": "1", "b/two": null, "c/two": "2", same: "" });
  expect(await changed(first, third)).toEqual(["b/two", "c/two"]);
  expect(await changed(third, first)).toEqual(["b/two", "c/two"]);
  const fourth = await repository.push({ "odd name ü\n": null });
  expect(await changed(third, fourth)).toEqual(["odd name ü\n"]);
  expect(await changed(fourth, fourth)).toEqual([]);
  expect(await changed(first, third, repository.url)).toEqual(["b/two", "c/two"]);
  expect(await leftovers()).toEqual(before);
});

test("with a commit that is no longer there it is not known", async () => {
  const first = await repository.push({ a: "1" });
  expect(await changed("1".repeat(40), first)).toBeNull();
  expect(await changed(first, "1".repeat(40))).toBeNull();
});

test("a server that fails or wants a login is an error that says so, and nothing is left behind", async () => {
  const before = await leftovers();
  const first = await repository.push({ a: "1" });
  const second = await repository.push({ a: "2" });
  answer = { kind: "status", status: 503 };
  await expect(changed(first, second)).rejects.toMatchObject({ code: "unavailable" });
  answer = { kind: "status", status: 401 };
  await expect(changed(first, second)).rejects.toMatchObject({ code: "unauthorised" });
  expect(await leftovers()).toEqual(before);
});
