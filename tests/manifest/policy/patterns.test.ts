// What patterns of policies allow: each value in one spelling, whatever it is written like.
import fc from "fast-check";
import { expect, test } from "vitest";
import { createGlob } from "../../../src/manifest/policy/glob.ts";
import {
  byFolder,
  byHost,
  byImage,
  byPort,
  registryHost,
  registryOf,
  repositoryOf,
} from "../../../src/manifest/policy/subjects.ts";
import { traefikHosts } from "../../../src/manifest/policy/traefik-hosts.ts";

test.each([
  ["users/**", "users/alice.yaml", true],
  ["users/**", "users/a/b.yaml", true],
  ["users/**", "users", false],
  ["users/**", "xusers/a", false],
  ["users/*", "users/a/b.yaml", false],
  ["*/x.yaml", "a/x.yaml", true],
  ["**/x.yaml", "x.yaml", true],
  ["**/x.yaml", "a/b/x.yaml", true],
  ["a/**/x", "a/x", true],
  ["a/**/x", "a/b/c/x", true],
  ["a/**/x", "ab/x", false],
  ["**", "any/thing", true],
  ["*", "any/thing", true],
  ["a?c", "abc", true],
  ["a?c", "a/c", false],
  ["", "", true],
  ["a*a*a", "aa", false],
  ["a.c", "abc", false],
])("the pattern %s and %s: %s", (pattern, text, is) => {
  expect(createGlob(pattern, "/").matches(text)).toBe(is);
});

test("a pattern without wildcards allows exactly itself, and costs no time that grows with wildcards", () => {
  fc.assert(
    fc.property(
      fc.string().filter((one) => !/[*?]/.test(one)),
      fc.string(),
      (pattern, text) => {
        expect(createGlob(pattern, "/").matches(text)).toBe(pattern === text);
      },
    ),
  );
  const glob = createGlob("*a".repeat(60), "/");
  expect(glob.matches("a".repeat(4_000) + "b")).toBe(false);
  expect(createGlob("**", "/").matches("a".repeat(5_000))).toBe(false);
});

test("a wildcard allows what a regular expression of the same meaning does", () => {
  const part = fc.constantFrom("a", "b", "/", "*", "**", "?");
  const letters = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), letters, (parts, text) => {
      const pattern = parts.join("");
      // `**` between separators means more, and `*` alone too: told by example above.
      fc.pre(pattern !== "*" && !/\*\*+\//.test(pattern));
      const expression = pattern.replaceAll(/\*\*+|\*|\?/g, (found) =>
        found === "?" ? "[^/]" : found === "*" ? "[^/]*" : ".*",
      );
      const value = text.join("");
      expect(createGlob(pattern, "/").matches(value)).toBe(
        new RegExp(`^${expression}$`).test(value),
      );
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["nginx", "nginx:1.27", true],
  ["nginx", "docker.io/library/nginx", true],
  ["nginx", "index.docker.io/library/nginx", true],
  ["nginx", "docker.io/nginx", true],
  ["nginx", "evil/nginx", false],
  ["acme/web", "docker.io/acme/web:2", true],
  ["ghcr.io/acme/*", "ghcr.io/acme/web:1@sha256:ab", true],
  ["ghcr.io/acme/*", "GHCR.io/acme/web", true],
  ["ghcr.io/acme/*", "ghcr.io/acme/team/web", false],
  ["ghcr.io/acme/**", "ghcr.io/acme/team/web", true],
  ["ghcr.io/acme/*", "ghcr.io.evil.com/acme/web", false],
  ["ghcr.io/acme/*", "ghcr.io:5000/acme/web", false],
  ["postgres:17*", "postgres:17.2", true],
  ["postgres:17*", "postgres:16", false],
  ["postgres:17*", "postgres", false],
  ["postgres:latest", "postgres", true],
  ["*", "ghcr.io/x/y:1", true],
  ["localhost/x", "localhost/x:1", true],
])("the image pattern %s and %s: %s", (pattern, image, is) => {
  expect(byImage(pattern).allows(image)).toBe(is);
});

test.each([
  ["nginx", "docker.io"],
  ["acme/web:1", "docker.io"],
  ["ghcr.io/acme/web", "ghcr.io"],
  ["registry:5000/x", "registry:5000"],
])("the registry of %s is %s", (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});

test("a login's registry is its host", () => {
  expect(
    ["", "https://index.docker.io/v1/", "GHCR.io", "http://r:5000/x"].map(registryHost),
  ).toEqual(["docker.io", "docker.io", "ghcr.io", "r:5000"]);
});

const git = (url: string) => ({
  ...{
    url,
    sshKey: null,
    provider: null,
    repository: "",
    ref: "main",
    path: "/",
    submodules: false,
  },
});

test.each([
  "https://github.com/acme/shop.git",
  "https://user:pw@GitHub.com/acme/shop",
  "https://github.com:443//acme/./shop/",
  "https://github.com/evil/../acme/shop",
  "ssh://git@github.com:22/acme/shop.git",
  "git@github.com:acme/shop.git",
])("the repository of %s is one", (url) => {
  expect(repositoryOf(git(url))).toBe("github.com/acme/shop");
});

test("a provider's repository begins with the provider", () => {
  expect(repositoryOf({ ...git(""), provider: "Forge", repository: "acme/shop" })).toBe(
    "Forge/acme/shop",
  );
});

test.each([
  ["*.ai.example.com", "a.ai.example.com", true],
  ["*.ai.example.com", "A.AI.Example.com.", true],
  ["*.ai.example.com", "a.b.ai.example.com", false],
  ["**.example.com", "a.b.example.com", true],
  ["*.ai.example.com", "ai.example.com", false],
  ["*.ai.example.com", "evil-ai.example.com", false],
])("the host pattern %s and %s: %s", (pattern, host, is) => {
  expect(byHost(pattern).allows(host)).toBe(is);
});

test.each([
  ["/srv/users/**", "/srv/users/alice", true],
  ["/srv/users/**", "/srv/users/../../etc", false],
  ["/srv/users/**", "/srv//users/alice/", true],
  ["/srv/users/*", "/srv/users/a/b", false],
  ["/srv", "/", false],
  ["/", "//", true],
])("the folder pattern %s and %s: %s", (pattern, folder, is) => {
  expect(byFolder(pattern).allows(folder)).toBe(is);
});

test.each([
  ["2222", "2222", true],
  ["2222", "22", false],
  ["30000-30100", "30050", true],
  ["30000-30100", "30050-30101", false],
  ["*", "1", true],
  ["1-10", "${PORT}", false],
])("the ports %s and %s: %s", (pattern, port, is) => {
  expect(byPort(pattern).allows(port)).toBe(is);
});

test.each([
  ["Host(`a.b`)", ["a.b"]],
  ["Host(`a`, `b`) && PathPrefix(`/x`)", ["a", "b"]],
  ["(Host(`a`) || Host(`b`)) && PathPrefix(`/x`)", ["a", "b"]],
  ["HostSNI(`*`)", ["*"]],
  ["Host(`a`) || PathPrefix(`/`)", [null]],
  ["HostRegexp(`.*`)", [null]],
  ["!Host(`a`)", [null]],
  ["Host(`a`) && !Path(`/x`)", [null]],
  ["PathPrefix(`/`)", [null]],
  ["Host(`a`) && (Path(`/x`) || Path(`/y`))", [null]],
])("Traefik's rule %s has the hosts %j", (rule, hosts) => {
  const found = (labels: Parameters<typeof traefikHosts>[0]) =>
    traefikHosts(labels).map(({ host }) => host);
  expect(found({ "traefik.http.routers.x.rule": rule, "traefik.enable": "true" })).toEqual(hosts);
  expect(found([`TRAEFIK.tcp.routers.x.rule=${rule}`, "other=1"])).toEqual(hosts);
});
