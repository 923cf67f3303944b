// The portal between Git and a server: a name becomes a manifest, a manifest a running stack.
import { ownStackView } from "../../src/http/api/portal-views.ts";
import { afterEach, expect, test } from "vitest";
import type { DeploymentState } from "../../src/model/deployment.ts";
import { aiTemplate, openPortalBench, olga, yan, zoe } from "../support/portal-bench.ts";
import type { PortalBench, PortalBenchOptions } from "../support/portal-bench.ts";
import { failure } from "../support/failure.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let bench: PortalBench;
afterEach(() => bench.close());
const open = async (options: PortalBenchOptions = {}): Promise<void> => {
  bench = await openPortalBench(options);
};

async function ended(id: string): Promise<DeploymentState> {
  const last: (DeploymentState | null)[] = [];
  await until("the deployment ends", async () => {
    last.push(await bench.portal().state(id));
    return ["completed", "failed"].includes(last.at(-1)?.status ?? "");
  });
  const state = last.at(-1) ?? null;
  if (state === null) throw new Error("there is no state");
  return state;
}

test("a name becomes a commit of the person's, and a running stack", async () => {
  await open();
  const parameters = { memory: "4Gi", note: 'a $(secrets.other) "quoted"' };
  const record = await bench.portal().deploy({ name: "ada", parameters }, zoe);
  expect(record.id).toMatch(/^dep_[0-9a-z]+_[\w-]{24}$/);
  expect(record.url).toBe("https://ada.ai.example.com");
  const progress: number[] = [];
  const unwatch = bench.portal().watch(record.id, () => {
    void bench
      .portal()
      .state(record.id)
      .then((state) => progress.push(state?.progress ?? -1));
  });
  const state = await ended(record.id);
  unwatch();
  expect(state).toMatchObject({ status: "completed", progress: 100, error: null, name: "ada" });
  expect(state.steps.map(({ id, state: is }) => `${id} ${is}`)).toEqual([
    "written done",
    "seen done",
    "project done",
    "application done",
    "deploy done",
    "ready done",
  ]);
  expect(
    state.steps.every(({ startedAtMs, endedAtMs }) => (startedAtMs ?? 0) <= (endedAtMs ?? 0)),
  ).toBe(true);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(state.projectId).not.toBeNull();
  expect(state.applicationId).not.toBeNull();

  expect(bench.projects()).toEqual(["ai-stack-ada"]);
  const [application] = bench.simulator.state.applications.values();
  expect(application?.memoryLimit).toBe(String(4 * 1024 ** 3));
  expect(application?.env).toContain('a $(secrets.other) "quoted"');
  expect(await bench.git("log", "-1", "--format=%an <%ae>%n%s")).toBe(
    "Zoe <zoe@example.com>\nAdd the stack ada\n",
  );
  // Told once more, long after.
  await bench.start();
  expect(await bench.portal().state(record.id)).toMatchObject({ status: "completed" });
});

test("P8 names are refused by the template's rule, and taken ones by whoever has them", async () => {
  await open({ files: { "stacks/shop.yaml": simpleStack("shop") } });
  await bench.ready("shop");
  bench.simulator.state.seed(1, { prefix: "ai-stack-eve" });
  bench.controller().engine.reconcile("shop", "a test");
  await until("the project is listed", () =>
    bench
      .controller()
      .engine.projects()
      .some(({ name }) => name === "ai-stack-eve-0"),
  );
  const error = async (name: string) => (await bench.portal().check(name, zoe)).error ?? "";
  expect(await bench.portal().check("bob", zoe)).toEqual({
    available: true,
    valid: true,
    yours: false,
  });
  expect(await error("")).toBe("type a name");
  expect(await error("zo")).toBe("zo must have 3 to 20 characters");
  expect(await error("-ab")).toBe("-ab must begin and end with a letter or digit");
  expect(await error("Ab<script>")).toContain("may hold only a-z");
  expect(await error("../../etc")).toContain("may hold only a-z");
  expect(await error("admin")).toBe("admin is reserved");
  expect(await error("shop")).toBe("shop is taken");
  expect(await error("eve-0")).toContain("the server has a project of that name");
  expect(await failure(bench.portal().deploy({ name: "../x" }, zoe))).toContain("invalid: ../x");
  expect(await failure(bench.portal().deploy({ name: "shop" }, zoe))).toBe(
    "conflict: shop is taken",
  );
  await bench.push({
    "stacks/thief.yaml": simpleStack("thief", { host: "bob.ai.example.com" }),
  });
  expect(await error("bob")).toBe("bob is taken: the domain bob.ai.example.com belongs to thief");
  await bench.push({ "stacks/thief.yaml": null });
  const before = await bench.git("rev-parse", "main");
  for (const parameters of [
    { memory: "64Gi" },
    { imagee: "x" },
    { image: ["a"] },
    { note: "two\nlines" },
    { note: "x".repeat(3_000) },
  ]) {
    expect(await failure(bench.portal().deploy({ name: "bob", parameters }, zoe))).toMatch(
      /^invalid/,
    );
  }
  expect(await failure(bench.portal().deploy({ name: "bob", template: "other" }, zoe))).toMatch(
    /^invalid/,
  );
  expect(await bench.git("rev-parse", "main")).toBe(before);
});

test("double clicks and two people at once make one stack", async () => {
  await open();
  const portal = bench.portal();
  const all = await Promise.allSettled([
    portal.deploy({ name: "ada" }, zoe),
    portal.deploy({ name: "ada" }, zoe),
    portal.deploy({ name: "ada" }, yan),
    portal.deploy({ name: "ada" }, zoe),
  ]);
  const ids = all.flatMap((one) => (one.status === "fulfilled" ? [one.value.id] : []));
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(1);
  expect(await portal.check("ada", yan)).toMatchObject({ available: false, yours: false });
  expect(await portal.check("ada", zoe)).toMatchObject({ available: false, yours: true });
  expect((await ended(ids[0] ?? "")).status).toBe("completed");
  expect(await failure(portal.deploy({ name: "ada" }, zoe))).toBe("conflict: ada is yours already");
  expect(bench.projects()).toEqual(["ai-stack-ada"]);
});

test("the quota of a person counts what is in Git and what is asked for, and not for operators", async () => {
  await open({ environment: { PORTAL_QUOTA: "1" } });
  const portal = bench.portal();
  const first = await portal.deploy({ name: "one" }, zoe);
  expect(await failure(portal.deploy({ name: "two" }, zoe))).toMatch(/^denied: you have 1/);
  await portal.deploy({ name: "three" }, yan);
  await portal.deploy({ name: "four" }, olga);
  await portal.deploy({ name: "five" }, olga);
  await ended(first.id);
  expect(await failure(portal.deploy({ name: "two" }, zoe))).toMatch(/^denied/);
  expect((await portal.own(zoe)).map(({ name }) => name)).toEqual(["one"]);
});

test("W12 a controller that ends in the middle claims no success, and goes on when it is back", async () => {
  await open();
  const release = bench.simulator.faults.holdPulls("opencode");
  const record = await bench.portal().deploy({ name: "ada" }, zoe);
  await until("it is being deployed", async () => {
    const state = await bench.portal().state(record.id);
    return state?.status === "deploying";
  });
  await bench.start();
  const middle = await bench.portal().state(record.id);
  expect(middle).toMatchObject({ status: "deploying", progress: 67 });
  release();
  expect(await ended(record.id)).toMatchObject({ status: "completed" });
  expect(bench.simulator.state.deployments.size).toBe(1);
});

test("an image that does not exist ends it as failed with the log's last lines, and trying again works", async () => {
  await open({ environment: { STACK_IMAGE: "ghcr.io/acme/missing:1" } });
  bench.simulator.faults.image("missing", "missing");
  const record = await bench.portal().deploy({ name: "ada" }, zoe);
  const state = await ended(record.id);
  expect(state.status).toBe("failed");
  expect(state.error?.message).toBeTruthy();
  expect(state.error?.log.join("\n")).toContain("missing");
  const again = await bench
    .portal()
    .deploy({ name: "ada", parameters: { image: "ghcr.io/acme/opencode:2" } }, zoe);
  expect(again.id).not.toBe(record.id);
  expect(await ended(again.id)).toMatchObject({ status: "completed" });
  expect(bench.projects()).toEqual(["ai-stack-ada"]);
});

test("only its owner and operators remove a stack, and its file takes nothing else with it", async () => {
  await open({
    files: { "stacks/two.yaml": `${simpleStack("keep")}---\n${simpleStack("go")}` },
  });
  const portal = bench.portal();
  const record = await portal.deploy({ name: "ada" }, zoe);
  await ended(record.id);
  await bench.ready("go");
  expect(await failure(portal.remove("ada", yan))).toBe("denied: ada is not yours");
  expect(await failure(portal.remove("go", zoe))).toBe("denied: go is not yours");
  expect(await failure(portal.remove("none", olga))).toMatch(/^not-found/);
  // Twice at once: by the second time the first one may have been read already.
  await Promise.allSettled([portal.remove("ada", zoe), portal.remove("ada", zoe)]);
  await until("it is gone", () => !bench.projects().includes("ai-stack-ada"));
  const removals = await bench.git("log", "--format=%s", "--grep=Remove the stack ada");
  expect(removals).toBe("Remove the stack ada\n");
  await portal.remove("go", olga);
  await until("it is gone", () => !bench.projects().includes("go"));
  expect(bench.projects()).toEqual(["keep"]);
  const files = await bench.files();
  expect(Object.keys(files)).toEqual(["stacks/templates/ai-stack.yaml", "stacks/two.yaml"]);
  expect(files["stacks/two.yaml"]).toBe(simpleStack("keep"));
  // The name is free again, and what was said of its removal is not taken for the new one's end.
  const next = await portal.deploy({ name: "ada" }, yan);
  expect(await ended(next.id)).toMatchObject({ status: "completed" });
});

test("O6 a removal that waits for an approval stays in its owner's list, and says so", async () => {
  await open();
  const portal = bench.portal();
  await ended((await portal.deploy({ name: "ada" }, zoe)).id);
  // The last of all stacks: its removal could be a mistake of the whole repository.
  await portal.remove("ada", zoe);
  const held = () => bench.controller().engine.held();
  const rows = async () => (await portal.own(zoe)).map((one) => ownStackView(one, false));
  await until("it waits", async () => (await rows())[0]?.state === "waiting");
  expect(await rows()).toMatchObject([
    { name: "ada", stateText: "Its removal waits for an operator", removable: false },
  ]);
  expect(await portal.own(yan)).toEqual([]);
  expect(await portal.check("ada", yan)).toMatchObject({ available: false });
  await bench.controller().engine.approvePrune(held()?.digest ?? "", "Olga");
  await until("it is gone", () => bench.projects().length === 0);
  await until("the list is empty", async () => (await portal.own(zoe)).length === 0);
});

test("a revert says that it was the template that changed, as that is not its to restore", async () => {
  await open();
  await ended((await bench.portal().deploy({ name: "ada" }, zoe)).id);
  const first = (await bench.git("rev-parse", "main")).trim();
  const next = aiTemplate.replace("default: 2Gi", "default: 4Gi");
  await bench.push({ "stacks/templates/ai-stack.yaml": next });
  const refused = await bench
    .portal()
    .revert("ada", first, olga)
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: "conflict",
    hint: expect.stringContaining("its template"),
  });
});

test("a revert restores the manifest of an earlier revision, after showing what that does", async () => {
  await open({
    files: { "stacks/shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:1" }) },
  });
  await bench.ready("shop");
  const first = (await bench.git("rev-parse", "main")).trim();
  await bench.push({ "stacks/shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:2" }) });
  const image = () => [...bench.simulator.state.applications.values()][0]?.dockerImage;
  await until("it has the second image", () => image() === "ghcr.io/acme/web:2");
  const preview = await bench.portal().revertPreview("shop", first);
  const changes = preview.plans.flatMap(({ actions }) => actions.flatMap((one) => one.changes));
  expect(changes).toContainEqual({
    path: "image",
    was: "ghcr.io/acme/web:2",
    is: "ghcr.io/acme/web:1",
  });
  await bench.portal().revert("shop", first, olga);
  await until("it has the first image", () => image() === "ghcr.io/acme/web:1");
  const again = await bench
    .portal()
    .revert("shop", first, olga)
    .catch((error: unknown) => error);
  expect(again).toMatchObject({
    code: "conflict",
    hint: `nothing of it has changed since ${first.slice(0, 12)}`,
  });
  expect(await failure(bench.portal().revert("shop", "f".repeat(40), olga))).toMatch(/^not-found/);
});
