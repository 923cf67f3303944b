// Three processes with one store in PostgreSQL, and what may happen to them, the database and the ways there: never two
// that write, no event lost, no check told twice.
import { afterEach, describe, expect, test } from "vitest";
import { startPostgres } from "../support/postgres-cluster.ts";
import { postgresPrograms } from "../support/postgres.ts";
import { startThree } from "../support/three-replicas.ts";
import type { Three } from "../support/three-replicas.ts";
import { until } from "../support/until.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function three(serverUrl?: string): Promise<Three> {
  const started = await startThree(serverUrl);
  closers.push(started.close);
  return started;
}

const tookOver = /has taken over the store in the database|holds this server/;

describe.skipIf(postgresPrograms === null)("W12 with three processes and one store", () => {
  test("the one that leads is killed in the middle of its work", async () => {
    const { world, holder, others, push, settled, check } = await three();
    await push("nginx:2");
    await until("it is at work", () => world.simulator.state.applications.size > 1);
    holder.signal("SIGKILL");
    await holder.ended;
    const next = await settled(others);
    await push("nginx:3");
    await check(await settled([next]));
  });

  test("the one that leads ends, and another one goes on at once", async () => {
    const { holder, others, push, settled, check } = await three();
    await push("nginx:2");
    holder.signal("SIGTERM");
    expect(await holder.ended).toBe(0);
    await check(await settled(others));
  });

  test("the one that leads hangs, and wakes up when another one leads", async () => {
    const { world, holder, others, push, settled, check } = await three();
    holder.signal("SIGSTOP");
    await push("nginx:2");
    const next = await settled(others);
    world.simulator.log.clear();
    holder.signal("SIGCONT");
    await until("it notices", () => tookOver.test(holder.err()));
    await until("it stands by", async () => (await holder.leads()) === false);
    // Nothing but the lease was written meanwhile.
    const written = world.simulator.log.writes().flatMap(({ procedures }) => procedures);
    expect(written.filter((name) => !name.startsWith("tag."))).toEqual([]);
    await push("nginx:3");
    await check(await settled([next]));
  });

  for (const way of ["refuse", "stall"] as const) {
    test(`the one that leads is cut off from the database (${way})`, async () => {
      const { world, holder, others, push, settled, check } = await three();
      holder.toDatabase[way]();
      await push("nginx:2");
      await until("it says so", async () => {
        const health = await holder.get("/health");
        return JSON.stringify(health?.errors).includes("the database");
      });
      // What is there is changed all the same; what is new waits, as its intent cannot be kept.
      const images = () => [...world.simulator.state.applications.values()];
      await until("what is there is changed", () =>
        images().every(({ dockerImage }) => dockerImage === "nginx:2"),
      );
      expect(images()).toHaveLength(1);
      holder.toDatabase.mend();
      await check(await settled([holder, ...others]));
    });
  }

  test("the one that leads is cut off from the database, hangs, and wakes up when another one leads", async () => {
    const { holder, others, push, settled, check } = await three();
    holder.toDatabase.refuse();
    await push("nginx:2");
    await until("it records what it cannot write", () =>
      holder.err().includes("image changed in Git"),
    );
    holder.signal("SIGSTOP");
    const next = await settled(others);
    holder.toDatabase.mend();
    holder.signal("SIGCONT");
    await until("it stands by", async () => (await holder.leads()) === false);
    // All that it had recorded is told by the one that leads, and by those that watch it.
    const detail = /"detail":"(create project s2: the database [^"]*)"/;
    const [, told = "nothing"] = detail.exec(holder.err()) ?? [];
    for (const one of [next, ...others]) {
      await until(`${one.name} tells it`, async () =>
        JSON.stringify(await one.get("/api/v1/events?limit=500")).includes(told),
      );
    }
    await push("nginx:3");
    await check(await settled([next]));
  });

  test("the one that leads is cut off from Dokploy", async () => {
    const { holder, others, push, settled, check } = await three();
    holder.toDokploy.stall();
    await push("nginx:2");
    const next = await settled(others);
    holder.toDokploy.mend();
    await until("it stands by", async () => (await holder.leads()) === false);
    await push("nginx:3");
    await check(await settled([next]));
  });

  test("the database is restarted in the middle of the work", async () => {
    const cluster = await startPostgres(postgresPrograms ?? "");
    closers.push(() => cluster.close());
    const { world, holder, others, push, settled, check } = await three(cluster.url);
    await push("nginx:2");
    await until("it is at work", () => world.simulator.state.applications.size > 1);
    await cluster.restart();
    await push("nginx:3");
    await check(await settled([holder, ...others]));
  });

  test("the database is slow", async () => {
    const { holder, others, push, settled, check } = await three();
    for (const one of [holder, ...others]) one.toDatabase.slow(300);
    await push("nginx:2");
    const by = await settled([holder, ...others]);
    for (const one of [holder, ...others]) one.toDatabase.slow(0);
    await check(by);
  });

  test("the database is full for a while", async () => {
    const { world, holder, others, push, settled, check } = await three();
    // What PostgreSQL says when its disk is.
    await world.database.query(`
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON capstan_changes
      FOR EACH ROW EXECUTE FUNCTION full_disk()`);
    await push("nginx:2");
    await until("it says so", async () => {
      const health = await holder.get("/health");
      return JSON.stringify(health?.errors).includes("has no room left on its disk");
    });
    expect(world.simulator.state.applications.size).toBe(1);
    await world.database.query("DROP TRIGGER full_disk ON capstan_changes");
    await check(await settled([holder, ...others]));
  });
});
