// By which texts a process knows its own tag, and what it says in them.
import { expect, test } from "vitest";
import { createOwnTexts } from "../../src/dokploy/lease/own-texts.ts";
import { parseLeaseText } from "../../src/model/lease-text.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";

const clock = createVirtualClock(Date.parse("2026-01-01T00:00:00Z"));
function textsOf(writer: string, memory: { texts: readonly string[] } = { texts: [] }) {
  return createOwnTexts(clock, {
    ...{ ttlMs: 60_000, by: "capstan run", host: "host-a", pid: 1, version: "1", writer },
    memory: {
      earlier: () => memory.texts,
      save: (texts) => {
        memory.texts = texts;
      },
    },
  });
}

test("a text is remembered before anybody can see it, and no two are equal", () => {
  const memory = { texts: [] as readonly string[] };
  const texts = textsOf("one", memory);
  const written = [texts.held(false), texts.held(true), texts.free()];
  expect(memory.texts).toEqual(written);
  expect(new Set(written).size).toBe(3);
});

test("since when it is held stays the same in renewals, and how long it lasts does not", async () => {
  const texts = textsOf("one");
  texts.held(false);
  await clock.advance(10_000);
  expect(parseLeaseText(texts.held(true))).toMatchObject({
    since: "2026-01-01T00:00:00Z",
    until: "2026-01-01T00:01:10Z",
  });
  expect(parseLeaseText(texts.held(false))).toMatchObject({ since: "2026-01-01T00:00:10Z" });
});

test("an earlier process's texts are own once they were recalled, and only those of this memory", () => {
  const memory = { texts: [] as readonly string[] };
  const before = textsOf("before", memory).held(false);
  const texts = textsOf("after", memory);
  expect(texts.isOwn(before)).toBe(false);
  texts.recall();
  texts.held(false);
  expect(texts.isOwn(before)).toBe(true);
  expect(texts.isOwn(textsOf("another").held(false))).toBe(false);
});

test("a broken lease is nobody's own, and is not remembered", () => {
  const memory = { texts: [] as readonly string[] };
  const texts = textsOf("one", memory);
  expect(texts.isOwn(texts.broken())).toBe(false);
  expect(texts.isOwn("red")).toBe(false);
  expect(memory.texts).toEqual([]);
});
