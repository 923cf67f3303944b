// how-to/several-dokploys.md: the page's own file of two Dokploys, a controller for both, and a stack that goes from one
// to the next.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import { blocksOf, docPage } from "./pages.ts";
import { environmentOf } from "./reader-world.ts";
import { walkOf } from "./walk.ts";

const page = "how-to/several-dokploys.md";

/** The manifest of one of them, with what the page shows of it. */
const shop = (version: string, more: string): string => `# The shop.
apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      image: ghcr.io/acme/shop:${version} # by CI
      rollout: { stableFor: 50ms }
      ${more}
`;

const imagesOn = ({ state }: Simulator): readonly (string | null)[] =>
  [...state.applications.values()].map(({ dockerImage }) => dockerImage);

test(`${page}: each Dokploy has its stacks, and a version is promoted by a pull request`, async () => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-dokploys-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const text = blocksOf(docPage(page)).find(({ options }) => options.check === "dokploys")?.text;
  let file = text ?? "";
  const servers: Simulator[] = [];
  for (const [name, address] of [
    ["staging", "https://staging.example.com"],
    ["production", "https://dokploy.example.com"],
  ] as const) {
    const server = await startSimulator({ timeScale: 0.05, apiKey: `key-of-${name}` });
    onTestFinished(() => server.close());
    await writeFile(join(folder, name), `${server.apiKey}\n`);
    file = file.replace(address, server.url).replace(`/run/secrets/${name}`, join(folder, name));
    servers.push(server);
  }
  await writeFile(join(folder, "servers.yaml"), file);
  const several = { DOKPLOY_SERVERS_FILE: join(folder, "servers.yaml"), DOKPLOY_URL: "" };
  const bench = await openForgeBench({
    files: {
      "stacks/staging/shop.yaml": shop("1.5.0", "env: { MODE: test }"),
      "stacks/production/shop.yaml": shop("1.4.0", "env: { MODE: live }\n      replicas: 2"),
    },
    environment: several,
  });
  onTestFinished(() => bench.close());
  for (const name of ["staging", "production"]) await bench.ready(`shop@${name}`);
  expect(servers.map(imagesOn)).toEqual([["ghcr.io/acme/shop:1.5.0"], ["ghcr.io/acme/shop:1.4.0"]]);

  const walk = await walkOf(page, {
    environment: { ...environmentOf(bench), ...several },
    shown: (line) =>
      line
        .replaceAll(
          `${bench.gitea.url}/acme/stacks/pulls/1`,
          "https://git.example.com/acme/stacks/pulls/12",
        )
        .replace("Pull request 1 ", "Pull request 12 "),
  });
  onTestFinished(() => walk.close());
  expect(await walk.prepare("capstan get stacks")).toMatch(/^shop@production +yes +Ready /m);
  const planned = await walk.run("DOKPLOY_NAME=staging capstan plan", { then: "2>&1" });
  expect(planned).toContain(servers[0]?.url);
  expect(planned).not.toContain(servers[1]?.url);

  await walk.run("capstan promote shop");
  const [pull] = bench.gitea.pulls;
  const head = await bench.gitea.git.ref(`refs/heads/${pull?.head ?? ""}`);
  const files = await bench.gitea.git.files(head ?? "");
  const promoted = shop("1.5.0", "env: { MODE: live }\n      replicas: 2");
  expect(files.get("stacks/production/shop.yaml")).toBe(promoted);

  // With a folder instead: its files are changed.
  await walk.prepare("unset CAPSTAN_URL");
  await walk.prepare(`git clone -q ${bench.repository.url} ~/checkout && cd ~/checkout`);
  await walk.run("capstan promote", {
    then: "shop --from staging --to production --source stacks",
  });
  const changed = join(walk.home, "checkout", "stacks", "production", "shop.yaml");
  expect(await readFile(changed, "utf8")).toBe(promoted);
  walk.end();
});
