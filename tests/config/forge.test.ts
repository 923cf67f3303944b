// The Git host of the environment: what is said, what GIT_URL tells, and every mistake at once.
import { expect, test } from "vitest";
import { registryHostOf } from "../../src/config-forge.ts";
import { reading } from "./reading.ts";

const { config, problems } = reading(() => "from-a-file\n");

const gitea = {
  FORGE: "gitea",
  FORGE_URL: "https://git.example.com/",
  FORGE_TOKEN: "token",
  FORGE_REPOSITORY: "acme/stacks",
};

test("all of it can be said", () => {
  expect(config({ ...gitea, WEBHOOK_SECRET: " two words " })).toMatchObject({
    forge: {
      kind: "gitea",
      url: "https://git.example.com",
      token: "token",
      repository: "acme/stacks",
    },
    webhookSecret: "two words",
  });
  expect(config({})).toMatchObject({ forge: null, webhookSecret: null });
});

test("the secret of registries' webhooks is a part of an address, and long", () => {
  const secret = "a-secret-of-the-address";
  expect(config({ REGISTRY_WEBHOOK_SECRET: secret }).registryWebhookSecret).toBe(secret);
  for (const wrong of ["short", "with/a/slash/in/it/and/long"]) {
    expect(problems({ REGISTRY_WEBHOOK_SECRET: wrong })).toEqual([
      expect.stringContaining("REGISTRY_WEBHOOK_SECRET must be 16 to 200 letters"),
    ]);
  }
});

test("token and secret may stand in files", () => {
  const rest = { ...gitea, FORGE_TOKEN: "" };
  const read = config({ ...rest, FORGE_TOKEN_FILE: "/run/t", WEBHOOK_SECRET_FILE: "/run/s" });
  expect(read.forge?.token).toBe("from-a-file");
  expect(read.webhookSecret).toBe("from-a-file");
});

test.each([
  ["gitea", "https://git.example.com/acme/stacks.git", "https://git.example.com", "acme/stacks"],
  ["gitea", "http://bot:pw@10.0.0.1:3000/acme/stacks", "http://10.0.0.1:3000", "acme/stacks"],
  ["forgejo", "https://example.com/git/acme/stacks/", "https://example.com/git", "acme/stacks"],
  ["github", "https://github.com/acme/stacks.git", "https://api.github.com", "acme/stacks"],
  ["github", "https://ghe.example.com/acme/stacks", "https://ghe.example.com", "acme/stacks"],
  ["gitlab", "https://gitlab.com/acme/deep/stacks.git", "https://gitlab.com", "acme/deep/stacks"],
])("%s at %s is %s with %s", (kind, gitUrl, url, repository) => {
  const read = config({ FORGE: kind, FORGE_TOKEN: "token", GIT_URL: gitUrl });
  expect(read.forge).toEqual({ kind, url, repository, token: "token" });
});

test.each([
  ["gitea", "https://example.com/git", "https://example.com/git/acme/stacks.git", "acme/stacks"],
  ["gitlab", "https://example.com/lab", "https://example.com/lab/a/b/stacks.git", "a/b/stacks"],
  ["github", "https://api.github.com", "https://github.com/acme/stacks.git", "acme/stacks"],
  ["gitea", "http://git:3000/api/v1", "http://git:3000/acme/stacks.git", "acme/stacks"],
])("%s at %s takes the repository from %s", (kind, url, gitUrl, repository) => {
  const read = config({ FORGE: kind, FORGE_URL: url, FORGE_TOKEN: "token", GIT_URL: gitUrl });
  expect(read.forge).toMatchObject({ url, repository });
});

test("nothing is read off another host, a folder or ssh", () => {
  for (const GIT_URL of [
    "https://elsewhere.example.com/acme/stacks.git",
    "git@git.example.com:acme/stacks.git",
    "/srv/git/acme/stacks.git",
    "https://git.example.com/stacks.git",
  ]) {
    expect(problems({ ...gitea, FORGE_REPOSITORY: "", GIT_URL })).toEqual([
      "FORGE_REPOSITORY is missing; set it to owner/name of the repository",
    ]);
  }
});

test("what is said counts more than what GIT_URL tells", () => {
  const read = config({ ...gitea, GIT_URL: "https://git.example.com/other/one.git" });
  expect(read.forge?.repository).toBe("acme/stacks");
});

test("every mistake is told at once, without the token", () => {
  const found = problems({
    FORGE: "bitbucket",
    FORGE_URL: "https://bot:canary-password@git.example.com",
    FORGE_TOKEN: "canary token",
    FORGE_REPOSITORY: "stacks",
  });
  expect(found.map((problem) => problem.split(" ")[0])).toEqual([
    "FORGE",
    "FORGE_URL",
    "FORGE_TOKEN",
    "FORGE_REPOSITORY",
  ]);
  expect(found.join("\n")).not.toContain("canary");
});

test("what is missing is named", () => {
  expect(problems({ FORGE: "gitea" }).map((problem) => problem.split(" ")[0])).toEqual([
    "FORGE_URL",
    "FORGE_TOKEN",
    "FORGE_REPOSITORY",
  ]);
  expect(problems({ FORGE_TOKEN: "token" })[0]).toMatch(/^FORGE is missing beside FORGE_TOKEN/);
  expect(problems({ ...gitea, FORGE_REPOSITORY: "a/b/c" })[0]).toMatch(/^FORGE_REPOSITORY/);
  expect(config({ ...gitea, FORGE: "gitlab", FORGE_REPOSITORY: "a/b/c" }).forge).not.toBeNull();
});

test.each([
  ["gitea", "https://git.example.com:3000/git", "git.example.com:3000"],
  ["forgejo", "https://git.example.com", "git.example.com"],
  ["github", "https://api.github.com", "ghcr.io"],
  ["github", "https://github.com", "ghcr.io"],
  ["github", "https://api.acme.ghe.com", "containers.acme.ghe.com"],
  ["gitlab", "https://gitlab.com", "registry.gitlab.com"],
] as const)("the registry of %s at %s is %s", (kind, url, host) => {
  expect(registryHostOf({ kind, url })).toBe(host);
});
