import { expect, test } from "vitest";
import { toldSource } from "../../../src/engine/state/told-source.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { Revision, SourceTree } from "../../../src/ports.ts";
import type { Signal } from "../../../src/ports-telemetry.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

const revision: Revision = { id: "a".repeat(40), title: "main" };
const tree: SourceTree = { revision, files: [], unreadable: [] };

test("looks and reads are told with how they ended, and their answers pass through", async () => {
  const told: Signal[] = [];
  let fails = false;
  const source = toldSource(
    {
      latest: async () => {
        if (fails) throw new CapstanError("unavailable", "nobody answers");
        return revision;
      },
      read: async () => tree,
    },
    createVirtualClock(),
    (signal) => void told.push(signal),
  );
  expect(await source.latest()).toBe(revision);
  expect(await source.read(revision)).toBe(tree);
  fails = true;
  await expect(source.latest()).rejects.toThrow("nobody answers");
  expect(told).toMatchObject([
    { kind: "git-fetch", revision: null, outcome: "ok" },
    { kind: "git-fetch", revision: revision.id, outcome: "ok" },
    { kind: "git-fetch", revision: null, outcome: "unavailable" },
  ]);
});
