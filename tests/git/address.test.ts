import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { checkBranch, checkPath, parseAddress } from "../../src/git/address.ts";

const parse = (text: string): ReturnType<typeof parseAddress> =>
  parseAddress(text, (path) => resolve("/srv", path));

describe("an address", () => {
  test("over https loses its credentials, decoded", () => {
    expect(parse("https://bot:p%40ss@git.example.com:8443/acme/stacks.git")).toEqual({
      kind: "http",
      url: "https://git.example.com:8443/acme/stacks.git",
      plain: false,
      username: "bot",
      password: "p@ss",
    });
  });

  test("over ssh keeps its user", () => {
    expect(parse("ssh://git@git.example.com:2222/acme/stacks.git")).toMatchObject({
      kind: "ssh",
      url: "ssh://git@git.example.com:2222/acme/stacks.git",
    });
    expect(parse("git@git.example.com:acme/stacks.git")).toMatchObject({
      kind: "ssh",
      url: "git@git.example.com:acme/stacks.git",
    });
  });

  test("of a folder is made absolute, and a colon after a slash is part of it", () => {
    expect(parse("stacks.git")).toMatchObject({ kind: "local", folder: "/srv/stacks.git" });
    expect(parse("./a:b.git")).toMatchObject({ kind: "local", folder: "/srv/a:b.git" });
    expect(parse("file:///srv/git/a%20b.git/")).toMatchObject({
      kind: "local",
      folder: "/srv/git/a b.git",
    });
  });

  test.each([
    "",
    "--upload-pack=touch /tmp/x",
    "ext::sh -c id",
    "fd::17",
    "ftp://git.example.com/a.git",
    "https://",
    "https://git.example.com/a.git?private_token=canary",
    "user:canary@git.example.com:a.git",
    "-oProxyCommand=id:a.git",
    "x@-oProxyCommand=id:a.git",
    "https://git.example.com/a\n.git",
  ])("such as %j is refused, without being quoted", (text) => {
    let message = "";
    try {
      parse(text);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^the repository's address /);
    expect(message).not.toContain("canary");
  });
});

test("a branch's name follows git's rules", () => {
  for (const good of ["main", "team/next", "v1.0", "über"]) expect(checkBranch(good)).toBe(good);
  for (const bad of [
    "",
    "-x",
    "a..b",
    "a b",
    "a/",
    "/a",
    "a.lock",
    ".a",
    "a~1",
    "a:b",
    "@",
    "a@{1}",
  ]) {
    expect(() => checkBranch(bad)).toThrow("is not the name of a branch");
  }
});

test("a path stays within the repository", () => {
  expect(["stacks", "./stacks/", "/a//b/", ".", ""].map(checkPath)).toEqual([
    "stacks",
    "stacks",
    "a/b",
    "",
    "",
  ]);
  expect(() => checkPath("stacks/../..")).toThrow("leads out of the repository");
});
