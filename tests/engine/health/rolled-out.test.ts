// Which services of a stack are judged at all: those that run as their markers ask, as far as anybody knows.
import { beforeEach, expect, test } from "vitest";
import { rolledOut } from "../../../src/engine/health/rolled-out.ts";
import { describe as describing, parseMarker } from "../../../src/model/marker.ts";
import type { Marker } from "../../../src/model/marker.ts";
import type { Verdict } from "../../../src/plan/input.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import { webStack } from "../../support/web-stack.ts";
import { allServices, emptyWorld, instance } from "../../support/model-state.ts";
import type { ModelState } from "../../support/model-state.ts";
import { converge } from "../../support/model-world.ts";

const desired = webStack();
let state: ModelState;
beforeEach(() => {
  state = emptyWorld();
  converge(state, desired);
});

const marker = (): Marker => parseMarker(allServices(state)[0]!.description)!;
function mark(more: Partial<Marker>): void {
  const service = allServices(state)[0]!;
  Object.assign(service, { description: describing("", { ...marker(), ...more }) });
}
function keys(verdict: Verdict | null = null): readonly string[] {
  const view = { ownership: indexOwnership(instance, state.projects) };
  const verdicts = verdict === null ? null : { verdict: () => verdict };
  return rolledOut(desired, view, verdicts).map(({ service }) => service.key);
}

test("one whose marker says that it ran is judged", () => {
  expect(keys()).toEqual(["app/web"]);
});

test("one whose rollout has not ended is not, and neither is one that was never asked for", () => {
  mark({ done: null });
  expect(keys()).toEqual([]);
  mark({ want: null, done: null });
  expect(keys()).toEqual([]);
});

test("one that was seen healthy is, though its marker does not say so yet", () => {
  const want = marker().want!;
  mark({ done: null });
  expect(keys({ kind: "healthy", want })).toEqual(["app/web"]);
  expect(keys({ kind: "healthy", want: { ...want, attempt: want.attempt + 1 } })).toEqual([]);
  expect(keys({ kind: "failed", want, reason: "it crashed" })).toEqual([]);
});

test("one of another stack is not", () => {
  mark({ owner: `${instance}/other` });
  expect(keys()).toEqual([]);
});
