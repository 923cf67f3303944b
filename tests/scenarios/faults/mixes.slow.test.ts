// Several faults at once, as a seed decides: the short set. `npm run test:long` has more seeds and stacks.
import { test } from "vitest";
import { mixedCourse } from "./course.ts";

for (const seed of [1, 2, 3]) {
  test.concurrent(`mix ${seed} of faults ends as Git says`, async () => {
    await mixedCourse({ stacks: 6, seed, faultMs: 150 });
  });
}
