// P5: the secrets of what is built from Git, and what somebody wrote into Dokploy in their place, are shown nowhere.
import { afterEach, beforeEach, expect, test } from "vitest";
import { renderJson } from "../../src/plan/render/json.ts";
import { renderMarkdown } from "../../src/plan/render/markdown.ts";
import { createCodeRepository } from "../support/code-repository.ts";
import type { CodeRepository } from "../support/code-repository.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
let code: CodeRepository;
beforeEach(async () => {
  code = await createCodeRepository();
  scenario = await createFastScenario({
    simulator: { timeScale: 0.02, repositories: code.repositories },
    secrets: { token: "canary-token", build: "canary-build", command: "canary-command" },
  });
});
afterEach(async () => {
  await scenario.close();
  await code.close();
});

const stack = (user: string): string => `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      git: { url: "${code.url.replace("://", `://${user}:$(secrets.token)@`)}", follow: true }
      build: { args: { A: $(secrets.build) }, secrets: { B: $(secrets.build) } }
      rollout: { stableFor: 0s, timeout: 60s, before: { command: "echo $(secrets.command)" } }
`;

test("P5 of addresses, build arguments, build secrets and jobs no value is shown, whoever wrote it", async () => {
  await code.commit("The first one");
  await scenario.push({ "shop.yaml": stack("robot") });
  const shown: unknown[] = [];
  const show = async (): Promise<void> => {
    const plans = await scenario.engine().plan();
    const engine = scenario.engine();
    const ends = engine.stacks().map(({ outcome, conditions }) => [outcome, conditions]);
    shown.push(
      renderJson(plans),
      renderMarkdown(plans),
      engine.events(),
      engine.tree("shop"),
      ends,
    );
  };
  await show();
  expect((await scenario.apply()).ok).toBe(true);
  await show();
  await scenario.push({ "shop.yaml": stack("other") });
  await scenario.restart();
  await show();
  expect((await scenario.apply()).ok).toBe(true);
  // By hand, in Dokploy.
  for (const { applicationId } of scenario.simulator.state.applications.values()) {
    scenario.simulator.state.editApplication(applicationId, {
      customGitUrl: "https://somebody:canary-by-hand@git.example.com/acme/shop.git",
      buildArgs: "A=canary-by-hand\nC=canary-by-hand",
      buildSecrets: "B=canary-by-hand",
    });
  }
  await scenario.restart({ deepCheckIntervalMs: 300 });
  scenario.engine().start();
  const said = () =>
    scenario
      .engine()
      .events()
      .map(({ message }) => message)
      .join("\n");
  await until("it is put back", () => said().includes("drift") && said().includes("git.url"));
  await show();
  await code.commit("A broken one", "ERROR: canary-token and canary-build are in the log");
  await until("it is told", () => said().includes("are in the log"));
  await show();
  const text = JSON.stringify(shown);
  expect(text).toContain("build.secrets.B");
  expect(/canary-[a-z-]+/.exec(text)?.[0]).toBeUndefined();
});
