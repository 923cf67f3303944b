// `export` and `adopt` as somebody uses them who has a Dokploy and has just installed Capstan.
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { parse } from "yaml";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import { createWorld } from "./world.ts";
import type { World } from "./world.ts";

const password = "hunter2-hunter2";
const token = "ghp_abcdefghijklmnop0123456789";

let world: World;

beforeEach(async () => {
  world = await createWorld();
  const { state } = world.simulator;
  const { project } = state.addProject({
    name: "My Shop",
    description: "Sells things",
    env: "# of all\nTZ=Europe/Amsterdam",
  });
  const database = state.addDatabase(project.projectId, "postgres", {
    ...{ name: "db", dockerImage: "postgres:17" },
    ...{ databaseName: "shop", databaseUser: "shop", databasePassword: password },
  });
  state.runDatabase("postgres", database.postgresId as string);
  const web = state.addApplication(project.projectId, {
    ...{ name: "Web", sourceType: "docker", dockerImage: "nginx:1", autoDeploy: true },
    env: [
      `DATABASE_URL=postgres://shop:${password}@${database.appName}:5432/shop`,
      `GITHUB_TOKEN=${token}`,
      "MODE=live",
      "ZONE=${{project.TZ}}",
    ].join("\n"),
  });
  state.runApplication(web.applicationId);
  state.addApplication(project.projectId, {
    ...{ name: "old", sourceType: "docker", dockerImage: "old:1" },
  });
});

afterEach(() => world.close());

const fileOf = (name: string): Promise<string> => readFile(join(world.folder, "out", name), "utf8");

const descriptions = (): readonly (string | null)[] => {
  const { projects, applications, postgres } = world.simulator.state;
  return [...projects.values(), ...applications.values(), ...postgres.values()].map(
    (row) => row.description ?? null,
  );
};

test("a server is exported, proven and adopted, and nothing of it changes", async () => {
  const written = await world.capstan("export", "--out", "out", "--check");
  expect(written.err).toContain("✓ checked: adopting 1 stack writes markers alone");
  expect(written.code).toBe(0);
  expect(written.err).toContain("left out: old (application): it does not run");
  expect(world.simulator.log.writes()).toEqual([]);

  const text = await fileOf("my-shop.yaml");
  expect(parse(text)).toEqual({
    apiVersion: "capstan/v1",
    kind: "Stack",
    metadata: { name: "my-shop" },
    spec: {
      description: "Sells things",
      project: "My Shop",
      adopt: true,
      variables: { TZ: "Europe/Amsterdam" },
      applications: {
        web: {
          adopt: "Web",
          image: "nginx:1",
          env: {
            DATABASE_URL: expect.stringMatching(
              /^postgres:\/\/shop:\$\(secrets\.my-shop-db-password\)@db-\w+:5432\/shop$/,
            ) as string,
            GITHUB_TOKEN: "$(secrets.my-shop-web-github-token)",
            MODE: "live",
            ZONE: "${{project.TZ}}",
          },
          ignore: ["aliases", "autoDeploy"],
        },
      },
      databases: {
        db: {
          type: "postgres",
          image: "postgres:17",
          database: "shop",
          user: "shop",
          password: "$(secrets.my-shop-db-password)",
          ignore: ["aliases"],
        },
      },
    },
  });
  expect(text).toContain("# Exported by Capstan");
  expect(text).toContain("autoDeploy # Dokploy deploys it on pushes");

  const secrets = await fileOf("secrets.env");
  expect(secrets).toContain(`SECRET_MY_SHOP_DB_PASSWORD='${password}'`);
  expect(secrets).toContain(`SECRET_MY_SHOP_WEB_GITHUB_TOKEN='${token}'`);
  expect((await stat(join(world.folder, "out", "secrets.env"))).mode & 0o777).toBe(0o600);
  expect(await fileOf(".gitignore")).toBe("secrets.env\n");

  const before = world.simulator.log.count("application.deploy");
  const adopted = await world.capstan("adopt", "--source", "out");
  expect(adopted.err).not.toContain("error");
  expect(adopted.out).toContain("my-shop  adopted:");
  expect(adopted.code).toBe(0);
  expect(world.simulator.log.count("application.deploy")).toBe(before);
  expect(world.simulator.log.count("postgres.deploy")).toBe(0);
  const marked = descriptions().filter((one) => parseMarker(one) !== null);
  expect(marked).toHaveLength(3);

  const again = await world.capstan("adopt", "--source", "out");
  expect(again).toMatchObject({ code: 0, out: "1 stack adopted before\n" });
});

test("beside a controller, what comes next is a push and no adoption from here", async () => {
  world.environment.CAPSTAN_URL = "http://127.0.0.1:1";
  const { code, err } = await world.capstan("export", "--out", "out");
  expect(code).toBe(0);
  expect(err).not.toContain("adopt --source");
  expect(err).toContain(
    "Next: commit and push out to the Git of the controller at http://127.0.0.1:1, which takes over what says `adopt: true`; " +
      "it needs the secrets before\n",
  );
});

test("P5 on standard output manifests name secrets, and no value is printed anywhere", async () => {
  const { code, out, err } = await world.capstan("export", "My Shop", "--check");
  expect(code).toBe(0);
  expect(out).toContain("$(secrets.my-shop-db-password)");
  expect(err).toContain("--out DIR");
  for (const printed of [out, err]) {
    expect(printed).not.toContain(password);
    expect(printed).not.toContain(token);
  }
});

test("--age encrypts the values at once, and they never stand in a file", async () => {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const { code, err } = await world.capstan(
    "export",
    "--out",
    "out",
    "--age",
    recipient,
    "--check",
  );
  expect(err).toContain("✓ checked");
  expect(code).toBe(0);
  const text = await fileOf("secrets.sops.env");
  expect(text).toContain("my_shop_db_password=ENC[AES256_GCM,");
  expect(text).toContain(recipient);
  await expect(fileOf("secrets.env")).rejects.toThrow("ENOENT");
  for (const one of [text, await fileOf("my-shop.yaml")]) {
    expect(one).not.toContain(password);
    expect(one).not.toContain(token);
  }
  expect((await world.capstan("export", "--age", recipient)).err).toContain("--out");
  // Whoever has the key needs nothing else.
  await world.write({ "age.key": `${identity}\n` });
  world.environment.SOPS_AGE_KEY_FILE = join(world.folder, "age.key");
  const adopted = await world.capstan("adopt", "--source", "out");
  expect(adopted.err).not.toContain("error");
  expect(adopted.out).toContain("my-shop  adopted:");
  expect(adopted.code).toBe(0);
});

test("stacks that are alike are offered as a template, and mean the same with it", async () => {
  const { state } = world.simulator;
  for (const name of ["shop-a", "shop-b"]) {
    const { project } = state.addProject({ name });
    const row = state.addApplication(project.projectId, {
      ...{ name: "web", sourceType: "docker", dockerImage: "ghost:5" },
      env: `URL=https://${name}.example.com`,
    });
    state.runApplication(row.applicationId);
  }
  expect((await world.capstan("export")).err).toContain("shop-a, shop-b are alike: --templates");
  const written = await world.capstan("export", "--out", "out", "--templates", "--check");
  expect(written.err).toContain("✓ checked: adopting 3 stacks");
  expect(parse(await fileOf("shop-a.yaml"))).toMatchObject({
    spec: { template: "shop", adopt: true },
  });
  expect(await fileOf("shop.template.yaml")).toContain("URL: https://$(name).example.com");
  const adopted = await world.capstan("adopt", "--source", "out");
  expect(adopted.code).toBe(0);
  expect(world.simulator.log.count("application.deploy")).toBe(0);
});

test("a folder of compose files becomes manifests without a server", async () => {
  await world.write({
    "compose/queue/compose.yaml": "services:\n  web:\n    image: nginx:1\n",
    "compose/bad/compose.yaml": "services:\n  web:\n    build: .\n",
  });
  delete world.environment.DOKPLOY_URL;
  const { code, err } = await world.capstan("export", "--from-compose", "compose", "--out", "out");
  expect(err).toMatch(/^compose\/bad\/compose\.yaml:3:\d+ .*builds an image/m);
  expect(err).toContain("1 stack written to out");
  expect(code).toBe(1);
  expect((await world.capstan("validate", "out")).out).toContain("1 stack and 0 templates");
});

test("--secrets all takes every variable's value out", async () => {
  const { out } = await world.capstan("export", "--secrets", "all");
  expect(out).toContain("MODE: $(secrets.my-shop-web-mode)");
  expect(out).toContain("TZ: $(secrets.my-shop-tz)");
});

test("what a person changed in a manifest is not adopted, and the plan is shown", async () => {
  await world.capstan("export", "--out", "out");
  const file = join(world.folder, "out", "my-shop.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace("nginx:1", "nginx:2"));
  const before = descriptions();
  const { code, out, err } = await world.capstan("adopt", "--source", "out");
  expect(code).toBe(1);
  expect(out).not.toContain("adopted");
  expect(err).toContain("nginx:1");
  expect(err).toContain("Not adopted, as that would change the server: my-shop");
  expect(descriptions()).toEqual(before);
});

test("nothing that is there already is overwritten", async () => {
  await world.capstan("export", "--out", "out");
  expect((await world.capstan("export", "--out", "out")).code).toBe(0);
  await writeFile(join(world.folder, "out", "my-shop.yaml"), "mine\n");
  const { code, err } = await world.capstan("export", "--out", "out");
  expect(code).toBe(1);
  expect(err).toContain("my-shop.yaml exist in");
  expect(await fileOf("my-shop.yaml")).toBe("mine\n");
});

test("a project that is not there is named with those that are", async () => {
  const { code, err } = await world.capstan("export", "shop");
  expect(code).toBe(1);
  expect(err).toContain("the server has no project shop");
  expect(err).toContain("My Shop");
});

test("another server is exported with its address and a file with its key", async () => {
  const other = await startSimulator({ apiKey: "another-key" });
  try {
    const { project } = other.state.addProject({ name: "blog" });
    const row = other.state.addApplication(project.projectId, {
      ...{ name: "web", sourceType: "docker", dockerImage: "ghost:5" },
    });
    other.state.runApplication(row.applicationId);
    await world.write({ "key.txt": "another-key\n" });
    const { code, out, err } = await world.capstan(
      ...["export", "--url", other.url, "--token-file", "key.txt", "--check"],
    );
    expect(err).toContain("✓ checked");
    expect(code).toBe(0);
    expect(out).toContain("image: ghost:5");
    expect((await world.capstan("export", "--url", other.url)).err).toContain("--token-file");
  } finally {
    await other.close();
  }
});
