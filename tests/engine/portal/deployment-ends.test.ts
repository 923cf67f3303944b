// A deployment ends once, whoever sees it first.
import { expect, test } from "vitest";
import { createDeployments } from "../../../src/engine/portal/deployments.ts";
import type { PortalDeps } from "../../../src/engine/portal/deps.ts";
import type { DeploymentRecord } from "../../../src/model/deployment.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

test("a removal that comes while its pull request is looked up stays the end, and is told once", async () => {
  const records = new Map<string, DeploymentRecord>();
  const told: unknown[] = [];
  const pulls = [Promise.withResolvers<{ state: "closed" }>()];
  const deps = {
    engine: { onAnyEvent: () => () => undefined, projects: () => [], loaded: () => null },
    store: {
      saveDeployment: (record: DeploymentRecord) => void records.set(record.id, record),
      deployment: (id: string) => records.get(id) ?? null,
      openDeployments: () => [...records.values()].filter(({ end }) => end === null),
      checks: () => [],
      newestCheck: () => null,
      events: () => [],
    },
    forge: { pull: () => pulls[0]!.promise },
    clock: createVirtualClock(),
    randomId: () => "id",
    tell: (what: unknown) => void told.push(what),
  } as unknown as PortalDeps;
  const deployments = createDeployments(deps);
  const person = { id: "zoe", name: "Zoe", role: "member" } as never;
  const asked = deployments.create({ name: "zoe", template: "ai", url: null, person });
  const change = { kind: "review", number: 7, url: "https://git.example.com/7" } as never;
  const { id } = deployments.written(asked, change);
  const looks = [deployments.state(id), deployments.state(id)];
  deployments.removed("zoe", { name: "Ada" });
  pulls[0]!.resolve({ state: "closed" });
  const [state] = await Promise.all(looks);
  expect(state?.error?.message).toBe("Ada removed it before it was ready.");
  expect(records.get(id)?.end?.error?.message).toBe("Ada removed it before it was ready.");
  expect(told).toEqual([{ kind: "deployment-ended", result: "failed" }]);
  deployments.close();
});
