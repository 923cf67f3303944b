// Law W3 for what is changed: a lost write that lands late is never carried out over one that came after it.
import { expect, test } from "vitest";
import { createFastScenario } from "../support/fast-scenario.ts";
import { lateWrite } from "../support/late-write.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

interface Version {
  readonly mode: string;
  readonly port: number;
  readonly zone: string;
}

function manifest({ mode, port, zone }: Version): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    `  variables: { TZ: ${zone} }`,
    "  applications:",
    "    web:",
    "      image: ghcr.io/acme/web:1",
    "      rollout: { stableFor: 0s }",
    `      env: { MODE: ${mode} }`,
    `      domains: [ { host: shop.example.com, port: ${port} } ]`,
    "",
  ].join("\n");
}

const first: Version = { mode: "one", port: 8081, zone: "UTC" };
const second: Version = { mode: "two", port: 8082, zone: "CET" };
const third: Version = { mode: "three", port: 8083, zone: "EET" };

const cases = [
  { write: "configureService", change: "mode", procedure: "application.update" },
  { write: "updateChild", change: "port", procedure: "domain.update" },
  { write: "updateProject", change: "zone", procedure: "project.update" },
] as const;

function seen({ simulator }: Awaited<ReturnType<typeof createFastScenario>>) {
  const { projects, domains } = simulator.state;
  return {
    picture: worldPicture(simulator),
    ports: [...domains.values()].map(({ port }) => port),
    variables: [...projects.values()].map(({ env }) => env),
  };
}

async function undisturbed(version: Version) {
  const scenario = await createFastScenario();
  try {
    for (const one of [first, version]) {
      await scenario.push({ "shop.yaml": manifest(one) });
      await scenario.apply();
    }
    return seen(scenario);
  } finally {
    await scenario.close();
  }
}

test.each(cases)(
  "W3 a lost $write that lands after a look is waited for, and sent once",
  async ({ write, change }) => {
    const version = { ...first, [change]: second[change] };
    const late = lateWrite(write);
    const scenario = await createFastScenario({ wrapPlatform: late.wrap });
    try {
      await scenario.push({ "shop.yaml": manifest(first) });
      await scenario.apply();
      late.lose();
      await scenario.push({ "shop.yaml": manifest(version) });
      const { stacks } = await scenario.apply();
      await late.land();
      expect(seen(scenario)).toEqual(await undisturbed(version));
      expect(stacks.map(({ outcome }) => outcome)).toEqual([{ kind: "converged" }]);
      expect(late.asked()).toBe(1);
    } finally {
      await scenario.close();
    }
  },
);

test.each(cases)(
  "W3 a $write of which Dokploy says that it failed is sent again without waiting",
  async ({ procedure, change }) => {
    // Whoever waits for a second look waits for ever.
    const scenario = await createFastScenario({ engine: { lookAgainMs: 1e9 } });
    try {
      await scenario.push({ "shop.yaml": manifest(first) });
      await scenario.apply();
      scenario.simulator.faults.add({ kind: "status500", procedure });
      await scenario.push({ "shop.yaml": manifest({ ...first, [change]: second[change] }) });
      const { stacks } = await scenario.apply();
      expect(stacks.map(({ outcome }) => outcome)).toEqual([{ kind: "converged" }]);
      expect(scenario.simulator.faults.list()).toEqual([]);
    } finally {
      await scenario.close();
    }
  },
);

test.each(cases)(
  "W3 a lost $write is not carried out over what a newer commit says",
  async ({ write, change }) => {
    const version = { ...first, [change]: third[change] };
    const late = lateWrite(write);
    const scenario = await createFastScenario({ wrapPlatform: late.wrap });
    try {
      await scenario.push({ "shop.yaml": manifest(first) });
      await scenario.apply();
      const engine = scenario.engine();
      engine.start();
      let commit = "";
      late.lose(async () => {
        commit = await scenario.push({ "shop.yaml": manifest(version) });
        await until("the newest commit is seen", () => engine.state().revision === commit);
      });
      await scenario.push({ "shop.yaml": manifest({ ...first, [change]: second[change] }) });
      await until("the newest commit is carried out", () =>
        engine
          .stacks()
          .every(({ outcome, revision }) => outcome.kind === "converged" && revision === commit),
      );
      await late.land();
      expect(seen(scenario)).toEqual(await undisturbed(version));
    } finally {
      await scenario.close();
    }
  },
);
