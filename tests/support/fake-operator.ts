// What people ask of an engine, written down instead of done.
import type { Operator } from "../../src/engine/engine.ts";
import type { StackFacts } from "../../src/engine/reader/stack-facts.ts";

export function fakeOperator(asked: string[]): Operator & StackFacts {
  return {
    reconcile: (stack, by) => void asked.push(`reconcile ${stack} by ${by}`),
    async reconcileAll(stacks, by) {
      asked.push(`reconcile ${stacks?.join(",") ?? "all"} by ${by}`);
      return { revision: "abc", stacks: stacks ?? ["shop"], problems: [] };
    },
    isBusy: () => false,
    redeploy(stack, service, by) {
      asked.push(`redeploy ${stack} ${service ?? "all"} by ${by}`);
      return ["app/web"];
    },
    suspend: (stack, by) => void asked.push(`suspend ${stack} by ${by}`),
    resume(stack, by) {
      asked.push(`resume ${stack} by ${by}`);
      return true;
    },
    suspension: () => null,
    async approvePrune(digest, by) {
      asked.push(`approve ${digest} by ${by}`);
      return ["shop"];
    },
    held: () => null,
    async logs(stack, service, lines) {
      asked.push(`logs ${stack} ${service ?? "all"} ${lines}`);
      return [{ service: "app/web", lines: ["one", "two"] }];
    },
    async containers(stack) {
      asked.push(`containers ${stack}`);
      const failed = { state: "failed", error: "exit 1", ageMs: 4_000, failed: true };
      return [{ service: "app/web", containers: [failed] }];
    },
    jobs: async () => [],
    services: () => [],
    deploys: () => [],
    tree: () => null,
    changedIn: () => null,
    healthyAt: () => null,
    timelines: () => [],
  };
}
