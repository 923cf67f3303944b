// Which repositories that services are built from are on the Git host, and what its API calls them.
import { expect, test } from "vitest";
import { repositoryOn } from "../../src/forge/repository-on.ts";
import type { OnHost } from "../../src/forge/repository-on.ts";

const of = (host: OnHost, url: string): string | null =>
  repositoryOn(host, { url, provider: null, repository: "" });
const provided = (host: OnHost, repository: string): string | null =>
  repositoryOn(host, { url: "", provider: "our host", repository });

const gitea: OnHost = { kind: "gitea", url: "https://git.example.com:3000/code" };
const github: OnHost = { kind: "github", url: "https://api.github.com" };
const gitlab: OnHost = { kind: "gitlab", url: "https://gitlab.example.com/api/v4" };

test.each([
  [gitea, "https://git.example.com:3000/code/acme/web.git", "acme/web"],
  [gitea, "https://bot:token@GIT.example.com:3000/code/acme/Web/", "acme/Web"],
  [gitea, "git@git.example.com:acme/web.git", "acme/web"],
  [gitea, "ssh://git@git.example.com:2222/acme/web", "acme/web"],
  [github, "https://github.com/acme/web", "acme/web"],
  [github, "https://www.github.com/acme/web.git", "acme/web"],
  [github, "git@github.com:acme/web.git", "acme/web"],
  [github, "ssh://git@ssh.github.com:443/acme/web.git", "acme/web"],
  [gitlab, "https://gitlab.example.com/group/tools/web.git", "group/tools/web"],
  [gitlab, "git@gitlab.example.com:group/tools/web.git", "group/tools/web"],
  [{ kind: "github", url: "https://ghe.example.com/api/v3" }, "https://ghe.example.com/a/b", "a/b"],
] as const)("on %o is %s", (host, url, repository) => {
  expect(of(host, url)).toBe(repository);
});

test.each([
  [gitea, "https://git.example.com/code/acme/web.git"],
  [gitea, "https://git.example.com:3000/acme/web.git"],
  [gitea, "https://git.example.com.evil.test:3000/code/acme/web.git"],
  [gitea, "https://git.example.com:3000@evil.test/code/acme/web.git"],
  [gitea, "https://git.example.com:3000/code/acme/tools/web.git"],
  [gitea, "git@evil.test:acme/web.git"],
  [gitea, "/srv/git/acme/web.git"],
  [github, "https://github.com.evil.test/acme/web"],
  [github, "https://gitlab.com/acme/web"],
  [gitlab, "https://gitlab.example.com/web.git"],
  [github, "git@github.com:acme/.."],
  [github, "https://github.com/acme%2Fweb/x"],
  [gitlab, "https://gitlab.example.com/a/%2e%2e/b%0A/c"],
] as const)("on %o is not %s", (host, url) => {
  expect(of(host, url)).toBeNull();
});

test("what a provider of Dokploy reads is taken to be there, where it can be", () => {
  expect(provided(gitea, "acme/web")).toBe("acme/web");
  expect(provided(gitea, "acme/tools/web")).toBeNull();
  expect(provided(gitea, "acme/..")).toBeNull();
  expect(provided(gitlab, "acme/tools/web")).toBe("acme/tools/web");
});
