// Law W3: an answer that was lost after a create leads to looking, never to a second create.
import { expect, test } from "vitest";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { inParallel } from "../support/in-parallel.ts";
import { worldPicture } from "../support/world-picture.ts";

const everyKind = [
  "apiVersion: capstan/v1",
  "kind: Stack",
  "metadata: { name: shop }",
  "spec:",
  "  applications:",
  "    web:",
  "      image: ghcr.io/acme/web:1",
  "      rollout: { stableFor: 0s }",
  "      domains: [ { host: shop.example.com, port: 8080 } ]",
  "      ports: [ { published: 2222, target: 22 } ]",
  "      mounts: [ { type: volume, source: data, target: /data } ]",
  "      basicAuth: [ { username: ops, password: a-password } ]",
  "      redirects: [ { regex: ^/old, replacement: /new, permanent: true } ]",
  "      schedules: { nightly: { cron: '0 2 * * *', command: ./report } }",
  "  environments:",
  "    production: {}",
  "    staging:",
  "      applications: { web: { domains: [], ports: [], basicAuth: [], redirects: [], mounts: [], schedules: null } }",
  "",
].join("\n");

const creates = [
  "project.create",
  "environment.create",
  "application.create",
  "domain.create",
  "port.create",
  "mounts.create",
  "security.create",
  "redirects.create",
  "schedule.create",
];

async function ending(rule: FaultRule | null) {
  const scenario = await createFastScenario();
  try {
    if (rule !== null) scenario.simulator.faults.add(rule);
    await scenario.push({ "shop.yaml": everyKind });
    const result = await scenario.apply();
    const picture = worldPicture(scenario.simulator);
    const sent = scenario.simulator.log.counts();
    scenario.writes();
    await scenario.apply();
    return { result, picture, sent, writesAfter: scenario.writes() };
  } finally {
    await scenario.close();
  }
}

const losses: readonly { readonly title: string; readonly rule: FaultRule }[] = [
  { title: "was carried out", rule: { kind: "answerLost" } },
  { title: "is carried out after the next list", rule: { kind: "lateWrite", ms: 3_000 } },
  { title: "never arrived", rule: { kind: "reset" } },
];

for (const { title, rule } of losses) {
  test(`W3 an answer that was lost after a create that ${title} leads to one resource, whatever its kind`, async () => {
    const undisturbed = await ending(null);
    await inParallel(creates, 4, async (procedure) => {
      const { result, picture, sent, writesAfter } = await ending({ ...rule, procedure });
      const outcomes = result.stacks.map(({ outcome }) => outcome);
      expect(outcomes, procedure).toEqual([{ kind: "converged" }]);
      expect(picture, procedure).toEqual(undisturbed.picture);
      const once = undisturbed.sent[procedure] ?? 0;
      expect(sent[procedure], procedure).toBe(rule.kind === "reset" ? once + 1 : once);
      expect(writesAfter, procedure).toEqual([]);
    });
  });
}
