// What the portal says before it can read its manifests.
import { expect, test } from "vitest";
import { createManifests } from "../../../src/engine/portal/manifests.ts";
import type { PortalDeps } from "../../../src/engine/portal/deps.ts";
import { createFakeEngine } from "../../cli/support.ts";

const holder = "the controller on host-a (process 7) holds this server; this one waits";

function manifestsOf(waitsFor: string | null) {
  const engine = createFakeEngine();
  const state = { ...engine.state(), waitsFor };
  const deps: Partial<PortalDeps> = {
    engine: { ...engine, state: () => state, loaded: () => null },
    manifests: { stacksPath: "stacks" } as PortalDeps["manifests"],
  };
  return createManifests(deps as PortalDeps);
}

test("a process that has not read Git yet says so", async () => {
  await expect(manifestsOf(null).tree()).rejects.toMatchObject({
    code: "unavailable",
    message: "Git has not been read yet",
  });
});

test("one that waits for another process says that, and not for whom", async () => {
  const asked = manifestsOf(holder).tree();
  await expect(asked).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("another process works"),
  });
  await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining("host-a") });
});
