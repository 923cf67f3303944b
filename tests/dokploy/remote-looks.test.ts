// When other servers are asked, and how long anybody waits for one that does not answer.
import { expect, test } from "vitest";
import { createRemoteLooks } from "../../src/dokploy/remote-looks.ts";
import type { Swarm } from "../../src/model/observed.ts";
import { createVirtualClock, settled } from "../support/virtual-clock.ts";

/** Servers that answer when they are told to. */
function bench() {
  const clock = createVirtualClock();
  const asked: { readonly id: string; readonly answer: (swarm: Swarm | null) => void }[] = [];
  const looks = createRemoteLooks(
    {
      look: (id) =>
        new Promise((resolve) => {
          asked.push({ id, answer: resolve });
        }),
    },
    clock,
  );
  const see = (...ids: readonly string[]) => {
    const seen = { keys: null as readonly string[] | null };
    void looks.see(new Set(ids)).then((found) => {
      seen.keys = [...found.keys()];
    });
    return seen;
  };
  return { clock, asked, see };
}

const running: Swarm = new Map();

test("what answers is there, and nobody waits longer than ten seconds for the others", async () => {
  const { clock, asked, see } = bench();
  const seen = see("a", "b");
  await settled();
  expect(asked.map(({ id }) => id)).toEqual(["a", "b"]);
  asked[0]?.answer(running);
  await clock.advance(9_000);
  expect(seen.keys).toBeNull();
  await clock.advance(2_000);
  expect(seen.keys).toEqual(["a"]);
});

test("R8 two are asked at once, whatever their number", async () => {
  const { asked, see } = bench();
  const seen = see("a", "b", "c");
  await settled();
  expect(asked.map(({ id }) => id)).toEqual(["a", "b"]);
  asked[1]?.answer(running);
  await settled();
  expect(asked.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  asked[0]?.answer(null);
  asked[2]?.answer(running);
  await settled();
  expect(seen.keys).toEqual(["b", "c"]);
});

test("one that failed is asked again after a while only, and then hardly waited for", async () => {
  const { clock, asked, see } = bench();
  see("a");
  await settled();
  asked[0]?.answer(null);
  await settled();
  const soon = see("a");
  await settled();
  expect([soon.keys, asked.length]).toEqual([[], 1]);
  await clock.advance(6_000);
  const later = see("a");
  await clock.advance(2_500);
  expect([later.keys, asked.length]).toEqual([[], 2]);
  // Its answer comes too late for that one, and clears the way for the next.
  asked[1]?.answer(running);
  await settled();
  const well = see("a");
  await clock.advance(5_000);
  expect(well.keys).toBeNull();
  asked[2]?.answer(running);
  await settled();
  expect(well.keys).toEqual(["a"]);
});

test("a look that began before says nothing: another one follows it, and never two at once", async () => {
  const { asked, see } = bench();
  const first = see("a");
  await settled();
  const second = see("a");
  await settled();
  expect(asked).toHaveLength(1);
  asked[0]?.answer(running);
  await settled();
  expect(first.keys).toEqual(["a"]);
  expect([second.keys, asked.length]).toEqual([null, 2]);
  asked[1]?.answer(running);
  await settled();
  expect(second.keys).toEqual(["a"]);
});

test("one that always takes longer is not waited for in vain each time", async () => {
  const { clock, asked, see } = bench();
  see("a");
  await clock.advance(15_000);
  asked[0]?.answer(running);
  await settled();
  const next = see("a");
  await clock.advance(2_500);
  expect(next.keys).toEqual([]);
});
