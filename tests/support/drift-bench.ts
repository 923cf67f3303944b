// A stack with `sync.drift: propose` on a controller that is put together as in production, with a real repository over
// HTTP and a little Gitea beside it: what people do in Dokploy and to the pull request, and what they see.
import { expect } from "vitest";
import { openForgeBench } from "./forge-bench.ts";
import type { ForgeBench } from "./forge-bench.ts";
import type { FakePull } from "./fake-gitea-pulls.ts";
import { until } from "./until.ts";

/** Of the test that runs. */
export let bench: ForgeBench;

export const canary = "canary-of-a-secret-4711";
export const shop = `# The web shop.
apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }   # the name
spec:
  sync: { drift: propose }
  variables: { TZ: UTC }
  applications:
    web:
      image: ghcr.io/acme/web:1 # by hand
      replicas: 1
      rollout: { stableFor: 0s, timeout: 20s }
      env:
        MODE: live # or debug
        TOKEN: $(secrets.token)
      domains: [{ host: shop.example.com, port: 8080 }]
`;
export const manifest = "stacks/shop.yaml";

export async function open(
  text = shop,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  bench = await openForgeBench({
    files: { [manifest]: text },
    environment: { SECRET_TOKEN: canary, DEEP_CHECK_INTERVAL: "1s", ...environment },
  });
  await bench.ready("shop");
  bench.simulator.log.clear();
}

export const state = () => bench.simulator.state;
export const web = () => [...state().applications.values()][0]!;
/** As in Dokploy's page, with its Deploy. */
export const edit = (changes: Parameters<ReturnType<typeof state>["editApplication"]>[1]): void => {
  const { applicationId, appName } = web();
  state().editApplication(applicationId, changes);
  if (typeof changes.replicas === "number") state().scaleSwarmService(appName, changes.replicas);
};
export const withEnv = (from: string, to: string): string => (web().env ?? "").replace(from, to);
export const condition = (type: string) =>
  bench
    .controller()
    .engine.stacks()
    .find(({ name }) => name === "shop")
    ?.conditions.find((one) => one.type === type);
export const synced = (reason: string) =>
  until(`Synced is ${reason}`, () => condition("Synced")?.reason === reason);
export const openPulls = (): readonly FakePull[] =>
  bench.gitea.pulls.filter((one) => one.state === "open");
export const onlyPull = (): FakePull => {
  expect(openPulls()).toHaveLength(1);
  return openPulls()[0]!;
};
export const textAt = async (branch: string): Promise<string> => {
  const head = await bench.gitea.git.ref(`refs/heads/${branch}`);
  return (await bench.gitea.git.files(head ?? "")).get(manifest) ?? "";
};
export const deploys = () => bench.simulator.log.count("application.deploy");
export const writes = () => bench.simulator.log.writes().flatMap(({ procedures }) => procedures);
/** Nothing of a secret is anywhere that people look. */
export function expectNoSecret(): void {
  const { engine } = bench.controller();
  const shown = [bench.gitea.pulls, bench.gitea.comments, bench.gitea.statuses, engine.events()];
  expect(JSON.stringify(shown)).not.toContain(canary);
  expect(
    JSON.stringify(engine.stacks().map(({ conditions, drift }) => [conditions, drift])),
  ).not.toContain(canary);
}
export async function close(pull: FakePull): Promise<void> {
  pull.state = "closed";
  await bench.deliverPull(pull, "closed");
}
export async function merge(pull: FakePull): Promise<string> {
  const merged = await bench.gitea.mergePull(pull.number);
  await bench.deliverPush(merged);
  await bench.deliverPull(pull, "closed");
  return merged;
}
export async function proposed(): Promise<FakePull> {
  await synced("DriftProposed");
  // Nothing says in one line that all is in sync, and in the next what differs.
  expect(condition("Ready")?.message).toBe("healthy, with what was changed in Dokploy");
  return onlyPull();
}
