// What is kept of a deployment: what writing it brought, when it is lost, and whose check tells of it.
import { describe, expect, test } from "vitest";
import {
  failedRecord,
  isLost,
  laterCheck,
  newRecord,
  writtenRecord,
} from "../../../src/engine/portal/deployment-record.ts";
import type { CheckReason, CheckRow } from "../../../src/model/checks.ts";

const person = { id: "token:zoe", name: "Zoe", role: "deployer", email: null } as const;
const asked = { name: "ada", template: "ai-stack", url: null, person };
const record = newRecord(asked, "dep_1", 1_000);

test("writing it brings a commit or a pull request, or neither when it was in Git before", () => {
  const committed = { kind: "committed", sha: "a1" } as const;
  expect(writtenRecord(record, committed as never, 2_000)).toMatchObject({
    writtenAtMs: 2_000,
    sha: "a1",
    review: null,
  });
  const review = { kind: "review", number: 7, url: "https://git.example.com/7" } as const;
  expect(writtenRecord(record, review as never, 2_000)).toMatchObject({
    sha: null,
    review: { number: 7, url: review.url },
  });
  expect(writtenRecord(record, null, 2_000)).toMatchObject({ sha: null, review: null });
});

test("a failure says why in one sentence", () => {
  expect(failedRecord(record, "It could not be written.", 9).end).toEqual({
    atMs: 9,
    status: "failed",
    error: { message: "It could not be written.", log: [] },
  });
});

describe("a deployment is lost", () => {
  const tenMinutes = 600_000;
  const inGit = (names: readonly string[], broken: readonly string[] = []) =>
    ({
      byName: new Map(names.map((name) => [name, {}])),
      manifests: { brokenStacks: new Set(broken) },
    }) as never;

  test("when its manifest is not in Git ten minutes later", () => {
    expect(isLost(record, inGit([]), 1_000 + tenMinutes - 1)).toBe(false);
    expect(isLost(record, inGit([]), 1_000 + tenMinutes)).toBe(true);
  });

  test("and not while it is there, broken or not, or Git was not read", () => {
    const later = 1_000 + tenMinutes;
    expect(isLost(record, inGit(["ada"]), later)).toBe(false);
    expect(isLost(record, inGit([], ["ada"]), later)).toBe(false);
    expect(isLost(record, null, later)).toBe(false);
  });

  test("and not while a review may take any time", () => {
    const reviewed = { ...record, review: { number: 7, url: "" } };
    expect(isLost(reviewed, inGit([]), 1_000 + tenMinutes)).toBe(false);
  });
});

describe("a check at another commit", () => {
  const check = (reason: CheckReason, atMs: number) => ({ reason, atMs }) as CheckRow;

  test("counts from when the manifest was written, or asked for", () => {
    expect(laterCheck(record, check("healthy", 999))).toBeNull();
    expect(laterCheck(record, check("healthy", 1_000))?.reason).toBe("healthy");
    const written = writtenRecord(record, null, 2_000);
    expect(laterCheck(written, check("healthy", 1_500))).toBeNull();
    expect(laterCheck(record, null)).toBeNull();
  });

  test.each(["removed", "kept", "left"] as const)(
    "that says %s is of an earlier life",
    (reason) => {
      expect(laterCheck(record, check(reason, 5_000))).toBeNull();
    },
  );
});
