// The commits of a branch that is followed: each is built once, and only what is new and wanted.
import { expect, test } from "vitest";
import { until } from "../support/until.ts";
import { useCodeWorld } from "../support/code-world.ts";

const {
  scenario,
  code,
  lose,
  shop,
  web,
  marker,
  deploys,
  isSettled,
  ready,
  messages,
  passes,
  start,
} = useCodeWorld();

test("a new commit of a branch that is followed is built, with the commit in the why", async () => {
  const first = await code().commit("The first one");
  await scenario().push({ "shop.yaml": shop({ git: ", follow: true" }) });
  await start();
  await until("it is well", () => isSettled() && marker()?.commit === first.slice(0, 12));
  const second = await code().commit("The second one");
  await until(
    "the second one is built",
    () => isSettled() && marker()?.commit === second.slice(0, 12),
  );
  expect(deploys()).toBe(2);
  expect(messages().some((one) => one.includes(`new commit ${second.slice(0, 12)} of main`))).toBe(
    true,
  );
  await start();
  await until("it is looked at again", () => ready().status === "True");
  expect(deploys()).toBe(2);
});

test("a followed commit whose build fails is left alone until the next one", async () => {
  await code().commit("The first one");
  await scenario().push({ "shop.yaml": shop({ git: ", follow: true" }) });
  await start();
  await until("it is well", isSettled);
  await code().commit(
    "A broken one",
    'ERROR: failed to solve: process "make" did not complete successfully: exit code: 2',
  );
  await until("it is given up", () => ready().message.includes("tried 4 times"));
  expect(deploys()).toBe(5);
  await start();
  await until("it is looked at again", () => ready().message.includes("make"));
  expect(deploys()).toBe(5);
  const third = await code().commit("The third one");
  await until(
    "the third one is built",
    () => isSettled() && marker()?.commit === third.slice(0, 12),
  );
  expect(deploys()).toBe(6);
});

test("of a branch that is followed only commits that change what is watched are built, also after a restart", async () => {
  const first = await code().commit("The first one");
  const git = ", follow: true, watchPaths: [apps/web, '!apps/web/docs', '*.lock']";
  await scenario().push({ "shop.yaml": shop({ git }) });
  await start();
  await until("it is well", () => isSettled() && marker()?.commit === first.slice(0, 12));
  const looks = (): number => code().requests();
  const quiet = async (files: Readonly<Record<string, string>>): Promise<void> => {
    await code().push(files, "Of no interest");
    const before = looks();
    // A comparison is one conversation of several requests: more looks than these came after it.
    await until("it was looked at", () => looks() > before + 8);
    await until("nothing is under way", () => ready().status === "True" && isSettled());
    expect(deploys()).toBe(1);
  };
  await quiet({ "apps/api/index.ts": "1", "README.md": "2" });
  await quiet({ "apps/web/docs/index.md": "1" });
  await scenario().loseStore();
  await start();
  await until("it is looked at again", () => ready().status === "True");
  await quiet({ "apps/api/index.ts": "2" });
  scenario().simulator.log.clear();
  await passes(8);
  // What concerns nobody costs no request of later passes.
  expect(scenario().simulator.log.count("application.one")).toBe(0);
  const wanted = await code().push({ "apps/web/index.ts": "1", "README.md": "3" }, "A wanted one");
  await until("it is built", () => isSettled() && marker()?.commit === wanted.slice(0, 12));
  expect(deploys()).toBe(1);
});

const followed = (more = "") =>
  shop({ git: ", follow: true", ...(more === "" ? {} : { env: more }) });
const short = (commit: string): string => commit.slice(0, 12);
/** Followed, built once and at rest. */
async function begin(manifest = followed()): Promise<void> {
  await code().commit("The first one");
  await scenario().push({ "shop.yaml": manifest });
  await start();
  await until("it is well", () => isSettled() && ready().status === "True");
}

test("Q8 a commit whose clone fails is tried as often as any other, and then left alone", async () => {
  await begin();
  lose(true);
  await code().commit("Cannot be cloned");
  await until("it is given up", () => ready().message.includes("tried 4 times"));
  await passes(8);
  expect(deploys()).toBe(5);
  lose(false);
  const third = await code().commit("The third one");
  await until("it is built", () => isSettled() && marker()?.commit === short(third));
});

test("W7 each commit has tries of its own", async () => {
  await begin();
  await code().commit("A broken one", "ERROR: failed to solve: exit code: 2");
  await until("it is given up", () => ready().message.includes("tried 4 times"));
  await code().commit("A good one");
  await until("it is well", () => isSettled() && ready().status === "True");
  const before = deploys();
  await code().commit("Another broken one", "ERROR: failed to solve: exit code: 3");
  await until("it is given up", () => ready().message.includes("tried 4 times"));
  expect(deploys() - before).toBe(4);
});

test("W6 drift that is left alone keeps no commit from being built, and is not read on every pass", async () => {
  await begin(followed().replace("spec:", "spec:\n  sync: { selfHeal: false }"));
  scenario().simulator.state.editApplication(web().applicationId, { env: "MODE=byhand" });
  const second = await code().commit("The second one");
  await until("it is built", () => isSettled() && marker()?.commit === short(second));
  expect(deploys()).toBe(2);
  scenario().simulator.log.clear();
  await passes(8);
  expect(scenario().simulator.log.count("application.one")).toBe(0);
});

test("P5 a login in an address is shown nowhere, although Dokploy prints it", async () => {
  await code().commit("The first one");
  const url = code().url.replace("http://", "http://robot:literal-login-1@");
  const manifest = shop({ git: ", ref: nope" }).replace(code().url, url);
  await scenario().push({ "shop.yaml": manifest });
  await start();
  await until("it is given up", () => ready().message.includes("tried 4 times"));
  expect(ready().message).toContain("http://(secret)@127.0.0.1");
  const engine = scenario().engine();
  expect(JSON.stringify([engine.stacks(), engine.events()])).not.toContain("literal-login-1");
});
