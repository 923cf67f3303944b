// The package as somebody gets it who has no checkout: packed, installed in an empty folder, and at work there.
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { root, walkOf } from "../docs/walk.ts";
import { startCapstan } from "../support/capstan-process.ts";
import { packCapstan, packedCommit, type Packed } from "../support/installed.ts";
import { deadLinks } from "../support/markdown-links.ts";
import { until } from "../support/until.ts";

/** Of which the documentation with its pictures has one million. */
const mostBytes = 2_500_000;
/** Of the documentation, with a picture. */
const picturePage = "/docs/tutorial/team-portal";

let packed: Packed;
/** Why nothing can be installed here; null when it is. */
let missing: string | null;
beforeAll(async () => {
  packed = await packCapstan();
  missing = await packed.install();
}, 240_000);
afterAll(() => {
  packed.remove();
});

/** CI has a registry; elsewhere there may be none. */
function needInstalled(context: TestContext): void {
  if (missing === null) return;
  if (process.env.CI !== undefined) throw new Error(missing);
  context.skip(`${missing}, so the package cannot be installed`);
}

const program = (): string => join(packed.folder, "node_modules/.bin/capstan");

describe("what is packed", () => {
  test("is the program, the schemas, the examples and the texts, and nothing else", () => {
    const folders = new Set(packed.files.map(({ path }) => path.replace(/\/.*/s, "/")));
    expect([...folders].sort()).toEqual([
      ".env.example",
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "UPGRADING.md",
      "dist/",
      "npm-shrinkwrap.json",
      "package.json",
      "schemas/",
      "src/",
      "stacks/",
    ]);
    const kinds = packed.files.filter(({ path }) => /^(?:dist|src)\//.test(path));
    const odd = kinds.filter(
      ({ path }) =>
        !/^dist\/.*\.(?:js|css|svg)$|^dist\/build\.json$|^src\/http\/public\/docs\/[\w\/-]+\.(?:md|png)$/.test(
          path,
        ),
    );
    expect(odd).toEqual([]);
    expect(packed.bytes).toBeLessThan(mostBytes);
  });

  test("has all that pages, editors and people are given", () => {
    const paths = new Set(packed.files.map(({ path }) => path));
    const wanted = [
      ...globSync("schemas/**/*", { cwd: root }).filter((path) => /\.\w+$/.test(path)),
      ...globSync("stacks/**/*.{yaml,json,conf}", { cwd: root }),
      ...globSync("src/http/public/docs/**/*.*", { cwd: root }),
      ...globSync("src/http/public/assets/*", { cwd: root }).map((path) =>
        path.replace(/^src/, "dist"),
      ),
      ...globSync("src/http/public/**/*-main.ts", { cwd: root }).map((path) =>
        path.replace(/^src/, "dist").replace(/ts$/, "js"),
      ),
    ];
    expect(wanted.length).toBeGreaterThan(30);
    expect(wanted.filter((path) => !paths.has(path))).toEqual([]);
  });

  test("has every file, and every heading, that its texts link to", () => {
    const paths = new Set(packed.files.map(({ path }) => path));
    const { dead, followed } = deadLinks(paths, (path) => packed.read(path));
    expect(dead).toEqual([]);
    expect(followed).toBeGreaterThan(100);
  });

  test("says nothing of the machine that it was packed on", () => {
    const text = execFileSync("tar", ["xzOf", packed.tarball], { maxBuffer: 100_000_000 });
    // `/app/` may be anybody's.
    const places = [root, packed.folder].filter((place) => place.split("/").length > 3);
    expect(places.filter((place) => text.includes(place))).toEqual([]);
    expect(text.includes("\n//# sourceMappingURL=")).toBe(false);
  });
});

describe.concurrent("installed in an empty folder", () => {
  test("does what how-to/install.md says", async (context) => {
    needInstalled(context);
    // What npm has downloaded already need not come again into the reader's home.
    const cache = { npm_config_cache: join(homedir(), ".npm"), npm_config_prefer_offline: "true" };
    const config = { npm_config_userconfig: join(homedir(), ".npmrc") };
    const walk = await walkOf("how-to/install.md", {
      environment: { ...cache, ...config, ...packed.environment },
    });
    context.onTestFinished(() => walk.close());
    walk.did("npm pack");
    await walk.run("mkdir ~/capstan");
    await walk.run("npm install PATH/", { own: { PATH: dirname(packed.tarball) } });
    expect(await walk.prepare("ls")).toBe("node_modules\npackage-lock.json\npackage.json");
    const tour = await walk.run("npx capstan demo", { then: "--exit-after-tour" });
    // Nor does Node complain of anything.
    expect(tour).not.toContain("Warning");
    expect(tour).toContain("Both are healthy after");
    expect(tour).toContain("Healthy again: blog, shop.");
    const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
    const build = `${version} \\(commit ${packedCommit.slice(0, 8)}, schema capstan/v1 [0-9a-f]{12}\\)`;
    expect(await walk.run("npx capstan --version")).toMatch(new RegExp(`^${build}$`));

    await walk.prepare(`tar xzf "${packed.tarball}" && cd package`);
    await walk.run("npm ci --omit=dev", { then: "--no-audit" });
    expect(await walk.prepare("node dist/main.js --version")).toMatch(new RegExp(`^${build}$`));
    expect(await walk.prepare("ls node_modules")).not.toContain("vitest");
    await walk.prepare(`cd "${root}"`);
    expect(JSON.parse(await walk.run("npm run -s sbom"))).toMatchObject({ bomFormat: "CycloneDX" });
    walk.end();
  });

  test("is pinned to the versions of the lock file where a registry tells npm of it", () => {
    expect(packed.read("npm-shrinkwrap.json")).toBe(
      readFileSync(`${root}package-lock.json`, "utf8"),
    );
  });

  test("makes a repository of stacks and finds it valid", async (context) => {
    needInstalled(context);
    const made = await packed.run("npx", ["--no-install", "capstan", "init", "mine"]);
    expect(made.code).toBe(0);
    // In words that work in this folder.
    expect(`${made.out}${made.err}`).toContain("npx capstan validate mine/stacks\n");
    const copied = join(packed.folder, "mine/stacks/hello.yaml");
    writeFileSync(copied, readFileSync(join(packed.folder, "mine/stacks/examples/hello.yaml")));
    const { code, out } = await packed.run(
      "npx",
      ["--no-install", "capstan", "validate", "mine/stacks"],
      { STACK_DOMAIN_SUFFIX: "ai.example.com", STACK_IMAGE: "ghcr.io/acme/opencode:1" },
    );
    expect(out).toMatch(/^✓ 1 stack and 2 templates without a mistake/);
    expect(code).toBe(0);
  });

  test("runs until a stack is up, and serves its pages", async (context) => {
    needInstalled(context);
    const { folder, environment } = packed;
    mkdirSync(join(folder, "stacks"));
    writeFileSync(
      join(folder, "stacks/shop.yaml"),
      "apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: shop }\nspec:\n" +
        "  applications:\n    web: { image: nginx:1.28, rollout: { stableFor: 50ms } }\n",
    );
    const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      startCapstan(args, {
        ...{ folder, program: program() },
        environment: { ...environment, ...more },
      });
    const simulator = start(["simulator", "--port", "0"]);
    try {
      const [url, key] = await until("the simulator says where it is", () => {
        const [, at, token] =
          /DOKPLOY_URL=(\S+) DOKPLOY_API_TOKEN=(\S+)/.exec(simulator.out()) ?? [];
        return at === undefined || token === undefined ? null : ([at, token] as const);
      });
      const controller = start(["run", "--source", "stacks"], {
        ...{ DOKPLOY_URL: url, DOKPLOY_API_TOKEN: key, HOST_CHECK_INTERVAL: "off" },
        ...{ HOST: "127.0.0.1", PORT: "0", STATE_DIR: "state" },
      });
      try {
        const address = await controller.address();
        const read = async (path: string) => fetch(`${address}${path}`);
        await until("the stack is up", async () => {
          const health = await (await read("/health")).json();
          return health.status === "ok" && health.stacks.ready === 1;
        });
        for (const page of ["/", "/stacks", "/stacks/shop", "/api/docs", picturePage]) {
          const answer = await read(page);
          expect(answer.status, page).toBe(200);
          const html = await answer.text();
          const asked = [...html.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css|svg|png)[^"]*)"/g)];
          expect(asked.length, page).toBeGreaterThan(0);
          for (const [, path = ""] of asked) expect((await read(path)).status, path).toBe(200);
        }
        expect(controller.err()).not.toContain("Warning");
        if (process.platform === "linux") {
          const line = readFileSync(`/proc/${controller.pid}/cmdline`, "utf8");
          expect(line.split("\0")[1]).toBe("--max-semi-space-size=16");
        }
        controller.signal("SIGTERM");
        expect(await controller.ended).toBe(0);
      } finally {
        await controller.close();
      }
    } finally {
      await simulator.close();
    }
  });
});
