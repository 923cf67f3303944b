import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isCapstanError, type CapstanError } from "../../src/lib/errors.ts";
import type { Store } from "../../src/ports-store.ts";
import { useStores } from "./stores.ts";

const { stateDir, open, warnings } = useStores();
const file = (): string => join(stateDir(), "store.sqlite");

function fill(store: Store): void {
  store.saveIntent({ resource: "project alice", atMs: 2 });
  store.saveIntent({ resource: "app/web of bob", atMs: 1 });
  store.saveKnownProject("alice", "p1");
}

function all(store: Store): unknown {
  return { intents: store.intents(), projects: Object.fromEntries(store.knownProjects()) };
}

const full = {
  intents: [
    { resource: "app/web of bob", atMs: 1 },
    { resource: "project alice", atMs: 2 },
  ],
  projects: { alice: "p1" },
};
const empty = { intents: [], projects: {} };

function failure(run: () => unknown): CapstanError {
  try {
    run();
  } catch (error) {
    if (isCapstanError(error)) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("keeping", () => {
  test("what was saved is there after a restart, in a folder that is made", () => {
    const directory = join(stateDir(), "new", "state");
    const store = open({ directory });
    expect(all(store)).toEqual(empty);
    fill(store);
    store.close();
    store.close();
    expect(all(open({ directory }))).toEqual(full);
  });

  test("what was saved is there after a kill: nothing waits for closing", () => {
    fill(open());
    expect(all(open())).toEqual(full);
  });

  test("saving again replaces, removing may be repeated", () => {
    const store = open();
    fill(store);
    store.saveIntent({ resource: "project alice", atMs: 0 });
    store.saveKnownProject("alice", "p2");
    store.removeIntent("app/web of bob");
    store.removeIntent("app/web of bob");
    expect(all(store)).toEqual({
      intents: [{ resource: "project alice", atMs: 0 }],
      projects: { alice: "p2" },
    });
    store.removeKnownProject("alice");
    store.removeKnownProject("alice");
    expect(store.knownProjects().size).toBe(0);
  });

  test("P7 tables are bounded: the oldest rows go first", () => {
    const store = open({ maxRows: 3 });
    for (let i = 1; i <= 5; i++) {
      store.saveIntent({ resource: `r${i}`, atMs: 100 - i });
      store.saveKnownProject(`s${i}`, `p${i}`);
    }
    expect(store.intents().map(({ resource }) => resource)).toEqual(["r3", "r2", "r1"]);
    expect([...store.knownProjects().keys()]).toEqual(["s3", "s4", "s5"]);
  });

  test("two that are open at the same time see each other's rows", () => {
    const [one, two] = [open(), open()];
    fill(one);
    expect(all(two)).toEqual(full);
    two.removeIntent("project alice");
    expect(one.intents()).toHaveLength(1);
  });

  test("names with quotes and any characters are kept as they are", () => {
    const store = open();
    const stack = `a'b"c; DROP TABLE intents; -- ä\n`;
    store.saveKnownProject(stack, stack);
    expect(store.knownProjects().get(stack)).toBe(stack);
  });
});

describe("the store may be deleted at any time without harm", () => {
  test("between two runs", () => {
    const store = open();
    fill(store);
    store.close();
    rmSync(stateDir(), { recursive: true });
    expect(all(open())).toEqual(empty);
    expect(warnings()).toEqual([]);
  });

  const deletions: Record<string, () => void> = {
    "the folder": () => {
      rmSync(stateDir(), { recursive: true });
    },
    "the file alone": () => {
      rmSync(file());
    },
    "file and log": () => {
      for (const end of ["", "-wal", "-shm"]) rmSync(file() + end);
    },
    "moved away": () => {
      renameSync(file(), `${file()}.backup`);
    },
  };
  for (const [name, remove] of Object.entries(deletions)) {
    test(`while it is open: ${name}`, () => {
      const store = open();
      fill(store);
      remove();
      store.saveKnownProject("carl", "p3");
      // What this process still knew is carried over.
      const expected = { ...full, projects: { alice: "p1", carl: "p3" } };
      expect(all(store)).toEqual(expected);
      expect(all(open())).toEqual(expected);
      expect(warnings()).toEqual(["store deleted, beginning a new one"]);
      store.close();
      expect(all(open())).toEqual(expected);
    });
  }

  test("and what the log of a deleted file holds is not played into the new one", () => {
    fill(open());
    rmSync(file());
    expect(all(open())).toEqual(empty);
  });

  test("while two have it open", () => {
    const [one, two] = [open(), open()];
    fill(one);
    rmSync(stateDir(), { recursive: true });
    one.saveKnownProject("carl", "p3");
    expect(two.knownProjects().get("carl")).toBe("p3");
    two.saveKnownProject("dora", "p4");
    expect(one.knownProjects().get("dora")).toBe("p4");
  });

  test("and where no new one can be begun for a while, it works again afterwards", () => {
    const directory = join(stateDir(), "state");
    const store = open({ directory });
    fill(store);
    rmSync(directory, { recursive: true });
    writeFileSync(directory, "");
    expect(failure(() => store.intents()).code).toBe("invalid");
    expect(failure(() => store.intents()).code).toBe("invalid");
    rmSync(directory);
    fill(store);
    expect(all(store)).toEqual(full);
  });

  test("reading a deleted one works too", () => {
    const store = open();
    fill(store);
    rmSync(stateDir(), { recursive: true });
    expect(all(store)).toEqual(full);
  });
});

describe("a damaged file", () => {
  const damages: Record<string, (content: Buffer) => Buffer> = {
    "is no database": () => Buffer.from("no database ".repeat(1_000)),
    "was cut off": (content) => content.subarray(0, content.length / 2),
    "has a page of nonsense": (content) => {
      const copy = Buffer.from(content);
      return copy.fill(0x5a, 4_096, 8_192);
    },
    "has lost a table": () => {
      const other = join(stateDir(), "other.sqlite");
      const db = new DatabaseSync(other);
      db.exec("PRAGMA user_version = 1");
      db.close();
      return readFileSync(other);
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(`that ${name} is moved aside, with a warning, and a new one begun`, () => {
      const store = open();
      fill(store);
      store.close();
      writeFileSync(file(), damage(readFileSync(file())));
      const again = open();
      expect(all(again)).toEqual(empty);
      fill(again);
      again.close();
      expect(all(open())).toEqual(full);
      expect(warnings()).toEqual(["store cannot be used, beginning a new one"]);
      expect(readdirSync(stateDir()).filter((entry) => entry.includes("unusable"))).toHaveLength(1);
    });
  }

  test("that gets damaged while it is open is replaced as well", () => {
    const store = open();
    fill(store);
    truncateSync(`${file()}-wal`, 0);
    writeFileSync(file(), "no database ".repeat(1_000));
    const fresh = open();
    fill(fresh);
    store.saveKnownProject("carl", "p3");
    expect(store.knownProjects().get("carl")).toBe("p3");
    expect(open().knownProjects().get("carl")).toBe("p3");
  });

  test("an empty file is begun anew without a word", () => {
    writeFileSync(file(), "");
    fill(open());
    expect(all(open())).toEqual(full);
    expect(warnings()).toEqual([]);
  });

  test("one that a newer version made is moved aside", () => {
    open().close();
    const db = new DatabaseSync(file());
    db.exec("PRAGMA user_version = 99");
    db.close();
    const store = open();
    fill(store);
    expect(all(store)).toEqual(full);
    expect(warnings()).toHaveLength(1);
  });
});

describe("a state folder that cannot be used", () => {
  test("is told, with what to do: a file in its place, a place that takes no files, a folder as store", () => {
    writeFileSync(join(stateDir(), "file"), "");
    const inPlace = failure(() => open({ directory: join(stateDir(), "file") }));
    expect(inPlace).toMatchObject({
      code: "invalid",
      message: `STATE_DIR ${join(stateDir(), "file")} is not a folder`,
      hint: "set STATE_DIR to a folder on a local disk that the user Capstan runs as may write",
    });
    expect(failure(() => open({ directory: join(stateDir(), "file", "below") })).code).toBe(
      "invalid",
    );
    expect(failure(() => open({ directory: "/proc" })).code).toBe("forbidden");
    mkdirSync(file());
    expect(failure(() => open()).code).toBe("forbidden");
  });

  test("a closed store says so", () => {
    const store = open();
    store.close();
    expect(failure(() => store.intents()).code).toBe("cancelled");
  });
});
