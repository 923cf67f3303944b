import { expect, test } from "vitest";
import { inTimeOrder, withoutTimes } from "../../../src/engine/rollout/job-output.ts";

test("what went to both outputs is in the order in which it was printed", () => {
  // Measured: `docker service logs` had the second before the first.
  const lines = [
    "2026-11-29T07:14:52.757651390Z ending with 0",
    "2026-11-29T07:14:52.751835430Z step one",
  ];
  expect(withoutTimes(inTimeOrder(lines))).toEqual(["step one", "ending with 0"]);
});

test("lines without times stay as they are", () => {
  expect(inTimeOrder(["b", "2026-11-29T07:14:52Z a"])).toEqual(["b", "2026-11-29T07:14:52Z a"]);
});
