// Several processes with one store in PostgreSQL: each answers, and one writes.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { postgresPrograms } from "../support/postgres.ts";
import { watchEvents } from "../support/replica-events.ts";
import { stackFile, startReplicas, untilReady } from "../support/replicas.ts";
import type { Replica, Replicas } from "../support/replicas.ts";
import { until } from "../support/until.ts";

let world: Replicas;

describe.skipIf(postgresPrograms === null)("a stand-by", () => {
  beforeEach(async () => {
    world = await startReplicas();
  });
  afterEach(() => world.close());

  test("W12 shows what the one that leads does, as it happens", async () => {
    const { repository, simulator } = world;
    await repository.push({ "stacks/shop.yaml": stackFile("shop", "nginx:1") });
    const holder = await world.start("a");
    await untilReady(holder, "shop");
    const other = await world.start("b");
    await until("it stands by", async () => (await other.leads()) === false);
    await untilReady(other, "shop");
    // It reads Git and the server for itself, and may know what the other one says before it has.
    const readyz = `${await other.address()}/readyz`;
    await until("it is ready to serve", async () => (await fetch(readyz)).status === 200);
    const watched = await watchEvents(other);
    await repository.push({ "stacks/blog.yaml": stackFile("blog", "nginx:1") });
    await untilReady(other, "blog");
    const isOf = (stack: string) => (one: { readonly message: string; readonly kind: string }) =>
      one.kind === "action" && one.message.includes(stack);
    await until("it tells of it", () => watched.messages.some(isOf("blog")));
    watched.leave();
    const eventsOf = async (one: Replica): Promise<readonly unknown[]> => {
      const answer = await one.get("/api/v1/events?kind=action&limit=50");
      return ((answer?.events ?? []) as { readonly id: string }[]).map(({ id }) => id);
    };
    await until("both tell the same", async () => {
      const [one, two] = [await eventsOf(holder), await eventsOf(other)];
      return one.length > 0 && JSON.stringify(one) === JSON.stringify(two);
    });
    const { history } = (await other.get("/api/v1/stacks/blog")) ?? {};
    expect(history).not.toEqual([]);
    expect(simulator.state.applications.size).toBe(2);
    expect(other.err()).not.toMatch(/"level":"error"/);
  });

  test("W12 hands on what it is asked to change, and answers as the one that leads does", async () => {
    const { repository } = world;
    await repository.push({ "stacks/shop.yaml": stackFile("shop", "nginx:1") });
    const holder = await world.start("a");
    await untilReady(holder, "shop");
    const other = await world.start("b");
    await until("it stands by", async () => (await other.leads()) === false);
    expect(await other.post("/api/v1/stacks/shop/suspend")).toMatchObject({
      status: 202,
      json: { stack: "shop", by: "ops" },
    });
    await until("both say that it is suspended", async () => {
      const all = await Promise.all([holder, other].map((one) => one.get("/api/v1/stacks/shop")));
      return all.every((stack) => JSON.stringify(stack).includes("ops suspended it"));
    });
    expect(await other.post("/api/v1/stacks/nothing/suspend")).toMatchObject({
      status: 404,
      json: { title: expect.any(String) as string },
    });
    expect((await other.post("/api/v1/stacks/shop/resume")).status).toBe(202);
    expect((await other.post("/api/v1/stacks/shop/redeploy")).status).toBe(202);
    await until("it was deployed again, and both say for whom", async () => {
      const all = await Promise.all([holder, other].map((one) => one.get("/api/v1/stacks/shop")));
      return all.every((stack) => JSON.stringify(stack?.history).includes("for a redeploy"));
    });
    expect(await world.database.query("SELECT * FROM capstan_orders")).toEqual([]);
  });

  test("W12 says that nothing was done where nobody leads", async () => {
    await world.repository.push({ "stacks/shop.yaml": stackFile("shop", "nginx:1") });
    const holder = await world.start("a", { LEASE_TTL: "60s" });
    await untilReady(holder, "shop");
    const other = await world.start("b", { LEASE_TTL: "60s" });
    await until("it stands by", async () => (await other.leads()) === false);
    holder.signal("SIGKILL");
    await holder.ended;
    expect(await other.post("/api/v1/stacks/shop/suspend")).toMatchObject({
      status: 503,
      json: { detail: "no process leads at the moment: nothing was done" },
    });
    expect(await world.database.query("SELECT * FROM capstan_orders")).toEqual([]);
  });
});
