import { expect, test } from "vitest";
import { createFakeEngine } from "../cli/support.ts";
import { createApiWorld } from "./api-support.ts";

test("before Git was read no stack is called unknown", async () => {
  const engine = createFakeEngine();
  const state = engine.state();
  Object.assign(engine, { state: () => ({ ...state, revision: null }) });
  const world = createApiWorld({ engine });
  const answer = await world.request("GET", "/api/v1/stacks/shop");
  expect(answer.status).toBe(503);
  expect(answer.json.detail).toBe("Git has not been read yet");
  world.close();
});
