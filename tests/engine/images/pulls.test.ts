// The one pull request with newer images, where its Git host fails in the middle, or the process ends there.
import { expect, test } from "vitest";
import { createProposed } from "../../../src/engine/images/proposed.ts";
import { isSettled, propose, settle } from "../../../src/engine/images/pulls.ts";
import type { ImageForge, PullsDeps } from "../../../src/engine/images/pulls.ts";
import type { Update } from "../../../src/engine/images/updates.ts";
import type { Memory } from "../../../src/engine/memory/memory.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { PullRequest } from "../../../src/model/forge.ts";

const away = () => new CapstanError("unavailable", "the Git host does not answer");

/** What is kept over a restart, as the store would. */
function keptMemory(): Memory {
  const kept = new Map<string, { stack: string; key: string; value: string }>();
  return {
    left: (kind, schema) =>
      [...kept]
        .filter(([name]) => name.startsWith(`${kind} `))
        .map(([, { stack, key, value }]) => ({
          ...{ stack, key, value: schema.parse(JSON.parse(value)), atMs: 0 },
        })),
    save(kind, stack, key, value) {
      kept.set(`${kind} ${stack} ${key}`, { stack, key, value: JSON.stringify(value) });
    },
    remove(kind, stack, key) {
      kept.delete(`${kind} ${stack} ${key}`);
    },
  };
}

const update = (to: string): Update => ({
  ...{ stack: "shop", service: "app/web", file: "shop.yaml", from: "acme/shop:1", to },
  propose: "pull-request",
});
const draft = (to: string) => ({
  ...{ updates: [update(to)], files: [], unwritten: [] },
});

/** A host whose pull requests are looked at, and which fails once where it is told to. */
function world() {
  const pulls = new Map<number, PullRequest>();
  const branches = new Set<string>();
  const memory = keptMemory();
  let failing: string | null = null;
  const step = (name: string): void => {
    if (failing !== name) return;
    failing = null;
    throw away();
  };
  const forge: ImageForge = {
    commit({ branch }) {
      step("commit");
      if (branches.has(branch)) throw new CapstanError("conflict", "the branch is there");
      branches.add(branch);
      return Promise.resolve("c".repeat(40));
    },
    openPull({ title, head, base }) {
      step("openPull");
      const number = pulls.size + 1;
      const pull: PullRequest = {
        ...{ number, title, url: `https://git.example.com/${number}`, state: "open" },
        ...{ headSha: "c".repeat(40), headRef: `refs/pull/${number}/head`, headBranch: head },
        ...{ baseBranch: base, fromFork: false, author: "capstan" },
      };
      pulls.set(number, pull);
      return Promise.resolve(pull);
    },
    openPulls: () => Promise.resolve([...pulls.values()].filter(({ state }) => state === "open")),
    pull: (number) => Promise.resolve(pulls.get(number)!),
    changePull(number, change) {
      if ("state" in change) {
        pulls.set(number, { ...pulls.get(number)!, state: change.state });
        step("after the close");
      }
      return Promise.resolve();
    },
  };
  const deps = (): PullsDeps => ({
    forge,
    proposed: createProposed(memory),
    base: "main",
    instance: "default",
    digest: (text) => Buffer.from(text).toString("hex").slice(-8),
    say: () => undefined,
  });
  let now = deps();
  return {
    fail(at: string) {
      failing = at;
    },
    /** A look at what is newer now; an error of the host is the next look's matter. */
    async look(to: string | null) {
      try {
        await settle(now);
        const updates = to === null || now.proposed.isDecided(update(to)) ? [] : [update(to)];
        if (await isSettled(now, updates)) return;
        await propose(now, draft(to ?? ""), { message: "m", body: "b" });
      } catch {
        // Told elsewhere.
      }
    },
    restart() {
      now = deps();
    },
    close(number: number) {
      pulls.set(number, { ...pulls.get(number)!, state: "closed" });
    },
    isDecided: (to: string) => now.proposed.isDecided(update(to)),
    states: () => [...pulls.values()].map(({ number, state }) => `${number} ${state}`),
  };
}

test.each(["commit", "openPull", "after the close"])(
  "one that is replaced is closed, whatever fails meanwhile: %s",
  async (at) => {
    for (const isRestarted of [false, true]) {
      const host = world();
      await host.look("acme/shop:2");
      host.fail(at);
      await host.look("acme/shop:3");
      if (isRestarted) host.restart();
      await host.look("acme/shop:3");
      await host.look("acme/shop:3");
      expect(host.states(), String(isRestarted)).toEqual(["1 closed", "2 open"]);
      // Nobody refused anything.
      expect([host.isDecided("acme/shop:2"), host.isDecided("acme/shop:3")]).toEqual([
        ...[false, false],
      ]);
    }
  },
);

test("what somebody closes while its successor cannot be made is decided", async () => {
  const host = world();
  await host.look("acme/shop:2");
  host.fail("commit");
  await host.look("acme/shop:3");
  host.close(1);
  host.restart();
  await host.look("acme/shop:3");
  expect(host.states()).toEqual(["1 closed", "2 open"]);
  expect(host.isDecided("acme/shop:2")).toBe(true);
});

test("one that Capstan closed as nothing is newer is nobody's refusal, also when the process ended there", async () => {
  const host = world();
  await host.look("acme/shop:2");
  host.fail("after the close");
  await host.look(null);
  host.restart();
  await host.look(null);
  expect(host.states()).toEqual(["1 closed"]);
  expect(host.isDecided("acme/shop:2")).toBe(false);
});
