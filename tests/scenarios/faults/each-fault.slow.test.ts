// Laws R3, W3, W7 and W9 under every fault of the simulator, alone: whatever goes wrong while stacks are made,
// changed, rolled out and removed, afterwards the server is as Git says, and nothing was done twice. Every
// third one here; tests/long has them all, with more stacks.
import { test } from "vitest";
import { faultCases } from "./cases.ts";
import { runCourse } from "./course.ts";

const seed = 7;

for (const fault of faultCases.filter((_, index) => index % 3 === 0)) {
  test.concurrent(
    `${fault.title} during creation, change, rollout and removal ends as Git says (seed ${seed})`,
    async () => {
      await runCourse({ stacks: 3, seed, faultMs: 200, fault: () => fault });
    },
  );
}
