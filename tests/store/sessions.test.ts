import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SessionRecord } from "../../src/ports-sessions.ts";
import { openStore } from "../../src/store/store.ts";
import { useFolder } from "../support/folder.ts";
import { onEveryStore } from "./both.ts";

const folder = useFolder("capstan-store-");

function session(idHash: string, atMs: number, id = "oidc:ann"): SessionRecord {
  return {
    idHash,
    person: { id, name: "Ann", email: "ann@example.com", role: "deployer" },
    proof: "token:12ab",
    startedAtMs: atMs,
    expiresAtMs: atMs + 1_000,
  };
}

onEveryStore(({ open, end }) => {
  test("P6 a session is found after a restart, until it is removed", async () => {
    const first = await open();
    const ann = session("a", 1);
    const local = { ...session("b", 2), person: { ...ann.person, email: null } };
    first.saveSession(ann);
    first.saveSession(local);
    await end(first);
    const second = await open();
    expect(second.session("a")).toEqual(ann);
    expect(second.session("b")).toEqual(local);
    second.removeSession("a");
    second.removeSession("never there");
    expect(second.session("a")).toBeNull();
    expect(second.session("b")).toEqual(local);
    await end(second);
  });

  test("P7 sessions are bounded: expired ones go, then the oldest of all", async () => {
    const store = await open({ maxRows: 2 });
    store.saveSession(session("expired", 1, "oidc:1"));
    store.saveSession(session("a", 1_001, "oidc:2"));
    expect(store.session("expired")).toBeNull();
    store.saveSession(session("b", 1_002, "oidc:3"));
    store.saveSession(session("c", 1_003, "oidc:4"));
    expect(["a", "b", "c"].map((id) => store.session(id) === null)).toEqual([true, false, false]);
    await end(store);
  });

  test("P7 a person who signs in again and again pushes out only sessions of their own", async () => {
    const store = await open();
    store.saveSession(session("ben", 1, "oidc:ben"));
    for (let count = 0; count < 150; count++) store.saveSession(session(`ann-${count}`, 2 + count));
    const left = Array.from({ length: 150 }, (_, count) => store.session(`ann-${count}`) !== null);
    expect(left.filter(Boolean)).toHaveLength(100);
    expect(left.at(-1)).toBe(true);
    expect(store.session("ben")).not.toBeNull();
    await end(store);
  });
});

test("P6 deleting the state signs everybody out and harms nothing else", () => {
  const store = openStore(folder());
  store.saveSession(session("a", 1));
  rmSync(join(folder(), "store.sqlite"));
  expect(store.session("a")).toBeNull();
  store.saveSession(session("b", 2));
  expect(store.session("b")).not.toBeNull();
  store.close();
  expect(readFileSync(join(folder(), "store.sqlite")).length).toBeGreaterThan(0);
});
