// What a stack can return to, and which commit it goes by: read from Git, so that a restart changes nothing.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StackDetail } from "../../src/http/api/shapes/dashboard.ts";
import { createScenario, simpleStack, type Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { createApiWorld, type ApiWorld } from "./api-support.ts";

let scenario: Scenario;
let world: ApiWorld;
beforeEach(async () => {
  scenario = await createScenario({ engine: { pollSchedule: "* * * * * *" } });
});
afterEach(async () => {
  world.close();
  await scenario.close();
});

const image = (tag: string): string => simpleStack("shop", { image: `ghcr.io/acme/web:${tag}` });

function serve(): void {
  const deps = { commits: scenario.commits() };
  world = createApiWorld({ engine: scenario.engine() as never, deps });
  scenario.engine().start();
}

async function detail(name = "shop"): Promise<StackDetail> {
  const { json } = await world.request("GET", `/api/v1/stacks/${name}`);
  return json;
}

/** When its run over this commit has ended. */
async function at(commit: string, name = "shop"): Promise<StackDetail> {
  return until(`${name} is ready at ${commit}`, async () => {
    const found = await detail(name);
    return found.ready && found.revision === commit && !found.busy ? found : null;
  });
}

const shown = ({ revisions }: StackDetail) =>
  revisions.map(({ commit, healthy, current }) => [commit.title, healthy, current]);

async function pushed(files: Readonly<Record<string, string | null>>, title: string) {
  await at(await scenario.push(files, title), "rest");
}

test("a stack returns to its other manifests, the newest first: not to what it is now, nor to what changed others", async () => {
  await scenario.push({ "shop.yaml": image("1"), "rest.yaml": simpleStack("rest") }, "Open");
  serve();
  await until("both are ready", async () => (await detail()).ready && (await detail("rest")).ready);
  const touch = (n: number): string => simpleStack("rest", { env: { N: String(n) } });
  await at(await scenario.push({ "shop.yaml": image("2") }, "Release 2"));
  await pushed({ "rest.yaml": touch(1) }, "Change the rest");
  await at(await scenario.push({ "shop.yaml": image("3") }, "Release 3"));
  await pushed({ "rest.yaml": touch(2) }, "Change the rest again");
  await at(await scenario.push({ "shop.yaml": image("2") }, "Back to 2"));
  await pushed({ "rest.yaml": touch(3), "README.md": "hello" }, "And again");
  const before = await detail();
  expect(before.commit?.title).toBe("Back to 2");
  expect(shown(before)).toEqual([
    ["Back to 2", true, true],
    ["Release 3", true, false],
    ["Open", true, false],
  ]);
  // Neither a restart nor a lost store changes which commits these are.
  world.close();
  await scenario.restart();
  serve();
  const restarted = await until("it is ready", async () => {
    const found = await detail();
    return found.ready ? found : null;
  });
  expect(shown(restarted)).toEqual(shown(before));
  expect(restarted.commit?.title).toBe("Back to 2");
  expect((await detail("rest")).commit?.title).toBe("And again");
  const { json } = await world.request("GET", "/api/v1/stacks?sort=name");
  const titles = json.stacks.map((one: StackDetail) => one.commit?.title);
  expect(titles).toEqual(["And again", "Back to 2"]);
  world.close();
  await scenario.loseStore();
  serve();
  await until("it is ready", async () => (await detail()).ready);
  expect(shown(await detail()).map(([title]) => title)).toEqual(["Back to 2", "Release 3", "Open"]);
});

test("a manifest that moved to another file, beside others, keeps its history", async () => {
  const rest = simpleStack("rest");
  await scenario.push({ "shop.yaml": image("1"), "rest.yaml": rest }, "Open");
  serve();
  await until("both are ready", async () => (await detail()).ready && (await detail("rest")).ready);
  await at(await scenario.push({ "shop.yaml": image("2") }, "Release 2"));
  const moved = `${rest}---\n${image("2")}`;
  await pushed({ "shop.yaml": null, "rest.yaml": null, "team/all.yaml": moved }, "Move them");
  const changed = `${simpleStack("rest", { env: { N: "1" } })}---\n${image("2")}`;
  await pushed({ "team/all.yaml": changed }, "Change the rest");
  expect(shown(await detail())).toEqual([
    ["Release 2", true, true],
    ["Open", true, false],
  ]);
});

test("a name that comes back after a removal has not what another stack of it was", async () => {
  const files = { "shop.yaml": image("1"), "rest.yaml": simpleStack("rest") };
  await scenario.push({ ...files, "third.yaml": simpleStack("third") }, "Open");
  serve();
  await until("all are ready", async () => (await detail()).ready && (await detail("rest")).ready);
  await scenario.push({ "shop.yaml": null }, "Close the shop");
  await until("it is gone", async () => {
    const { status } = await world.request("GET", "/api/v1/stacks/shop");
    return status === 404;
  });
  await at(await scenario.push({ "shop.yaml": image("9") }, "Open another shop"));
  expect(shown(await detail())).toEqual([["Open another shop", true, true]]);
});

test("a manifest with a mistake can return to what it was before", async () => {
  await scenario.push({ "shop.yaml": image("1"), "rest.yaml": simpleStack("rest") }, "Open");
  serve();
  await until("both are ready", async () => (await detail()).ready && (await detail("rest")).ready);
  await pushed({ "shop.yaml": image("2").replace("image:", "imagee:") }, "A mistake");
  const broken = await until("the mistake is seen", async () => {
    const found = await detail();
    return found.manifest === null ? found : null;
  });
  expect(shown(broken)).toEqual([["Open", true, false]]);
});
