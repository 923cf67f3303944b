import { expect, test } from "vitest";
import { mayAsk, readChallenge } from "../../src/registry/challenge.ts";
import { repositoryOf } from "../../src/registry/reference.ts";

const login = { url: "", username: "acme", password: "pw" };

test.each([
  ["nginx", "https://registry-1.docker.io", "library/nginx", true],
  ["acme/shop", "https://registry-1.docker.io", "acme/shop", true],
  ["docker.io/acme/shop", "https://registry-1.docker.io", "acme/shop", true],
  ["ghcr.io/acme/shop", "https://ghcr.io", "acme/shop", false],
  ["registry.example.com:5000/a/b/c", "https://registry.example.com:5000", "a/b/c", false],
  ["localhost:5000/tiny", "http://localhost:5000", "tiny", false],
  ["127.0.0.1:5000/tiny", "http://127.0.0.1:5000", "tiny", false],
  ["127.example.com/tiny", "https://127.example.com", "tiny", false],
])("%s is asked of %s as %s", (image, origin, path, isHub) => {
  expect(repositoryOf({ image, login })).toMatchObject({ origin, path });
  expect(repositoryOf({ image, login }).login !== null).toBe(isHub);
});

test.each(["https://index.docker.io/v1/", "docker.io", "registry-1.docker.io"])(
  "%s is Docker Hub in a login",
  (url) => {
    expect(repositoryOf({ image: "nginx", login: { ...login, url } }).login).not.toBeNull();
  },
);

test.each([
  ["https://auth.docker.io/token", "https://registry-1.docker.io", true],
  ["https://gitlab.com/jwt/auth", "https://registry.gitlab.com", true],
  ["https://ghcr.io/token", "https://ghcr.io", true],
  ["http://ghcr.io/token", "https://ghcr.io", false],
  ["https://evil.example.com/token", "https://ghcr.io", false],
  ["https://10.0.0.1/token", "https://192.0.0.1", false],
  ["https://localhost/token", "https://ghcr.io", false],
  ["https://u:p@ghcr.io/token", "https://ghcr.io", false],
])("whether %s may be asked for a token of %s", (realm, registry, may) => {
  expect(mayAsk(new URL(realm), new URL(registry))).toBe(may);
});

test("challenges are read in the ways that registries write them", () => {
  const registry = new URL("https://ghcr.io");
  const read = (header: string | null) => readChallenge(header, registry);
  expect(read('Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="a:b"')).toMatchObject({
    scheme: "bearer",
    service: "ghcr.io",
    scope: "a:b",
  });
  expect(read("bearer realm=https://ghcr.io/token")).toMatchObject({ service: null, scope: null });
  expect(read('Basic realm="x"')).toEqual({ scheme: "basic" });
  expect(read(null)).toBeNull();
  expect(read("Negotiate")).toBeNull();
});
