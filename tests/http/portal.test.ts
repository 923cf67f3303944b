import { afterEach, describe, expect, test } from "vitest";
import { deploymentState, nameCheck, portalSettings } from "../../src/http/api/shapes/portal.ts";
import { createFakeEngine, status } from "../cli/support.ts";
import {
  completed,
  deploying,
  deploymentId,
  fakePortal,
  type FakePortal,
} from "../support/fake-portal.ts";
import { bearer, createApiWorld, deployerToken, tokens, viewerToken } from "./api-support.ts";
import { watching } from "./sse-support.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function open(portal: FakePortal | null = fakePortal()) {
  const engine = createFakeEngine();
  engine.setStacks([status("shop", { kind: "converged" })]);
  const world = createApiWorld({ engine, tokens, deps: { portal } });
  closers.push(() => {
    world.close();
  });
  const asDeployer = bearer(deployerToken);
  return {
    portal: portal!,
    post: (path: string, body: object) =>
      world.request("POST", path, { headers: asDeployer, body: JSON.stringify(body) }),
    send: (method: string, path: string, body?: object) =>
      world.request(method, path, {
        headers: asDeployer,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    get: (path: string, headers: Record<string, string> = {}) =>
      world.request("GET", path, {
        headers: { ...asDeployer, accept: "application/json", ...headers },
      }),
    stream: (path: string, headers: Record<string, string> = {}) =>
      world.raw(path, { ...asDeployer, ...headers }),
  };
}

describe("POST /api/deploy", () => {
  test("takes a name and answers where to follow it", async () => {
    const { post, portal } = open();
    const { status: code, json } = await post("/api/deploy", {
      name: "zoe",
      parameters: { memory: "2Gi" },
    });
    expect(code).toBe(202);
    expect(json).toEqual({
      deploymentId,
      url: "https://zoe.ai.example.com",
      statusEndpoint: `/api/status/${deploymentId}`,
    });
    expect(portal.asked).toEqual([`deploy zoe {"parameters":{"memory":"2Gi"}} by token:shop`]);
  });

  test.each([
    ["admin", 400, "admin is reserved"],
    ["taken", 409, "taken is taken"],
    ["fourth", 403, "you have 3 stacks already, which is the limit"],
    ["offline", 503, "Git has not been read yet"],
  ])("%s is refused with %i and the reason", async (name, code, detail) => {
    const { status: answered, json, type } = await open().post("/api/deploy", { name });
    expect([answered, json.detail, type]).toEqual([code, detail, "application/problem+json"]);
  });

  test("refuses what is no request, naming each mistake, and asks nothing", async () => {
    const { post, portal } = open();
    for (const [body, named] of [
      [{}, "name"],
      [{ name: "x".repeat(101) }, "name"],
      [{ name: "zoe", nam: 1 }, "nam"],
      [{ name: ["zoe"] }, "name"],
      [{ name: "zoe", parameters: [] }, "parameters"],
    ] as const) {
      const { status: code, json } = await post("/api/deploy", body);
      expect([code, json.detail]).toEqual([400, expect.stringContaining(named)]);
    }
    expect(portal.asked).toEqual([]);
  });

  test("P6 a viewer and a stranger deploy nothing", async () => {
    const portal = fakePortal();
    const world = createApiWorld({ tokens, deps: { portal } });
    closers.push(() => {
      world.close();
    });
    const ask = async (headers: Record<string, string>) =>
      (await world.request("POST", "/api/deploy", { headers, body: '{"name":"zoe"}' })).status;
    expect(await ask(bearer(viewerToken))).toBe(403);
    expect(await ask({})).toBe(401);
    expect(portal.asked).toEqual([]);
  });

  test("where nothing can be written to Git it says so", async () => {
    const { status: code, json } = await open(null).post("/api/deploy", { name: "zoe" });
    expect([code, json.hint]).toEqual([503, "run with GIT_URL, or without --source"]);
  });

  test("only POST is answered", async () => {
    const { send } = open();
    const answer = await send("GET", "/api/deploy");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

describe("GET /api/status/:deploymentId", () => {
  const path = `/api/status/${deploymentId}`;

  test("as JSON it is the whole state of now", async () => {
    const { status: code, json } = await open().get(path);
    expect(code).toBe(200);
    expect(deploymentState.parse(json)).toEqual(json);
    expect(json).toMatchObject({
      id: deploymentId,
      name: "zoe",
      status: "deploying",
      url: "https://zoe.ai.example.com",
      projectId: "p1",
      progress: 60,
      currentStep: "Starting the container",
    });
    expect(json).not.toHaveProperty("error");
    expect(json).not.toHaveProperty("applicationId");
  });

  test("as a stream it tells each change once, completes, and ends", async () => {
    const { stream, portal } = open();
    const answer = await stream(path);
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    expect(answer.headers.get("x-accel-buffering")).toBe("no");
    const heard = watching(answer);
    await heard.next(({ event }) => event === "progress");
    for (let index = 0; index < 20; index += 1) portal.set(deploymentId, deploying());
    portal.set(deploymentId, deploying({ progress: 80 }));
    await heard.next(({ data }) => data.progress === 80);
    portal.set(deploymentId, deploying(completed));
    expect(await heard.next(({ event }) => event === "complete")).toMatchObject({
      id: "end",
      data: { status: "completed", progress: 100, url: "https://zoe.ai.example.com" },
    });
    expect(await heard.next(() => true)).toBeNull();
    expect(heard.messages.map(({ event, data }) => [event, data.progress])).toEqual([
      ["progress", 60],
      ["progress", 80],
      ["progress", 100],
      ["complete", 100],
    ]);
    expect(portal.watchers()).toBe(0);
  });

  test("a failure ends it with the sentence and the log, without secrets", async () => {
    const { stream, portal } = open();
    const error = { message: "the image was not found", log: ["pull failed"] };
    portal.set(deploymentId, deploying({ status: "failed", error, endedAtMs: 9_000 }));
    const heard = watching(await stream(path));
    expect(await heard.next(({ event }) => event === "error")).toMatchObject({
      data: { status: "failed", error: "the image was not found", log: ["pull failed"] },
    });
    expect(await heard.next(() => true)).toBeNull();
  });

  test("who comes back hears nothing twice, also from another process", async () => {
    const first = open();
    const before = watching(await first.stream(path));
    const told = await before.next(({ event }) => event === "progress");
    await before.leave();
    const second = open();
    const after = watching(await second.stream(path, { "last-event-id": told!.id! }));
    second.portal.set(deploymentId, deploying(completed));
    await after.next(({ event }) => event === "complete");
    expect(after.messages.map(({ event }) => event)).toEqual(["progress", "complete"]);
    const over = await second.stream(path, { "last-event-id": "end" });
    expect(over.status).toBe(204);
  });

  test("one that is forgotten meanwhile ends with an error", async () => {
    const { stream, portal } = open();
    const heard = watching(await stream(path));
    await heard.next(({ event }) => event === "progress");
    portal.set(deploymentId, null);
    expect((await heard.next(({ event }) => event === "error"))?.data.error).toContain(
      "no deployment",
    );
    expect(await heard.next(() => true)).toBeNull();
  });

  test("an unknown id, and every trick with it, is 404", async () => {
    const { get, stream } = open();
    for (const id of ["dep_2_x", "..%2f..%2fetc%2fpasswd", "%00", "__proto__", "x".repeat(5_000)]) {
      expect((await get(`/api/status/${id}`)).status, id).toBe(404);
      expect((await stream(`/api/status/${id}`)).status, id).toBe(404);
    }
  });

  test("who leaves is forgotten", async () => {
    const { stream, portal } = open();
    const heard = watching(await stream(path));
    await heard.next(({ event }) => event === "progress");
    expect(portal.watchers()).toBe(1);
    await heard.leave();
    expect(portal.watchers()).toBe(0);
  });

  test("P7 so many follow one deployment and no more", async () => {
    const { stream } = open();
    const answers: Response[] = [];
    for (let index = 0; index < 64; index += 1) answers.push(await stream(path));
    const refused = await stream(path);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "30"]);
    for (const answer of answers) await answer.body!.cancel();
  });
});

test("GET /api/check/:name says whether a name may be taken, and why not", async () => {
  const { get } = open();
  const { json } = await get("/api/check/zoe");
  expect(nameCheck.parse(json)).toEqual({ available: true, valid: true, yours: false });
  expect((await get("/api/check/admin")).json).toMatchObject({
    valid: false,
    error: "admin is reserved",
  });
  const long = await get(`/api/check/${"x".repeat(5_000)}`);
  expect([long.status, long.json.valid]).toEqual([200, false]);
});

test("GET /api/v1/portal is the form, and /portal/stacks the caller's own", async () => {
  const { get, portal } = open();
  expect(portalSettings.parse((await get("/api/v1/portal")).json)).toMatchObject({
    suffix: ".ai.example.com",
    fields: [{ name: "memory", options: ["1Gi", "2Gi"] }],
  });
  expect((await get("/api/v1/portal/stacks")).json).toEqual({
    stacks: [
      {
        name: "zoe",
        url: null,
        state: "rolling-out",
        stateText: "Being created",
        deploymentId,
        removable: false,
      },
    ],
  });
  expect(portal.asked).toEqual(["own of token:shop"]);
});

describe("changes of manifests", () => {
  test("DELETE takes the manifest out of Git, and says with which commit", async () => {
    const { send, portal } = open();
    const { status: code, json } = await send("DELETE", "/api/v1/stacks/shop");
    expect(code).toBe(202);
    expect(json).toMatchObject({
      stack: "shop",
      sha: "3f9c2ab0".repeat(5),
      review: null,
      message: "the removal of shop is in Git; the next run does it",
      by: "shop",
    });
    expect((await send("DELETE", "/api/v1/stacks/none")).status).toBe(404);
    expect((await send("DELETE", "/api/v1/stacks/shop?force=1")).status).toBe(400);
    expect(portal.asked).toEqual(["remove shop by token:shop"]);
  });

  test("revert is for operators, and shows first what it would change", async () => {
    const { send, get, portal } = open();
    const revision = "a".repeat(40);
    expect((await send("POST", "/api/v1/stacks/shop/revert", { revision })).status).toBe(403);
    expect(portal.asked).toEqual([]);
    const preview = await get(`/api/v1/stacks/shop/revert?revision=${revision}`);
    expect(preview.json).toMatchObject({ name: "shop", change: "unchanged" });
    expect((await get("/api/v1/stacks/shop/revert")).status).toBe(400);
  });
});
