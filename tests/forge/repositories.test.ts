// Another repository on the same host is asked for by its own name, with the same token; what it says is its own.
import { afterEach, expect, test } from "vitest";
import { createForges } from "../../src/forge/create.ts";
import type { ForgeKind } from "../../src/model/forge.ts";
import { startFakeGitea } from "../support/fake-gitea.ts";
import { startFakeGitHub } from "../support/fake-github.ts";
import { startFakeGitLab } from "../support/fake-gitlab.ts";
import type { FakeHost } from "../support/forge-hosts.ts";
import { failure, forgeOptions } from "./support.ts";

let host: FakeHost;
afterEach(() => host.close());

const starts: Readonly<Record<ForgeKind, () => Promise<FakeHost>>> = {
  gitea: () => startFakeGitea(),
  forgejo: () => startFakeGitea({ kind: "forgejo" }),
  github: () => startFakeGitHub(),
  gitlab: () => startFakeGitLab(),
};
const paths: Readonly<Record<ForgeKind, string>> = {
  gitea: "/repos/acme/web",
  forgejo: "/repos/acme/web",
  github: "/repos/acme/web",
  gitlab: "/projects/acme%2Fweb",
};

test.each(["gitea", "forgejo", "github", "gitlab"] as const)("%s", async (kind) => {
  host = await starts[kind]();
  const on = createForges(kind, forgeOptions(host));
  const other = on("acme/web");
  expect(other.title).toMatch(/, acme\/web$/);
  host.intercept = ({ path }) => ({
    status: 200,
    body: path.includes("/permission")
      ? { permission: "write" }
      : path.includes("/members/")
        ? [{ username: "maria", state: "active", access_level: 30 }]
        : [],
  });
  expect(await other.openPulls()).toEqual([]);
  expect(await other.comments(7)).toEqual([]);
  expect(await other.mayWrite("maria")).toBe(true);
  const asked = host.calls.map(({ path }) => path);
  expect(asked).toHaveLength(3);
  for (const path of asked) expect(path).toContain(`${paths[kind]}/`);
  const tokens = host.calls.map(({ headers }) => headers.authorization ?? headers["private-token"]);
  for (const token of tokens) expect(token).toContain(host.token);
  host.intercept = () => ({ status: 404, body: { message: "Not Found" } });
  await failure(other.openPulls(), "not-found");
  expect(() => on("../acme/web")).toThrow(/repository/);
});
