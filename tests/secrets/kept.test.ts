// What is kept of a secret manager's answers: when it is asked, what an outage leaves, and what is news.
import { expect, it } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import { createKeptManager } from "../../src/secrets/managers/kept.ts";
import type { Found, SecretManager } from "../../src/secrets/managers/manager.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";

function bench(refreshMs = 60_000) {
  const clock = createVirtualClock();
  const values = new Map<string, Found>();
  const asked: string[][] = [];
  let down: CapstanError | null = null;
  const manager: SecretManager = {
    prefix: "vault",
    title: "Vault",
    async read(names) {
      asked.push([...names].sort());
      await Promise.resolve();
      if (down !== null) throw down;
      return new Map(names.map((name) => [name, values.get(name) ?? null]));
    },
    check: async () => null,
    names: () => null,
    refuses: () => null,
  };
  const backoff = { firstMs: 1_000, maxMs: 8_000, jitter: 0 };
  const kept = createKeptManager(manager, { clock, random: () => 0.5, refreshMs, backoff });
  return {
    ...{ clock, values, asked, kept },
    break: (error: CapstanError | null) => {
      down = error;
    },
  };
}

const away = new CapstanError("unavailable", "Vault answers 503");

it("names are asked for once, together with all others, and again when they are due", async () => {
  const b = bench();
  b.values.set("a", "1");
  expect(b.kept.look("a")).toBe("unread");
  await Promise.all([b.kept.ensure(["a"]), b.kept.ensure(["a"])]);
  expect(b.kept.look("a")).toEqual({ value: "1" });
  await b.kept.ensure(["a", "b"]);
  expect(b.kept.look("b")).toBeNull();
  expect(b.asked).toEqual([["a"], ["a", "b"]]);
  await b.kept.refresh();
  expect(b.asked).toHaveLength(2);
  await b.clock.advance(50_000);
  await b.kept.refresh();
  expect(b.asked).toHaveLength(3);
});

it("a name that is missing is asked for again after a while, as it may just have been added", async () => {
  const b = bench();
  await b.kept.ensure(["new"]);
  await b.kept.ensure(["new"]);
  expect(b.asked).toHaveLength(1);
  b.values.set("new", "1");
  await b.clock.advance(10_000);
  await b.kept.ensure(["new"]);
  expect(b.kept.look("new")).toEqual({ value: "1" });
});

it("a rotation is a new version, and an answer with nothing new is none", async () => {
  const b = bench();
  b.values.set("a", "1");
  await b.kept.ensure(["a"]);
  const before = b.kept.version();
  await b.clock.advance(60_000);
  await b.kept.refresh();
  expect(b.kept.version()).toBe(before);
  b.values.set("a", "2");
  await b.clock.advance(60_000);
  await b.kept.refresh();
  expect(b.kept.version()).not.toBe(before);
  expect(b.kept.look("a")).toEqual({ value: "2" });
});

it("P11 through an outage the last values stay, what was never read is unknown, and tries become rarer", async () => {
  const b = bench();
  b.values.set("a", "1");
  b.values.set("b", "2");
  await b.kept.ensure(["a"]);
  const before = b.kept.version();
  b.break(away);
  await b.clock.advance(60_000);
  await b.kept.refresh();
  await b.kept.ensure(["b"]);
  expect(b.kept.look("a")).toEqual({ value: "1" });
  expect(b.kept.look("b")).toBe(away);
  expect(b.kept.version()).toBe(before);
  const outage = b.kept.outage();
  expect(outage).toMatchObject({ source: "Vault", message: "Vault answers 503" });
  expect([outage?.concerns("vault:a"), outage?.concerns("a"), outage?.concerns("bws:a")]).toEqual([
    true,
    false,
    false,
  ]);
  const tries = b.asked.length;
  for (let second = 0; second < 30; second += 1) {
    await b.clock.advance(1_000);
    await b.kept.refresh();
  }
  // After 1 s, 2 s, 4 s, 8 s, 8 s and 8 s less what has passed.
  expect(b.asked.length - tries).toBe(5);
  b.break(null);
  await b.clock.advance(8_000);
  await b.kept.refresh();
  expect(b.kept.outage()).toBeNull();
  expect(b.kept.look("b")).toEqual({ value: "2" });
  expect(b.kept.version()).not.toBe(before);
});

it("a pause that the manager asks for is kept, also by loads that want new names", async () => {
  const b = bench();
  b.break(new CapstanError("rate-limited", "pause", { retryAfterMs: 30_000 }));
  await b.kept.ensure(["a"]);
  await b.clock.advance(29_000);
  await b.kept.refresh();
  await b.kept.ensure(["b"]);
  expect(b.asked).toHaveLength(1);
  b.break(null);
  await b.clock.advance(1_000);
  await b.kept.refresh();
  expect(b.asked.at(-1)).toEqual(["a", "b"]);
});

it("P11 one name that cannot be read any more keeps its last value and is told; absent ones are absent", async () => {
  const b = bench();
  b.values.set("a", "1");
  b.values.set("b", "2");
  await b.kept.ensure(["a", "b", "c"]);
  b.values.set("a", new CapstanError("forbidden", "Vault does not let this token read it"));
  b.values.set("c", new CapstanError("forbidden", "Vault does not let this token read it"));
  b.values.delete("b");
  await b.clock.advance(60_000);
  await b.kept.refresh();
  expect(b.kept.look("a")).toEqual({ value: "1" });
  expect(b.kept.look("b")).toBeNull();
  expect(b.kept.look("c")).toBeInstanceOf(CapstanError);
  expect(["vault:a", "vault:b", "vault:c"].map((name) => b.kept.outage()?.concerns(name))).toEqual([
    true,
    false,
    true,
  ]);
});

it("P11 a name that was only looked for during an outage is asked for when it ends", async () => {
  const b = bench();
  b.break(away);
  await b.kept.ensure(["a"]);
  expect(b.kept.look("b")).toBe(away);
  b.break(null);
  b.values.set("b", "2");
  await b.clock.advance(1_000);
  await b.kept.refresh();
  expect(b.kept.look("b")).toEqual({ value: "2" });
});
