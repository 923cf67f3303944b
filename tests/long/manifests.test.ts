// Law P4 by chance, at length: whatever bytes stand in a file, loading ends, and the files beside it are read.
import fc from "fast-check";
import { expect, test } from "vitest";
import { load, oneService } from "../manifest/support.ts";

const runs = Number(process.env.FUZZ_RUNS ?? "3000");
const good = oneService("", "good");
/** A bound against hanging, not a measure: such a file takes milliseconds. */
const longestMs = 20_000;

const piece = fc.constantFrom(
  ..."{ } [ ] : , - & * ! | > % @ ` \" ' # ? ~ \n \t &a *a <<: --- ... $( $$( ) ${{ }} null 0x1 !!binary".split(
    " ",
  ),
);
const repeated = fc
  .tuple(piece, fc.integer({ min: 1, max: 20_000 }))
  .map(([text, times]) => text.repeat(times));
const anyText = fc.oneof(
  fc.uint8Array({ maxLength: 4_000 }),
  fc
    .array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 300 })
    .map((all) => all.join("")),
  fc.array(repeated, { maxLength: 4 }).map((all) => all.join("\n")),
  fc
    .tuple(fc.nat(oneService("", "shop").length), fc.nat(20), fc.oneof(repeated, piece))
    .map(([at, cut, inserted]) => {
      const text = oneService("", "shop");
      return text.slice(0, at) + inserted + text.slice(at + cut);
    }),
);

test(`P4 ${runs} files of junk fail alone, in bounded time and memory`, () => {
  const before = process.memoryUsage().heapUsed;
  let longest = 0;
  fc.assert(
    fc.property(anyText, (text) => {
      const beganAt = performance.now();
      const desired = load({ "junk.yaml": text, "good.yaml": good });
      longest = Math.max(longest, performance.now() - beganAt);
      expect(desired.problems.length).toBeLessThanOrEqual(101);
      const others = desired.problems.filter(({ place }) => place.file !== "junk.yaml");
      // A mutated manifest may claim the name or the host of the good one: then both are told.
      if (others.length === 0) expect(desired.stacks.map(({ name }) => name)).toContain("good");
    }),
    { numRuns: runs },
  );
  process.stdout.write(`the longest took ${Math.round(longest)} ms\n`);
  expect(longest).toBeLessThan(longestMs);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(500_000_000);
});
