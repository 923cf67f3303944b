// What commands that ask no server make of the stacks of several Dokploys: checks, secrets, promotions.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createWorld, stackWith as stack } from "./world.ts";
import type { World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await writeFile(join(world.folder, "key"), "key\n");
  const file = join(world.folder, "dokploys.yaml");
  const key = join(world.folder, "key");
  await writeFile(
    file,
    `servers:
  - { name: production, url: "https://production.example.com", tokenFile: ${key} }
  - { name: staging, url: "https://staging.example.com", tokenFile: ${key} }
map:
  - { folder: staging, dokploy: staging }
`,
  );
  world.environment.DOKPLOY_SERVERS_FILE = file;
});
afterEach(() => world.close());

const three = {
  "stacks/home.yaml": stack("home"),
  "stacks/shop.yaml": stack("shop", "dokploy: production"),
  "stacks/staging/shop.yaml": stack("shop"),
};

describe("commands that ask no server", () => {
  test("validate counts what only one stack may have for each Dokploy alone", async () => {
    await world.write(three);
    const { code, out } = await world.capstan("validate");
    expect(out).toContain("3 stacks and 0 templates without a mistake");
    expect(code).toBe(0);
    const json = await world.capstan("validate", "--json");
    expect(JSON.parse(json.out)).toMatchObject({
      ok: true,
      stacks: ["home", "shop@production", "shop@staging"],
    });
  });

  test("validate without the operator's file takes every name that is said for a Dokploy", async () => {
    delete world.environment.DOKPLOY_SERVERS_FILE;
    await world.write({ ...three, "stacks/staging/shop.yaml": stack("shop", "dokploy: other") });
    const { code, out } = await world.capstan("validate");
    expect(out).toContain("3 stacks and 0 templates without a mistake");
    expect(code).toBe(0);
    await world.write({ "stacks/more.yaml": stack("shop", "dokploy: other") });
    const twice = await world.capstan("validate");
    expect(twice.out).toContain("the stack shop is also defined at");
  });

  test("secrets names its users as people see them", async () => {
    world.environment.SECRET_KEY = "a-long-secret-value";
    await world.write({
      "stacks/shop.yaml": stack(
        "shop",
        "{ dokploy: production, variables: { K: $(secrets.key) } }",
      ).replace(/\n {2}applications[^]*/, ""),
    });
    const { out } = await world.capstan("secrets", "--source", "stacks", "-o", "json");
    expect(JSON.parse(out)).toMatchObject({
      secrets: [{ name: "key", state: "used", users: [{ stack: "shop@production" }] }],
    });
  });
});

describe("promote", () => {
  const both = {
    "stacks/staging/shop.yaml": `# Staging.
apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      image: "nginx:2" # newer
      env: { MODE: test, LEVEL: debug, KEY: $(secrets.key) }
`,
    "stacks/prod.yaml": `# Production: ask Ada.
apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  dokploy: production
  applications:
    web:
      image: "nginx:1"   # do not touch by hand
      env: { MODE: live, LEVEL: info, KEY: $(secrets.other) }
`,
  };
  const read = async (path: string) => readFile(join(world.folder, path), "utf8");

  test("writes the image of one Dokploy into the manifest of another, and nothing else", async () => {
    await world.write(both);
    const args = ["promote", "shop", "--from", "staging", "--to", "production"];
    const tried = await world.capstan(...args, "--source", "stacks", "--dry-run");
    expect(tried.out).toBe(
      "prod.yaml\n  app/web image: nginx:1 → nginx:2\n" +
        "Also different, and left: app/web env.KEY, app/web env.LEVEL, app/web env.MODE (--field promotes what it names)\n" +
        "Nothing was written\n",
    );
    expect(await read("stacks/prod.yaml")).toBe(both["stacks/prod.yaml"]);
    const done = await world.capstan(...args, "--source", "stacks", "--field", "env.LEVEL");
    expect(done.code).toBe(0);
    expect(await read("stacks/prod.yaml")).toBe(
      both["stacks/prod.yaml"].replace("nginx:1", "nginx:2").replace("LEVEL: info", "LEVEL: debug"),
    );
    expect(await read("stacks/staging/shop.yaml")).toBe(both["stacks/staging/shop.yaml"]);
    const again = await world.capstan(...args, "--source", "stacks");
    expect(again.out).toContain("It is the same there already");
  });

  test("never writes what holds a secret", async () => {
    await world.write(both);
    const { code, out } = await world.capstan(
      ...["promote", "shop", "--from", "staging", "--to", "production"],
      ...["--source", "stacks", "--field", "env.*"],
    );
    expect(code).toBe(1);
    expect(out).toContain("✗ app/web env.KEY: it holds a secret");
    expect(await read("stacks/prod.yaml")).toContain("KEY: $(secrets.other)");
  });

  test("a field that nothing has is a mistake, told with what there is, and nothing is written", async () => {
    await world.write(both);
    const args = ["promote", "shop", "--from", "staging", "--to", "production"];
    const fields = ["--field", "env.MOD", "--field", "env.L*", "--field", "resources.*"];
    const { code, err, out } = await world.capstan(...args, "--source", "stacks", ...fields);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("no service of shop has a field env.MOD or resources.*");
    expect(err).toContain("different are env.KEY, env.LEVEL, env.MODE, image");
    expect(await read("stacks/prod.yaml")).toBe(both["stacks/prod.yaml"]);
    const same = {
      ...both,
      "stacks/staging/shop.yaml": both["stacks/prod.yaml"].replace("  dokploy: production\n", ""),
    };
    await world.write(same);
    const none = await world.capstan(...args, "--source", "stacks", "--field", "env.NONE");
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("nothing differs")]);
    // What both have alike was named well.
    const alike = await world.capstan(...args, "--source", "stacks", "--field", "env.MODE");
    expect([alike.code, alike.out]).toEqual([0, "It is the same there already\n"]);
  });

  test("between environments of one stack edits the one that is named", async () => {
    await world.write({
      "stacks/shop.yaml": `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications: { web: { image: "nginx:1" } }
  environments:
    staging: { applications: { web: { image: "nginx:2" } } }
`,
    });
    const { err } = await world.capstan(
      ...["promote", "shop", "--from", "staging", "--to", "production", "--source", "stacks"],
    );
    expect(err).toContain("there is no stack shop on the Dokploy staging");
    delete world.environment.DOKPLOY_SERVERS_FILE;
    await world.capstan(
      ...["promote", "shop", "--from", "staging", "--to", "production", "--source", "stacks"],
    );
    expect(await read("stacks/shop.yaml")).toContain(
      'applications: { web: { image: "nginx:2" } }\n  env',
    );
    const wrong = await world.capstan(
      ...["promote", "shop", "--from", "stagng", "--to", "production", "--source", "stacks"],
    );
    expect(wrong.err).toContain("shop has no environment stagng");
  });
});
