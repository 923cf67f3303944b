// What each host says of its repository, the token and the webhooks there.
import { afterEach, describe, expect, test } from "vitest";
import { createForge } from "../../src/forge/create.ts";
import { startFakeGitea } from "../support/fake-gitea.ts";
import { startFakeGitHub } from "../support/fake-github.ts";
import { startFakeGitLab } from "../support/fake-gitlab.ts";
import { forgeOptions } from "./support.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const address = "https://capstan.example.com/webhooks";
const hookRows = {
  gitea: { id: 1, active: true, config: { url: `${address}/gitea`, content_type: "json" } },
  github: {
    id: 1,
    active: false,
    config: { url: `${address}/github` },
    last_response: { code: 502, status: "invalid HTTP response: 502", message: null },
  },
  gitlab: { id: 1, url: `${address}/gitlab`, alert_status: "executable", disabled_until: null },
} as const;

async function open(kind: keyof typeof hookRows) {
  const host =
    kind === "gitea"
      ? await startFakeGitea()
      : kind === "github"
        ? await startFakeGitHub()
        : await startFakeGitLab();
  closers.push(() => host.close());
  const repository = "repository" in host ? host.repository : "acme/stacks";
  return { host, doctor: createForge(kind, forgeOptions(host, { repository })) };
}

describe.each(["gitea", "github", "gitlab"] as const)("on %s", (kind) => {
  test("who the token belongs to, and that it may write", async () => {
    const { doctor } = await open(kind);
    expect(await doctor.diagnose()).toMatchObject({
      login: await doctor.self(),
      mayPush: true,
      isArchived: false,
      defaultBranch: "main",
      hooks: [],
    });
  });

  test("a token that may only read, in a repository that is archived", async () => {
    const { host, doctor } = await open(kind);
    const reader =
      kind === "gitlab"
        ? { project_access: { access_level: 20 }, group_access: null }
        : { admin: false, push: false, pull: true };
    Object.assign(host.about, { archived: true, permissions: reader });
    expect(await doctor.diagnose()).toMatchObject({ mayPush: false, isArchived: true });
  });

  test("each right of the token, without a trace at the host", async () => {
    const { host, doctor } = await open(kind);
    if (kind === "gitlab") {
      const found = async () => (await doctor.diagnose()).rights.map(({ granted }) => granted);
      expect(await found()).toEqual([null]);
      for (const [scopes, granted] of [
        [["api"], true],
        [["read_api"], false],
      ] as const) {
        host.intercept = ({ path }) =>
          path === "/personal_access_tokens/self" ? { status: 200, body: { scopes } } : null;
        expect(await found()).toEqual([granted]);
      }
      return;
    }
    const { rights } = await doctor.diagnose();
    expect(rights.length).toBeGreaterThan(1);
    expect(rights.every(({ granted }) => granted === true)).toBe(true);
    host.intercept = ({ method, path }) =>
      method !== "POST"
        ? null
        : path.endsWith("/comments")
          ? { status: 403, body: { message: "token does not have the required scope" } }
          : { status: 502, body: "a proxy" };
    expect((await doctor.diagnose()).rights.map(({ granted }) => granted)).toEqual([
      ...rights.slice(1).map(() => null),
      false,
    ]);
    const { statuses, comments, pulls } = host as Awaited<ReturnType<typeof startFakeGitea>>;
    expect([statuses, comments, pulls]).toEqual([[], [], []]);
  });

  test("webhooks, and that the token may not see them", async () => {
    const { host, doctor } = await open(kind);
    host.hooks = [hookRows[kind]];
    const { hooks } = await doctor.diagnose();
    expect(hooks).toEqual([
      {
        url: `${address}/${kind}`,
        active: kind !== "github",
        lastStatus: { gitea: null, github: "502", gitlab: "executable" }[kind],
      },
    ]);
    host.hooks = null;
    expect((await doctor.diagnose()).hooks).toBeNull();
  });
});
