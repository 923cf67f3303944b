// how-to/adopt.md, typed by somebody with a Dokploy full of projects made by hand.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openForgeBench } from "../support/forge-bench.ts";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { askDokploy, stackOf } from "./reader-world.ts";
import { walkOf } from "./walk.ts";

/** How many projects carry Capstan's marker. */
async function marked(url: string): Promise<number> {
  const projects = await askDokploy(url, "project.all");
  return projects.filter(({ description }) => String(description).includes("[capstan:1 ")).length;
}

test("how-to/adopt.md: its commands export, prove and take over, and deploy nothing", async () => {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const walk = await walkOf("how-to/adopt.md", {
    environment: { DOKPLOY_URL: url, DOKPLOY_API_TOKEN: "simulator" },
    shown: (line) => line.replaceAll(port, "34999"),
  });
  onTestFinished(() => walk.close());
  const own = { "34999": port };
  const manifest = (name: string): Promise<string> =>
    readFile(join(walk.home, "stacks", `${name}.yaml`), "utf8");
  const simulator = walk.begin("capstan simulator --port 34999", { own });
  await until("the simulator listens", () => simulator.output().includes("In another terminal"));

  expect(await walk.run("capstan export")).toContain("kind: Stack");
  await walk.run("capstan export --out stacks --check");
  expect((await readdir(join(walk.home, "stacks"))).sort()).toEqual([
    ...[".gitignore", "my-shop.yaml", "secrets.env", "shop-a.yaml", "shop-b.yaml"],
  ]);
  expect(await marked(url)).toBe(0);
  await walk.run("capstan adopt --source stacks");
  expect(await marked(url)).toBe(3);
  expect(await askDokploy(url, "deployment.allCentralized")).toEqual([]);

  await walk.run("set -a; . stacks/secrets.env; set +a");
  expect(await walk.prepare("env | grep -c ^SECRET_MY_SHOP_")).toBe("2");
  // With their values, everything else works on the folder.
  expect(await walk.prepare("capstan plan --source stacks --exit-code")).toContain("Nothing to do");

  // Another server, whose manifests go into the same folder.
  const other = await openForgeBench({
    files: { "stacks/keep.yaml": stackOf("keep") },
    prepare({ state }) {
      for (const name of ["shop", "blog"]) {
        const { project } = state.addProject({ name });
        const web = { name: "web", sourceType: "docker", dockerImage: "nginx:1.28" };
        state.runApplication(state.addApplication(project.projectId, web).applicationId);
      }
    },
  });
  onTestFinished(() => other.close());
  await other.ready("keep");
  await walk.write({ "token.txt": `${other.simulator.apiKey}\n` });
  await walk.run("capstan export --url", {
    own: { "https://other.example.com": other.simulator.url },
  });
  const [shop, blog] = [await manifest("shop"), await manifest("blog")];
  expect(shop).toContain("adopt: true");

  // Beside its controller: commit first, then name the stacks.
  await other.repository.push({ "stacks/shop.yaml": shop, "stacks/blog.yaml": blog });
  const { state } = other.simulator;
  const before = state.deployments.size;
  await walk.prepare(`export CAPSTAN_URL=${other.controller().address}`);
  expect(await walk.run("capstan adopt shop blog")).toContain("2 of 2 stacks ready");
  expect(await marked(other.simulator.url)).toBe(3);
  expect(state.deployments.size).toBe(before);
  await walk.prepare("unset CAPSTAN_URL");

  await walk.write({
    "services/queue/compose.yaml": "services: { web: { image: 'nginx:$TAG' } }\n",
    "services/queue/.env": "TAG=1.28\n",
  });
  await walk.run("capstan export --from-compose");
  const queue = await manifest("queue");
  expect(queue).toContain("file: ./queue.compose.yaml");
  expect(queue).toContain("TAG:");
  walk.end();
});
