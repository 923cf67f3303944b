// A repository whose pull requests cannot be read: told once, put off longer each time, and told again when that is over.
import { expect, test } from "vitest";
import { createUnreadRepository } from "../../../src/engine/checks/unread-repository.ts";
import { CapstanError } from "../../../src/lib/errors.ts";

test("is told when it begins, when it is another thing and when it is over", () => {
  const told: (string | null)[] = [];
  let nowMs = 0;
  const unread = createUnreadRepository({ now: () => nowMs }, (error) => told.push(error));
  unread.done();
  expect(unread.isPutOff()).toBe(false);
  const gone = new CapstanError("not-found", "no such repository", {
    hint: "set FORGE_REPOSITORY",
  });
  const waits = [60_000, 120_000, 240_000, 480_000, 900_000, 900_000];
  for (const waitMs of waits) {
    unread.failed(gone);
    nowMs += waitMs - 1;
    expect(unread.isPutOff()).toBe(true);
    nowMs += 1;
    expect(unread.isPutOff()).toBe(false);
  }
  expect(told).toEqual([
    "no such repository (FORGE_TOKEN's account may not see it, or it is another host's that a provider of Dokploy reads: let it read there)",
  ]);
  unread.failed(new CapstanError("unavailable", "no answer", { hint: "is it running?" }));
  unread.done();
  unread.done();
  expect(told.slice(1)).toEqual(["no answer (is it running?)", null]);
  expect(unread.isPutOff()).toBe(false);
});
