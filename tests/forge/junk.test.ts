// Junk in place of every answer of every host: what a call ends in is a value or an error that Capstan knows.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createForge } from "../../src/forge/create.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { forgeKinds } from "../../src/model/forge.ts";
import type { Forge } from "../../src/ports-forge.ts";
import type { FakeHost, Reply } from "../support/forge-hosts.ts";
import type { FakeRepository } from "../support/forge-repository.ts";
import { startHost } from "./hosts.ts";
import { alice, checkOf, forgeOptions } from "./support.ts";

let commits = 0;

type Spoil = (reply: Reply) => Reply;

/** Every value of an answer may become another one. */
function mutated(value: unknown, at: number, junk: unknown): unknown {
  let count = 0;
  const walk = (part: unknown): unknown => {
    if (count++ === at) return junk;
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, walk(each)]));
  };
  return walk(value);
}

const text =
  (change: (whole: string) => string): Spoil =>
  (reply) => ({
    ...reply,
    body: change(JSON.stringify(reply.body ?? null)),
  });
const anySpoil: fc.Arbitrary<Spoil> = fc.oneof(
  fc
    .tuple(fc.nat(30), fc.jsonValue())
    .map(([at, junk]): Spoil => (reply) => ({ ...reply, body: mutated(reply.body, at, junk) })),
  fc.jsonValue().map((junk): Spoil => (reply) => ({ ...reply, body: junk })),
  fc.nat(200).map((length) => text((whole) => whole.slice(0, length))),
  fc.constant(text(() => "<!doctype html><title>Sign in</title>")),
  fc.constant(text((whole) => whole + " ".repeat(17 * 1024 * 1024))),
  fc
    .constantFrom(204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 503)
    .map((status): Spoil => (reply) => ({ ...reply, status })),
  fc
    .tuple(
      fc.constantFrom(
        "link",
        "x-next-page",
        "retry-after",
        "x-ratelimit-reset",
        "location",
        "date",
      ),
      fc.constantFrom("", "x", "-1", "1e9", "999999999999", '<http://x/?page=0>; rel="next"', "//"),
    )
    .map(([name, value]): Spoil => (reply) => ({
      ...reply,
      status: reply.status,
      headers: { [name]: value },
    })),
);

const calls: Readonly<Record<string, (forge: Forge, sha: string) => Promise<unknown>>> = {
  self: (forge) => forge.self(),
  setCheck: (forge, sha) => forge.setCheck(checkOf(sha)),
  hasCheck: (forge, sha) => forge.hasCheck(checkOf(sha)),
  openPulls: (forge) => forge.openPulls(),
  pull: (forge) => forge.pull(1),
  comments: (forge) => forge.comments(1),
  addComment: (forge) => forge.addComment(1, "plan"),
  editComment: (forge) => forge.editComment(1, "1", "plan"),
  mayWrite: (forge) => forge.mayWrite("capstan-bot"),
  openPull: (forge) => forge.openPull({ title: "t", body: "", head: "other", base: "main" }),
  changePull: (forge) => forge.changePull(1, { title: "t", body: "b" }),
  runs: (forge) => forge.runs({ repository: "acme/stacks", limit: 5 }),
  commit: (forge) =>
    forge.commit({
      branch: "main",
      from: null,
      message: "m",
      author: alice,
      files: [{ path: "a", content: `${++commits}` }],
    }),
};

describe.each(forgeKinds)("%s", (kind) => {
  let host: FakeHost & { git: FakeRepository };
  let sha: string;
  beforeAll(async () => {
    host = await startHost[kind]();
    sha = (await host.git.ref("refs/heads/main")) ?? "";
    await host.git.setRef("refs/heads/topic", sha);
    const forge = createForge(kind, forgeOptions(host));
    const changed = { branch: "topic", from: null, message: "m", author: alice };
    await forge.commit({ ...changed, files: [{ path: "t", content: "t" }] });
    await forge.openPull({ title: "t", body: "", head: "topic", base: "main" });
    await forge.addComment(1, "first");
  });
  afterAll(() => host.close());

  test.each(Object.keys(calls))("%s survives junk", async (name) => {
    const property = fc.asyncProperty(anySpoil, fc.nat(3), async (spoil, skipped) => {
      // A new one each time: a pause that junk asked for would hide the rest.
      const forge = createForge(kind, forgeOptions(host));
      let answered = 0;
      host.spoil = (reply) => (answered++ < skipped ? reply : spoil(reply));
      try {
        await calls[name]?.(forge, sha);
      } catch (error) {
        if (!(error instanceof CapstanError)) throw error;
        expect(error.code).not.toBe("internal");
      } finally {
        host.spoil = null;
      }
    });
    await fc.assert(property, { numRuns: 8 });
  });
});
