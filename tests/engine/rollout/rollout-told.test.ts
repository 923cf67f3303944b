// What is told of a rollout whose containers start and end every few seconds.
import { expect, test } from "vitest";
import { fallsText, moveTo, newItem } from "../../../src/engine/rollout/rollout-item.ts";
import { webStack } from "../../support/web-stack.ts";

const [desired] = webStack().services;

function item() {
  return newItem({
    stack: "shop",
    serviceId: "a1",
    appName: "shop-web",
    desired: desired!,
    want: { hash: "aaaaaaaaaaaa", attempt: 1 },
    reason: "test",
  });
}

test("a crash loop tells each of its states once, what changes, and a count at the end", () => {
  const one = item();
  const seen = (phase: "starting" | "settling", message: string): boolean =>
    moveTo(one, { ...one.state, phase, message });
  const told = Array.from({ length: 10 }, () => [
    seen("starting", "0 of 1 replicas are running"),
    seen("settling", "running"),
  ]).flat();
  expect(told).toEqual([true, true, ...Array.from({ length: 18 }, () => false)]);
  expect(seen("starting", "0 of 1 replicas are running (no space left on device)")).toBe(true);
  expect(fallsText(one)).toBe(" (its containers were seen to end 10 times)");
});

test("one whose containers stay up has no count", () => {
  expect(fallsText(item())).toBe("");
});
