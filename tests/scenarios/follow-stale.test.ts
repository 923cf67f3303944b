// Branches that moved since they were last looked at: Dokploy clones what is newest, and what is known is older. Nothing is
// deployed again and again for that.
import { expect, test } from "vitest";
import { until } from "../support/until.ts";
import { useCodeWorld } from "../support/code-world.ts";

const {
  scenario,
  code,
  shop,
  applications,
  deploys,
  isSettled,
  marker,
  messages,
  ready,
  passes,
  start,
} = useCodeWorld();

const before = ", before: { command: echo migrated }";
const runsOfTheJob = (): number => {
  const job = applications().find(({ name }) => name === "job before web");
  return scenario().simulator.state.swarmServices.get(job?.appName ?? "")?.tasksMade ?? 0;
};

async function begin(manifest: string): Promise<void> {
  await code().commit("The first one");
  await scenario().push({ "shop.yaml": manifest });
  await start();
  await until("it is well", () => isSettled() && ready().status === "True");
  await until("its branch was asked", () => code().requests() > 1);
  // What is known of it stays as old as that.
  code().hide(true);
}

test("Q8 a redeploy that builds a commit that nobody has seen yet is one deploy", async () => {
  await begin(shop({ git: ", follow: true" }));
  const second = await code().commit("The second one");
  scenario().engine().redeploy("shop", "web", "anna");
  await until("it is built", () => isSettled() && marker()?.commit === second.slice(0, 12));
  await passes(8);
  expect(deploys(), messages().join("\n")).toBe(2);
});

test("Q8 a change of the manifest that builds an unseen commit runs its job once", async () => {
  await begin(shop({ git: ", follow: true", rollout: before }));
  await code().commit("The second one");
  await scenario().push({
    "shop.yaml": shop({ git: ", follow: true", env: "other", rollout: before }),
  });
  await until("both are deployed", () => deploys() === 4);
  await passes(8);
  expect([deploys(), runsOfTheJob()]).toEqual([4, 2]);
});

test("W1 another branch is not compared with the one before", async () => {
  await code().commit("The first one");
  await code().repository.git("branch", "dev", "main");
  await scenario().push({ "shop.yaml": shop({ git: ", ref: dev, follow: true" }) });
  await start();
  await until("it is well", () => isSettled() && ready().status === "True");
  const second = await code().commit("The second one, of main");
  await passes(3);
  expect(deploys()).toBe(1);
  await scenario().push({ "shop.yaml": shop({ git: ", ref: main, follow: true" }) });
  await until("it is built", () => isSettled() && marker()?.commit === second.slice(0, 12));
  await passes(8);
  expect(deploys(), messages().join("\n")).toBe(2);
});
