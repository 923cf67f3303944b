// Events of the process that leads, told in one that stands by.
import { expect, test } from "vitest";
import { createEventIds, createEventLog } from "../../../src/engine/events/events.ts";
import { createHistory } from "../../../src/engine/events/history.ts";
import { followOthers } from "../../../src/engine/events/others.ts";
import { silentLogger } from "../../../src/lib/logger.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import type { Event } from "../../../src/model/status.ts";
import { memoryStore } from "../../support/memory.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

function event(n: number, epoch = "other"): Event {
  return {
    ...{ id: `${epoch}-${n}`, atMs: n, kind: "note", level: "info", stack: null, revision: null },
    message: `event ${n}`,
  };
}

function standBy() {
  let changed = (): void => undefined;
  const store = {
    ...memoryStore(),
    onChanged(listener: () => void) {
      changed = listener;
      return () => undefined;
    },
  };
  const log = createEventLog(
    createVirtualClock(),
    silentLogger,
    createRedactor(),
    createEventIds(1_000),
  );
  const told: string[] = [];
  const own: string[] = [];
  log.listenToAll(({ message }) => told.push(message));
  log.listen(({ message }) => own.push(message));
  return { store, log, told, own, changed: () => changed() };
}

test("they are told once, in their order, and what was there before is history", () => {
  const { store, log, told, own, changed } = standBy();
  store.recordEvent(event(1));
  followOthers(store, log, () => undefined);
  changed();
  store.recordEvent(event(2));
  store.recordEvent(event(3));
  changed();
  changed();
  store.recordEvent(event(4));
  changed();
  expect(told).toEqual(["event 2", "event 3", "event 4"]);
  expect(own).toEqual([]);
  expect(log.all().map(({ id }) => id)).toEqual(["other-2", "other-3", "other-4"]);
});

test("what this process tells itself is not told again, and others' are not recorded as its own", () => {
  const { store, log, told, changed } = standBy();
  const redactor = createRedactor();
  const history = createHistory({ store, events: log, redactor });
  followOthers(store, log, () => undefined);
  store.recordEvent(event(1));
  changed();
  log.add({ kind: "note", level: "info", stack: null, revision: null, message: "mine" });
  history.begin();
  changed();
  expect(told).toEqual(["event 1", "mine"]);
  expect(store.events(10).map(({ message }) => message)).toEqual(["mine", "event 1"]);
});

test("what this process told is not told again when it fell out of memory", () => {
  const { store, log, told, changed } = standBy();
  const history = createHistory({ store, events: log, redactor: createRedactor() });
  history.begin();
  followOthers(store, log, () => undefined);
  const own = { level: "info", stack: null, revision: null } as const;
  log.add({ ...own, kind: "note", message: "mine" });
  // These are not recorded.
  for (let n = 0; n < 1_000; n++) log.add({ ...own, kind: "outcome", message: "as before" });
  store.recordEvent(event(1));
  changed();
  expect(told.filter((message) => message !== "as before")).toEqual(["mine", "event 1"]);
});
