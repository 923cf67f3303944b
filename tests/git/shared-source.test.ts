// One source for several engines: asked once for all, and never with an answer from before somebody's push.
import { expect, test } from "vitest";
import { shareSource } from "../../src/git/shared-source.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import type { Source } from "../../src/ports.ts";

/** A source whose answers come when the test lets them, and that says what was asked of it. */
function handSource() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  let newest = "a";
  let fails = false;
  const held = <T>(make: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      waiting.push(() => {
        if (fails) reject(new CapstanError("unavailable", "Git is away"));
        else resolve(make());
      });
    });
  const source: Source = {
    title: "by hand",
    latest() {
      asked.push("latest");
      const id = newest;
      return held(() => ({ id, title: "" }));
    },
    read(revision) {
      asked.push(`read ${revision.id}`);
      return held(() => ({ revision, files: [], unreadable: [] }));
    },
    keep: async (ids) => void asked.push(`keep ${[...ids].sort().join(" ")}`),
    watch: async () => async () => undefined,
    close: async () => void asked.push("close"),
  };
  return {
    ...{ source, asked },
    push: (id: string) => {
      newest = id;
    },
    fail: (now: boolean) => {
      fails = now;
    },
    /** Lets everything that was asked so far be answered. */
    async answer() {
      for (const go of waiting.splice(0)) go();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("those who ask together share an answer, and who asks after a push does not get the old one", async () => {
  const hand = handSource();
  const [one, two, three] = shareSource(hand.source, 3);
  const first = one?.latest();
  hand.push("b");
  const second = two?.latest();
  const third = three?.latest();
  await hand.answer();
  await hand.answer();
  expect((await first)?.id).toBe("a");
  expect([(await second)?.id, (await third)?.id]).toEqual(["b", "b"]);
  expect(hand.asked).toEqual(["latest", "latest"]);
});

test("a failure is each one's own answer, and the next one asks anew", async () => {
  const hand = handSource();
  const [one, two] = shareSource(hand.source, 2);
  hand.fail(true);
  const first = expect(one?.latest()).rejects.toThrow("Git is away");
  const second = expect(two?.latest()).rejects.toThrow("Git is away");
  await hand.answer();
  await hand.answer();
  await Promise.all([first, second]);
  hand.fail(false);
  const again = two?.latest();
  await hand.answer();
  expect((await again)?.id).toBe("a");
});

test("a revision is read once for all of them, and anew after a failure", async () => {
  const hand = handSource();
  const [one, two] = shareSource(hand.source, 2);
  const revision = { id: "a", title: "" };
  hand.fail(true);
  const failing = expect(one?.read(revision)).rejects.toThrow("Git is away");
  await hand.answer();
  await failing;
  hand.fail(false);
  if (one === undefined || two === undefined) throw new Error("there are two");
  const trees = [two.read(revision), one.read(revision)];
  await hand.answer();
  const [first, second] = await Promise.all(trees);
  expect(first).toBe(second);
  // Each has had it: whoever asks once more reads it anew.
  const more = one.read(revision);
  await hand.answer();
  await more;
  expect(hand.asked).toEqual(["read a", "read a", "read a"]);
});

test("what one keeps stays when another keeps less, and the last one closes it", async () => {
  const hand = handSource();
  const [one, two] = shareSource(hand.source, 2);
  await one?.keep(["a", "b"]);
  await two?.keep(["c"]);
  await one?.keep(["b"]);
  await one?.close();
  await one?.close();
  await two?.close();
  expect(hand.asked).toEqual(["keep a b", "keep a b c", "keep b c", "close"]);
});
