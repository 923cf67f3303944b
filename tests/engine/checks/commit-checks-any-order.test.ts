// What commits are told when anything happens in any order.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Outcome } from "../../../src/model/status.ts";
import {
  converged,
  creates,
  failed,
  judged,
  loadedOf,
  open,
  progressing,
  shaOf,
} from "./commit-fixture.ts";

const stackName = fc.constantFrom("ant", "bee", "cat");
const outcomes = fc.constantFrom<Outcome>(
  converged,
  progressing,
  failed,
  { kind: "degraded", message: "given up" },
  { kind: "waiting", reason: "window", message: "closed", afterMs: null },
  { kind: "waiting", reason: "approval", message: "approve it", afterMs: null },
);
const push = fc.record({ do: fc.constant("push" as const), touched: fc.uniqueArray(stackName) });
const end = fc.record({
  do: fc.constant("end" as const),
  stack: stackName,
  outcome: outcomes,
  late: fc.boolean(),
});
const steps = fc.array(fc.oneof(push, end), { maxLength: 30 });

test("P1 whatever happens in which order, no state is told twice in a row and all ends once runs end", () => {
  fc.assert(
    fc.property(steps, (happened) => {
      const { checks, told } = open();
      const names = ["ant", "bee", "cat"];
      let newest = 1;
      checks.loaded(loadedOf(newest, names), names);
      for (const step of happened) {
        if (step.do === "push") {
          newest += 1;
          checks.seen(shaOf(newest));
          checks.loaded(loadedOf(newest, names), [...step.touched].sort());
        } else {
          const sequence = step.late ? Math.max(1, newest - 1) : newest;
          checks.ended(step.stack, judged(sequence, step.outcome), creates);
        }
      }
      for (const name of names) checks.ended(name, judged(newest, converged), null);
      for (const [key, states] of told) {
        expect(states.at(-1)?.state, key).not.toBe("pending");
        states.forEach((one, index) => {
          const next = states[index + 1];
          if (next !== undefined && one.state === "pending") expect(next.state).not.toBe("pending");
        });
      }
    }),
  );
});
