// Dokploy writes the commit of a build some time after it is over, as it tells people first. Whoever looks in between sees
// a deployment that is done and names none.
import { expect, test } from "vitest";
import { until } from "../support/until.ts";
import { useCodeWorld } from "../support/code-world.ts";

const { scenario, code, shop, deploys, isSettled, marker, ready, passes, start } = useCodeWorld({
  // Some looks at the rollout long.
  simulator: { commitAfterMs: 60_000 },
});

async function begin(): Promise<void> {
  await code().commit("The first one");
  await scenario().push({ "shop.yaml": shop({ git: ", follow: true" }) });
  await start();
  await until("it is well", () => isSettled() && ready().status === "True");
}

test("Q8 a build whose commit is told late is made once", async () => {
  await begin();
  const second = await code().commit("The second one");
  await until("it is built", () => isSettled() && marker()?.commit === second.slice(0, 12));
  await passes(8);
  expect(deploys()).toBe(2);
});

test("Q8 a build that fails and whose commit is told late is tried as often as any other", async () => {
  await begin();
  await code().commit("A broken one", "ERROR: failed to solve: exit code: 2");
  await until("it is given up", () => ready().message.includes("tried 4 times"));
  await passes(8);
  expect(deploys()).toBe(5);
});
