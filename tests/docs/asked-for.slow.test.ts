// What people ask of one stack: the commands of how-to/rollouts.md, drift.md, build-from-git.md and
// schedules-and-backups.md, beside a controller.
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createCodeRepository } from "../support/code-repository.ts";
import type { CodeRepository } from "../support/code-repository.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { until } from "../support/until.ts";
import { environmentOf, stackOf } from "./reader-world.ts";
import { walkOf } from "./walk.ts";
import type { Walk } from "./walk.ts";

let bench: ForgeBench;
let code: CodeRepository;
beforeAll(async () => {
  code = await createCodeRepository();
  await code.commit("The first version");
  const schedules = `, schedules: { nightly: { cron: "0 2 * * *", command: ./report } }`;
  bench = await openForgeBench({
    files: {
      "stacks/shop.yaml": stackOf("shop", "nginx:1.28", schedules).replace(
        "spec:\n",
        "spec:\n  sync: { drift: propose }\n",
      ),
      "stacks/code.yaml": stackOf("code").replace(
        'image: "nginx:1.28"',
        `git: { url: "${code.url}", ref: main }`,
      ),
    },
    environment: { DEEP_CHECK_INTERVAL: "1s" },
    simulator: { repositories: code.repositories },
  });
  for (const name of ["shop", "code"]) await bench.ready(name);
});
afterAll(async () => {
  await bench.close();
  await code.close();
});

async function begun(page: string): Promise<Walk> {
  const walk = await walkOf(page, { environment: environmentOf(bench) });
  onTestFinished(() => walk.close());
  return walk;
}
const application = (stack: string) => {
  const found = [...bench.simulator.state.applications.values()].find(({ appName }) =>
    appName.startsWith(`${stack}-`),
  );
  if (found === undefined) throw new Error(`${stack} has no application`);
  return found;
};
const deploys = (stack: string): number =>
  [...bench.simulator.state.deployments.values()].filter(
    ({ applicationId }) => applicationId === application(stack).applicationId,
  ).length;

/** Types it, and sees that Dokploy deploys that stack once more. */
async function deploysAgain(
  walk: Walk,
  command: string,
  stack: string,
  own: Readonly<Record<string, string>>,
): Promise<void> {
  const before = deploys(stack);
  await walk.run(command, { own });
  await until(`${stack} is deployed again`, () => deploys(stack) === before + 1);
  await bench.ready(stack);
}

test("how-to/rollouts.md: a stack is stopped, deployed again and looked at", async () => {
  const walk = await begun("how-to/rollouts.md");
  const own = { NAME: "shop" };
  await deploysAgain(walk, "capstan redeploy NAME", "shop", own);
  await deploysAgain(walk, "capstan redeploy STACK", "shop", { STACK: "shop" });
  expect(await walk.run("capstan get builds")).toContain("No image has a known build");
  expect(await walk.run("capstan get stack NAME", { own })).toContain("web");
  await walk.run("capstan suspend NAME", { own });
  expect(await walk.prepare("capstan get stack shop")).toContain("Suspended");
  await walk.prepare("capstan resume shop");
  walk.end();
});

test("how-to/drift.md: what was changed by hand is shown, and put back", async () => {
  const walk = await begun("how-to/drift.md");
  const { applicationId, appName } = application("shop");
  bench.simulator.state.editApplication(applicationId, { replicas: 3 });
  bench.simulator.state.scaleSwarmService(appName, 3);
  await walk.run("capstan get stack shop", {
    until: (text) => text.includes("False DriftProposed"),
  });
  const [pull] = bench.gitea.pulls;
  expect(pull?.title).toBe("Keep what was changed in Dokploy: shop, replicas of app/web");
  await walk.run("capstan redeploy shop");
  await until("it is put back", () => application("shop").replicas === 1);
  await until("nobody has to decide any more", () => pull?.state === "closed");
  walk.end();
});

test("how-to/build-from-git.md: a redeploy builds what the branch has", async () => {
  const walk = await begun("how-to/build-from-git.md");
  await deploysAgain(walk, "capstan redeploy NAME", "code", { NAME: "code" });
  walk.end();
});

test("how-to/schedules-and-backups.md: a stack shows what runs by the clock", async () => {
  const walk = await begun("how-to/schedules-and-backups.md");
  const shown = await walk.run("capstan get stack NAME", { own: { NAME: "shop" } });
  expect(shown).toContain("nightly");
  walk.end();
});
