// What somebody types when something is wrong, and what programs ask: how-to/doctor.md, explanation/one-writer.md and
// reference/api.md, beside a controller.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startFakeGitHub } from "../support/fake-github.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { until } from "../support/until.ts";
import { environmentOf, stackOf } from "./reader-world.ts";
import { walkOf } from "./walk.ts";
import type { Walk } from "./walk.ts";

const all = ["blog", "notes", "shop", "wiki"];
let bench: ForgeBench;
beforeAll(async () => {
  bench = await openForgeBench({
    files: {
      ...Object.fromEntries(all.map((name) => [`stacks/${name}.yaml`, stackOf(name)])),
      "stacks/templates/ai-stack.yaml": readFileSync("stacks/templates/ai-stack.yaml", "utf8"),
    },
    environment: { STACK_IMAGE: "nginx:1.29", STACK_DOMAIN_SUFFIX: "ai.example.com" },
  });
  for (const name of all) await bench.ready(name);
});
afterAll(() => bench.close());

async function begun(page: string): Promise<Walk> {
  const walk = await walkOf(page, { environment: environmentOf(bench) });
  onTestFinished(() => walk.close());
  return walk;
}
const names = (): readonly string[] =>
  [...bench.simulator.state.projects.values()].map(({ name }) => name).sort();
/** How often Dokploy was asked to deploy something of a stack. */
const deploys = (): number => bench.simulator.state.deployments.size;
const here = (): string => bench.controller().address.replace("http://", "");

test("how-to/doctor.md: what it tells to type finds what is wrong, and mends it", async () => {
  const walk = await begun("how-to/doctor.md");
  const own = { NAME: "shop" };

  // A host that says how its last delivery went.
  const github = await startFakeGitHub();
  onTestFinished(() => github.close());
  const address = bench.controller().address;
  const leads = { url: `${address}/webhooks/github` };
  github.hooks = [{ id: 1, active: true, config: leads, last_response: { code: 401 } }];
  await walk.prepare(
    `export FORGE=github FORGE_URL=${github.url} FORGE_TOKEN=${github.token} WEBHOOK_SECRET=a-secret-of-tests PUBLIC_URL=${address}`,
  );
  await walk.run("capstan doctor");

  const answer = await walk.run("curl localhost:3000/health", {
    own: { "localhost:3000": here() },
    until: (text) => text.includes('"status":"ok"'),
  });
  expect(answer).toContain('"stacks"');
  expect(await walk.run("capstan get stacks")).toMatch(/^shop +yes +Ready /m);
  expect(await walk.run("capstan get stack NAME", { own })).toMatch(/^ready +True Ready/m);
  expect(await walk.run("capstan logs NAME", { own })).toContain("nginx:1.28 starts");

  const before = deploys();
  await walk.run("capstan redeploy NAME", { own });
  await until("it is deployed again", () => deploys() === before + 1);
  await bench.ready("shop");
  expect(await walk.run("capstan events --stack NAME", { own })).toContain("redeploy");

  await walk.prepare("capstan suspend shop");
  await walk.prepare("capstan get stacks | grep -E '^shop .* Suspended '");
  await walk.run("capstan resume NAME", { own });
  await bench.ready("shop");

  // A checkout with a commit that nobody has seen.
  await walk.prepare(`git clone -q ${bench.repository.url} checkout && cd checkout`);
  await walk.prepare("sed -i.bak s/nginx:1.28/nginx:1.29/ stacks/shop.yaml");
  expect(await walk.run("capstan plan --source stacks")).toContain("1 stack would be changed");
  expect(await walk.run("capstan lease")).toContain(" holds this server");

  // Half of all leaves Git: that waits for a person.
  const gone = await bench.repository.push({ "stacks/blog.yaml": null, "stacks/wiki.yaml": null });
  expect(await bench.deliverPush(gone)).toBe(202);
  const digest = await until("it waits", () =>
    /approve-prune ([0-9a-f]{12})/.exec(bench.said(gone, "capstan/reconcile"))?.at(1),
  );
  expect(names()).toEqual(all);
  await walk.run("capstan approve-prune DIGEST", { own: { DIGEST: digest } });
  await until("both are gone", () => names().join() === "notes,shop");
  walk.end();
});

test("explanation/one-writer.md: `capstan lease` shows who writes, and how to take it away", async () => {
  const walk = await begun("explanation/one-writer.md");
  const said = await walk.run("capstan lease");
  const [command = ""] = /capstan lease --break \S+/.exec(said) ?? [];
  expect(await walk.prepare(command)).toContain("Broken: ");
  walk.end();
});

test("reference/api.md: programs ask with curl", async () => {
  const walk = await begun("reference/api.md");
  const own = { "localhost:3000": here() };
  const stacks = await walk.run('curl -H "Authorization: Bearer $CAPSTAN_TOKEN" "localhost', {
    own,
    then: "-sS",
  });
  expect(JSON.parse(stacks)).toMatchObject({ stacks: [] });
  // A stream has no end: what it tells first is enough.
  const stream = walk.begin('curl -H "Authorization: Bearer $CAPSTAN_TOKEN" -H "Accept', { own });
  await until("it tells something", () => stream.output().includes("event: "));
  const asked = await walk.run('curl -H "Authorization: Bearer $CAPSTAN_TOKEN" --json', {
    own,
    then: "-sS",
  });
  expect(JSON.parse(asked)).toMatchObject({ statusEndpoint: expect.any(String) });
  const files = await bench.repository.git("ls-tree", "-r", "--name-only", "main");
  expect(files).toContain("stacks/users/zoe.yaml");
  expect(await walk.run("capstan doctor")).toContain("✓ Dokploy ");
  walk.end();
});
