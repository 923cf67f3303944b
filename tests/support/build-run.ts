// A run of a Git host's CI, as its adapter tells it.
import type { RunState, WorkflowRun } from "../../src/model/forge.ts";

export function buildRun(
  number: number,
  state: RunState,
  more: Partial<WorkflowRun> = {},
): WorkflowRun {
  return {
    id: String(number),
    number,
    title: `Change ${number}`,
    workflow: "build.yaml",
    branch: "main",
    headSha: String(number).padStart(7, "a").padEnd(40, "0"),
    state,
    url: `https://git.example.com/acme/shop/actions/runs/${number}`,
    startedAtMs: number * 1_000,
    ...more,
  };
}
