// What a stack of several services waits for, when some builds are known and others are not.
import { expect, test } from "vitest";
import { buildWait } from "../../../src/engine/builds/build-wait.ts";
import type { KnownRuns } from "../../../src/engine/builds/known-runs.ts";
import type { DesiredService } from "../../../src/model/desired.ts";
import type { RunState } from "../../../src/model/forge.ts";
import type { Action } from "../../../src/model/plan.ts";
import { webStack } from "../../support/web-stack.ts";

const [plain] = webStack({ image: "ghcr.io/acme/shop:1.4.2" }, { name: "shop" }).services;
if (plain === undefined) throw new Error("no service");

const built = (key: string, workflow = `${key}.yaml`): DesiredService => ({
  ...plain,
  key,
  rollout: { ...plain.rollout, after: { repository: "acme/shop", workflow } },
});
const newImages = (...services: string[]): readonly Action[] =>
  services.map(
    (service) => ({ type: "create-service", service, changes: [] }) as unknown as Action,
  );
const known = (state: RunState): KnownRuns => ({
  atMs: 0,
  error: null,
  runs: [
    {
      ...{ id: "1", number: 1, title: "Build", workflow: "w", branch: "main", headSha: "a1" },
      ...{ url: "https://git.example.com/1", state, startedAtMs: 0 },
    },
  ],
});
/** What each workflow's newest run is; one that is not named is not known. */
const decide = (services: readonly DesiredService[], runs: Record<string, KnownRuns>) =>
  buildWait(
    { services },
    newImages(...services.map(({ key }) => key)),
    ({ workflow }) => runs[workflow ?? ""] ?? null,
  );

test("nothing waits when every build is green", () => {
  const green = known("success");
  expect(decide([built("web"), built("jobs")], { "web.yaml": green, "jobs.yaml": green })).toEqual({
    waiting: null,
    unknown: [],
    untilAnswered: false,
  });
});

test("workflows that are not known are asked for once each, and the first answer ends the wait", () => {
  const wait = decide([built("web", "all.yaml"), built("jobs", "all.yaml"), built("api")], {});
  expect(wait).toMatchObject({
    waiting: {
      reason: "build",
      message: "acme/shop all.yaml, acme/shop api.yaml: asks for its runs",
    },
    unknown: [{ workflow: "all.yaml" }, { workflow: "api.yaml" }],
    untilAnswered: true,
  });
});

test("a build under way is waited for; what is not known is asked for meanwhile", () => {
  const wait = decide([built("web"), built("jobs")], { "web.yaml": known("running") });
  expect(wait.waiting).toMatchObject({ reason: "build", afterMs: 30_000 });
  expect(wait.unknown).toMatchObject([{ workflow: "jobs.yaml" }]);
  expect(wait.untilAnswered).toBe(false);
});

test("a failed build is named before one that is under way", () => {
  const wait = decide([built("web"), built("jobs")], {
    "web.yaml": known("running"),
    "jobs.yaml": known("failure"),
  });
  expect(wait.waiting).toMatchObject({ reason: "build-held", afterMs: 120_000 });
  expect(wait.waiting?.message).toMatch(/^jobs: /);
});

test("a host that does not answer holds what waits for it", () => {
  const wait = decide([built("web")], { "web.yaml": { atMs: 0, runs: [], error: "it is down" } });
  expect(wait.waiting).toMatchObject({
    reason: "build-held",
    message: "web: runs of web.yaml: it is down",
  });
});
