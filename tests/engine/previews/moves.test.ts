// What pushes, labels and words make of what is remembered of a pull request, and whose turn it is then.
import { expect, test } from "vitest";
import { whenAsked, whenRead } from "../../../src/engine/previews/moves.ts";
import { isWanted } from "../../../src/engine/previews/record.ts";
import type { PullRecord } from "../../../src/engine/previews/record.ts";
import { candidatesOf, createTurns } from "../../../src/engine/previews/turns.ts";
import type { PullRequest } from "../../../src/model/forge.ts";

const pull = (more: Partial<PullRequest> = {}): PullRequest => ({
  ...{ number: 7, title: "t", url: "https://git.example.com/7", state: "open", headSha: "a" },
  ...{ headRef: "refs/pull/7/head", headBranch: "b", baseBranch: "main", fromFork: false },
  ...{ author: "bob", labels: ["preview"] },
  ...more,
});
const seen = { touched: ["shop"], trouble: null };
const read = (of: PullRequest, before?: PullRecord, nowMs = 100): PullRecord | null =>
  whenRead(of, seen, before, nowMs).record;
const spec = { label: "preview", ttlMs: 1_000, limit: 1, secrets: {} };

test("its time begins again with a push and with a word, and with nothing else", () => {
  const first = read(pull());
  expect(first).toMatchObject({ sinceMs: 100, movedMs: 100, touched: ["shop"] });
  const labelled = read(pull({ labels: ["preview", "bug"] }), first!, 200);
  expect(labelled).toMatchObject({ movedMs: 100, labels: ["preview", "bug"] });
  expect(read(pull({ headSha: "b" }), first!, 300)).toMatchObject({ movedMs: 300, headSha: "b" });
  expect(whenAsked(pull(), "maria", first!, 400)).toMatchObject({ movedMs: 400, sinceMs: 100 });
});

test("nothing is remembered of one without labels that nobody asked for", () => {
  expect(whenRead(pull({ labels: [] }), seen, undefined, 1)).toEqual({
    record: null,
    usable: false,
  });
});

test("a merge result that cannot be used changes only why", () => {
  const first = read(pull())!;
  const trouble = "it conflicts with main";
  const next = whenRead(pull({ headSha: "b" }), { touched: [], trouble }, first, 300);
  expect(next.usable).toBe(false);
  expect(next.record).toEqual({ ...first, trouble });
  expect(whenRead(pull(), { touched: [], trouble }, undefined, 300).record).toBeNull();
});

test("a fork's is wanted by a word for exactly its commit, never by its label", () => {
  const fork = pull({ fromFork: true });
  const labelled = read(fork)!;
  expect(isWanted(labelled, "preview")).toBe(false);
  const asked = whenAsked(fork, "maria", labelled, 200);
  expect(isWanted(asked, "preview")).toBe(true);
  const pushed = whenRead(pull({ fromFork: true, headSha: "b" }), seen, asked, 300);
  expect(pushed.usable).toBe(false);
  expect(pushed.record).toMatchObject({ headSha: "a", movedMs: 200 });
  expect(pushed.record?.trouble).toContain("nobody with write access");
  // What somebody asked for at another commit is no word for this one.
  expect(isWanted({ ...asked, headSha: "c" }, "preview")).toBe(false);
});

test("those that are up keep their places, and the others come in the order in which they asked", () => {
  const at = (number: number, sinceMs: number, isUp = false): PullRecord => ({
    ...read(pull({ number }))!,
    sinceMs,
    up: isUp ? [{ stack: "shop", untilMs: 1 }] : [],
  });
  const records = [at(1, 30), at(2, 20), at(3, 40, true)];
  const order = candidatesOf(records, () => spec);
  expect(order.map(({ record }) => record.pull)).toEqual([3, 2, 1]);
  const turns = createTurns(10);
  expect(turns.waits(order[0]!)).toBeNull();
  turns.take(order[0]!);
  expect(turns.waits(order[1]!)).toBe("it waits: 1 of 1 previews of shop are up (#3)");
  expect(createTurns(0).waits(order[0]!)).toContain("PREVIEW_LIMIT");
});

test("who reads the pull request of an application is told of no other repository's", () => {
  const of = (number: number, repository: string | null): PullRecord =>
    whenRead({ ...pull({ number }), repository }, seen, undefined, number).record!;
  const records = [of(1, null), of(2, "acme/web"), of(3, "acme/secret"), of(4, "Acme/web")];
  const [own, web, secret, later] = candidatesOf(records, () => ({ ...spec, limit: 9 }));
  const waiting = (taken: readonly unknown[], limit: number) => {
    const turns = createTurns(limit);
    for (const one of taken) turns.take(one as NonNullable<typeof own>);
    return turns;
  };
  const words = (list: string): string =>
    `it waits: 3 of 3 previews are up${list}; PREVIEW_LIMIT says how many may be`;
  expect(waiting([own, web, secret], 3).waits(later!)).toBe(words(" (acme/web#2)"));
  expect(waiting([own, web, later], 3).waits(secret!)).toBe(words(""));
  expect(waiting([web, secret, later], 3).waits(own!)).toBe(
    words(" (acme/web#2, acme/secret#3, Acme/web#4)"),
  );
});
