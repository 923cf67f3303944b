// Three processes with one store, at work, and what must hold for them whatever happens: never two that write, no event
// lost, no check told twice.
import { expect } from "vitest";
import { watchEvents } from "./replica-events.ts";
import type { ToldEvent } from "./replica-events.ts";
import { stackFile, startReplicas, untilReady } from "./replicas.ts";
import type { Replica, Replicas } from "./replicas.ts";
import { until } from "./until.ts";

/** Of a process on its own affairs. */
const ownWords = /this one waits|this one stops writing|^waiting:/;

export interface Three {
  readonly world: Replicas;
  readonly holder: Replica;
  readonly others: readonly Replica[];
  /** Ends all. */
  readonly close: () => Promise<void>;
  /** A commit that changes the image of all stacks, and adds one. */
  readonly push: (image: string) => Promise<void>;
  /** All stacks are as the last commit says, and one of these says so. */
  readonly settled: (by: readonly Replica[]) => Promise<Replica>;
  /** What must hold whatever happened, at the end. */
  readonly check: (witness: Replica) => Promise<void>;
}

export async function startThree(serverUrl?: string): Promise<Three> {
  const world = await startReplicas(serverUrl === undefined ? {} : { serverUrl });
  const { repository, simulator, host, writes } = world;
  const names: string[] = [];
  let newest = "";

  async function push(image: string): Promise<void> {
    names.push(`s${names.length + 1}`);
    newest = image;
    await repository.push(
      Object.fromEntries(names.map((name) => [`stacks/${name}.yaml`, stackFile(name, image)])),
    );
  }
  const isWritten = (): boolean => {
    const images = [...simulator.state.applications.values()].map((one) => one.dockerImage);
    return images.length === names.length && images.every((image) => image === newest);
  };
  async function leader(among: readonly Replica[]): Promise<Replica | null> {
    const leads = await Promise.all(among.map((one) => one.leads()));
    return among[leads.indexOf(true)] ?? null;
  }
  async function settled(by: readonly Replica[]): Promise<Replica> {
    await until("all is written", isWritten, 90_000);
    const last = names.at(-1) ?? "";
    return until(
      "one that leads says that all is ready",
      async () => {
        const one = await leader(by);
        const stack = await one?.get(`/api/v1/stacks/${last}`);
        return stack?.ready === true ? one : null;
      },
      90_000,
    );
  }

  await push("nginx:1");
  const holder = await world.start("a");
  await untilReady(holder, "s1");
  const others = [await world.start("b"), await world.start("c")];
  const watched = await Promise.all(others.map((one) => watchEvents(one)));
  await until("they stand by", async () => (await leader(others)) === null);

  async function check(witness: Replica): Promise<void> {
    // Nobody wrote but who had the lease at that moment.
    expect(writes.trespasses).toEqual([]);
    expect(writes.count()).toBeGreaterThan(0);
    // Each stack was made once, and each of its images deployed once.
    expect(simulator.state.projects.size).toBe(names.length);
    expect(simulator.state.applications.size).toBe(names.length);
    const tags = [...simulator.state.tags.values()].filter(({ name }) =>
      name.startsWith("capstan"),
    );
    expect(tags).toHaveLength(1);
    // What somebody who watched saw happen is in the history. That a process waits is its own affair, and how runs ended
    // is recorded where it was news.
    const seen = watched.flatMap(({ messages }) =>
      messages.filter(({ kind, message }) => kind !== "outcome" && !ownWords.test(message)),
    );
    let missing: readonly ToldEvent[] = seen;
    await until(
      "all that was seen is recorded",
      async () => {
        const kept = await allEvents(witness);
        missing = seen.filter(({ id }) => !kept.has(id));
        return missing.length === 0;
      },
      15_000,
    ).catch(() => undefined);
    expect(missing).toEqual([]);
    for (const { messages } of watched) {
      const ids = messages.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)]);
    }
    // Every commit has an end, and nothing was said of it twice in a row.
    const sha = await repository.head();
    await until("the newest commit is told to be well", () =>
      host.statuses.some(
        (one) => one.sha === sha && one.state === "success" && one.context.endsWith("/reconcile"),
      ),
    );
    const last = new Map<string, string>();
    const repeated: string[] = [];
    for (const { sha: of, context, state, description } of host.statuses) {
      const key = `${of} ${context}`;
      const said = `${state} ${description}`;
      if (last.get(key) === said) repeated.push(`${key}: ${said}`);
      last.set(key, said);
    }
    const all = host.statuses.map(
      (one) => `${one.sha} ${one.context}: ${one.state} ${one.description}`,
    );
    expect(repeated, all.join("\n")).toEqual([]);
  }
  return {
    ...{ world, holder, others, push, settled, check },
    async close() {
      for (const one of watched) one.leave();
      await world.close();
    },
  };
}

/** Ids of all that is recorded, page by page. */
async function allEvents(one: Replica): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let before = ""; ;) {
    const page = await one.get(
      `/api/v1/events?limit=500${before === "" ? "" : `&before=${before}`}`,
    );
    for (const { id } of (page?.events ?? []) as { readonly id: string }[]) ids.add(id);
    if (typeof page?.older !== "string") return ids;
    before = page.older;
  }
}
