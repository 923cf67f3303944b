// The image that a tag points to: rolled out when it moves, and never for anything else.
import { expect, test } from "vitest";
import { followed, short, useImageWorld } from "../support/image-world.ts";
import { until } from "../support/until.ts";

const world = useImageWorld();
const { scenario, registry, pulls, shop, marker, deploys, isSettled, ready, messages } = world;
const { looks, passes, start } = world;

/** Rolled out once, and at rest. */
async function begin(manifest = shop()): Promise<string> {
  const digest = registry().push("acme/shop", "1", "first");
  await scenario().push({ "shop.yaml": manifest });
  await start();
  await until("it is well", () => isSettled() && marker()?.digest === short(digest));
  await looks(1);
  expect(deploys()).toBe(1);
  return digest;
}

test("H7 a tag that moves is rolled out once, with the digest in the why and in what is recorded as running", async () => {
  const first = await begin();
  const second = registry().push("acme/shop", "1", "second");
  await until("it is well", () => isSettled() && marker()?.digest === short(second));
  expect(deploys()).toBe(2);
  const why = `shop:1 points to sha256:${short(second)}, before to sha256:${short(first)}`;
  expect(messages().join("\n")).toContain(why);
  await until("it is told", () => ready().message.includes(`runs sha256:${short(second)}`));
  expect(scenario().engine().services("shop")[0]).toMatchObject({
    digest: `sha256:${short(second)}`,
  });
  await start();
  await looks(2);
  await passes(3);
  expect(deploys()).toBe(2);
});

test("W6 with a policy nothing is deployed where what runs is what the tag points to, also without a store", async () => {
  const digest = registry().push("acme/shop", "1", "first");
  await scenario().push({ "shop.yaml": shop([]) });
  await start();
  await until("it is well", isSettled);
  expect(marker()?.digest).toBeUndefined();
  await scenario().push({ "shop.yaml": shop() });
  await until("it is recorded", () => marker()?.digest === short(digest));
  await scenario().loseStore();
  await start();
  await looks(2);
  await passes(3);
  expect(deploys()).toBe(1);
  await scenario().push({ "shop.yaml": shop([]) });
  await until("it is forgotten", () => marker()?.digest === undefined);
  registry().push("acme/shop", "1", "second");
  await passes(5);
  expect(deploys()).toBe(1);
});

test("a tag that moves and moves back is rolled out only where what runs differs", async () => {
  const first = await begin();
  const second = registry().push("acme/shop", "1", "second");
  // Docker pulls what is there by then.
  pulls.set(`${registry().host}/acme/shop:1`, first);
  await until("it is rolled out", () => deploys() === 2);
  registry().push("acme/shop", "1", "first");
  await until("it is well", () => isSettled() && marker()?.digest === short(first));
  await looks(3);
  await passes(3);
  expect(deploys()).toBe(2);
  pulls.clear();
  registry().push("acme/shop", "1", "second");
  await until("it is well", () => isSettled() && marker()?.digest === short(second));
  expect(deploys()).toBe(3);
});

test("a tag that disappears removes nothing, is told once, and is followed again when it is back", async () => {
  await begin();
  registry().remove("acme/shop", "1");
  const told = (): number =>
    messages().filter((one) => one.includes("/acme/shop has no tag 1")).length;
  await until("it is told", () => told() > 0);
  await looks(3);
  await passes(3);
  expect([told(), deploys(), isSettled(), ready().status]).toEqual([1, 1, true, "True"]);
  const second = registry().push("acme/shop", "1", "second");
  await until("it is well", () => isSettled() && marker()?.digest === short(second));
  expect(messages().some((one) => one.includes("/acme/shop are seen again"))).toBe(true);
});

test("R6 a registry that is down, limits or shows a page changes nothing and is told once each", async () => {
  await begin();
  const told = (words: string): number => messages().filter((one) => one.includes(words)).length;
  registry().trouble = { kind: "html" };
  await until("it is told", () => told("that is no manifest") === 1);
  await looks(3);
  registry().trouble = { kind: "limit", retryAfter: "100" };
  await until("it is told", () => told("asks for fewer requests") === 1);
  const asked = registry().requests.length;
  registry().trouble = null;
  await passes(2);
  expect(registry().requests.length).toBe(asked);
  await until("it is seen again", () => told("are seen again") === 1);
  expect([told("that is no manifest"), told("asks for fewer"), deploys()]).toEqual([1, 1, 1]);
});

test("an image that cannot be pulled is tried like any other, and the next one at once", async () => {
  await begin();
  scenario().simulator.faults.image("acme/shop", "missing");
  registry().push("acme/shop", "1", "bad");
  await until("it is given up", () => ready().message.includes("tried 4 times"));
  expect(deploys()).toBe(5);
  await start();
  await looks(2);
  await passes(3);
  expect(deploys()).toBe(5);
  scenario().simulator.faults.clear();
  const third = registry().push("acme/shop", "1", "third");
  await until("it is well", () => isSettled() && marker()?.digest === short(third));
  expect(deploys()).toBe(6);
});

test("an image that the swarm rolls back is not tried again, and the next one at once", async () => {
  const first = await begin();
  scenario().simulator.faults.image("acme/shop", "crash");
  registry().push("acme/shop", "1", "bad");
  await until("it is rolled back", () => ready().message.includes("the swarm rolled it back"));
  await looks(3);
  await passes(3);
  await start();
  await looks(2);
  await passes(3);
  expect([deploys(), marker()?.digest]).toEqual([2, short(first)]);
  // The log of its deployment tells which image was pulled.
  await scenario().loseStore();
  await start();
  await looks(2);
  await passes(3);
  expect(deploys()).toBe(2);
  scenario().simulator.faults.clear();
  const third = registry().push("acme/shop", "1", "third");
  await until("it is well", () => isSettled() && marker()?.digest === short(third));
  expect(deploys()).toBe(3);
});

test("all services of one tag are asked for once a look, with the login of the manifest, which is shown nowhere", async () => {
  registry().login = { username: "acme", password: "pw-of-acme-1" };
  const login = `registry: { url: "${registry().host}", username: acme, password: $(secrets.ghcr) }`;
  scenario().secrets.set("ghcr", "pw-of-acme-1");
  const first = registry().push("acme/shop", "1", "first");
  const names = ["one", "two", "three"];
  await scenario().push(
    Object.fromEntries(names.map((name) => [`${name}.yaml`, shop([followed, login], name)])),
  );
  await start();
  const areSettled = (digest: string): boolean =>
    scenario()
      .engine()
      .stacks()
      .every(({ outcome }) => JSON.stringify(outcome).includes(short(digest)));
  await until("they are well", () => deploys() === 3 && areSettled(first));
  await looks(3);
  const second = registry().push("acme/shop", "1", "second");
  await until("they are rolled out", () => deploys() === 6 && areSettled(second));
  const changed = registry().requests.filter(
    ({ method, status }) => method === "HEAD" && status === 200,
  );
  // Once for each digest, however many services there are.
  expect(changed).toHaveLength(2);
  const engine = scenario().engine();
  const shown = [engine.events(), engine.stacks().map(({ conditions }) => conditions)];
  expect(JSON.stringify(shown)).not.toContain("pw-of-acme-1");
});
