import fc from "fast-check";
import { expect, test } from "vitest";
import { afterScan, noBelief, type Belief, type Seen } from "../../src/git/folder-belief.ts";

const settleMs = 2_000;

function seen(paths: string, atMs: number, version = ""): Seen {
  return { id: `${paths}${version}`, paths: new Set(paths), atMs };
}

function after(...scans: readonly Seen[]): Belief {
  return scans.reduce((belief, scan) => afterScan(belief, scan, settleMs), noBelief);
}

test("the first scan, a new file and a changed file are believed at once", () => {
  expect(after(seen("ab", 0)).believed?.id).toBe("ab");
  expect(after(seen("ab", 0), seen("abc", 1)).believed?.id).toBe("abc");
  expect(after(seen("ab", 0), seen("ab", 1, "2")).believed?.id).toBe("ab2");
});

test("a removal is believed after two equal scans that lie far enough apart", () => {
  const doubted = after(seen("ab", 0), seen("a", 10));
  expect(doubted.believed?.id).toBe("ab");
  expect(afterScan(doubted, seen("a", 100), settleMs).believed?.id).toBe("ab");
  expect(afterScan(doubted, seen("a", 2_010), settleMs).believed?.id).toBe("a");
  expect(
    afterScan(afterScan(doubted, seen("a", 100), settleMs), seen("a", 2_010), settleMs).believed
      ?.id,
  ).toBe("a");
});

test("a file that comes back, and a removal that goes on, begin anew", () => {
  expect(after(seen("abc", 0), seen("a", 10), seen("abc", 20))).toMatchObject({ doubted: null });
  const going = after(seen("abc", 0), seen("ab", 10), seen("a", 3_000));
  expect(going.believed?.id).toBe("abc");
  expect(afterScan(going, seen("a", 5_000), settleMs).believed?.id).toBe("a");
});

test("a file is only ever believed gone when the last two scans agreed on it", () => {
  const scans = fc.array(
    fc.tuple(fc.subarray(["a", "b", "c"]), fc.integer({ min: 0, max: 3_000 })),
  );
  fc.assert(
    fc.property(scans, (steps) => {
      let belief = noBelief;
      let atMs = 0;
      let previous: Seen | null = null;
      for (const [paths, waitMs] of steps) {
        atMs += waitMs;
        const scan = seen(paths.join(""), atMs);
        const before = belief.believed;
        belief = afterScan(belief, scan, settleMs);
        const lost = [...(before?.paths ?? [])].some((path) => !belief.believed?.paths.has(path));
        if (lost) expect(previous?.id).toBe(scan.id);
        previous = scan;
      }
    }),
  );
});
