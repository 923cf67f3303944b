// Law R4: what a list lacks is believed gone only when Dokploy itself says so.
import { expect, test } from "vitest";
import { createListTrust } from "../../../src/engine/drift/list-trust.ts";
import type { ObservedSnapshot } from "../../../src/model/observed.ts";
import { project } from "../../support/effects.ts";

const snapshot = (...ids: readonly string[]): ObservedSnapshot => ({
  takenAtMs: 1,
  projects: ids.map(project),
  swarm: null,
});

function beliefIn(
  listed: readonly string[],
  existing: readonly string[],
  known: () => readonly string[],
) {
  const asked: string[] = [];
  const trust = createListTrust({
    platform: {
      list: async () => snapshot(...listed),
      hasProject: async (id) => {
        asked.push(id);
        return existing.includes(id);
      },
    },
    known,
  });
  return { trust, asked };
}

test("R4 a list with all that is known, and more, is believed unasked", async () => {
  const { trust, asked } = beliefIn(["p1", "p2"], [], () => ["p1"]);
  expect((await trust.list()).projects).toHaveLength(2);
  expect(asked).toEqual([]);
});

test("R4 a list that lacks what exists is not believed", async () => {
  const { trust } = beliefIn(["p1"], ["p1", "p2"], () => ["p1", "p2"]);
  await expect(trust.list()).rejects.toMatchObject({ code: "unavailable" });
});

test("R4 an empty list of much that is gone is believed after three questions", async () => {
  const { trust, asked } = beliefIn([], [], () => ["p1", "p2", "p3", "p4", "p5"]);
  expect((await trust.list()).projects).toEqual([]);
  expect(asked).toEqual(["p1", "p2", "p3"]);
});

test("R4 what was made or deleted while the list was under way is no reason for doubt", async () => {
  let looks = 0;
  const { trust, asked } = beliefIn(["p1"], ["p1", "made"], () =>
    looks++ === 0 ? ["p1", "deleted"] : ["p1", "made"],
  );
  await trust.list();
  expect(asked).toEqual([]);
});
