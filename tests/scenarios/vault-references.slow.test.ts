// Dokploy's own secrets providers: `${{vault.NAME.SECRET}}` passes through, and a provider that Dokploy does not have
// stops the plan before anything is written.
import { afterEach, expect, test } from "vitest";
import type { VaultProviderRow } from "../../src/simulator/vaultRows.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario, ScenarioOptions } from "../support/scenario.ts";
import { watchProxy } from "../support/watch-proxy.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function begin(options: ScenarioOptions = {}): Promise<Scenario> {
  const scenario = await createFastScenario(options);
  open.push(scenario);
  return scenario;
}

function provider(scenario: Scenario, projectIds: readonly string[]): VaultProviderRow {
  const { state } = scenario.simulator;
  const row: VaultProviderRow = {
    vaultProviderId: "vault-1",
    name: "team",
    providerType: "hashicorp",
    assignments: projectIds.map((projectId) => ({ projectId, environmentIds: [] })),
    organizationId: state.organizationId,
    createdAt: "2026-01-01T00:00:00.000Z",
    secrets: { "shop:password": "canary-in-dokploy # all of it" },
  };
  state.vaultProviders.set(row.vaultProviderId, row);
  return row;
}

const stack = (value: string): string => simpleStack("shop", { env: { PASSWORD: value } });
const reference = "${{vault.team.shop:password}}";

const message = (result: Awaited<ReturnType<Scenario["apply"]>>): string =>
  result.stacks[0]?.conditions.find(({ type }) => type === "Ready")?.message ?? "";

test("a reference to a provider that is there is written as it is, and Dokploy resolves it", async () => {
  const scenario = await begin();
  await scenario.push({ "shop.yaml": stack("plain") });
  await scenario.apply();
  const { projects, applications, swarmServices } = scenario.simulator.state;
  provider(scenario, [...projects.keys()]);
  await scenario.push({ "shop.yaml": stack(reference) });
  const result = await scenario.apply();
  expect(result.ok).toBe(true);
  const [application] = applications.values();
  expect(application?.env).toContain(reference);
  expect(JSON.stringify([...swarmServices.values()])).toContain(
    "PASSWORD=canary-in-dokploy # all of it",
  );
  expect(JSON.stringify([result, scenario.engine().events()])).not.toContain("canary");
  scenario.writes();
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.writes()).toEqual([]);
});

test("a provider that Dokploy does not have stops the plan, with the place in the manifest", async () => {
  const scenario = await begin();
  provider(scenario, []).name = "other";
  await scenario.push({ "shop.yaml": stack(reference) });
  const result = await scenario.apply();
  expect(message(result)).toMatch(
    /stacks\/shop\.yaml:\d+:\d+ app\/web env\.PASSWORD: Dokploy has no secrets provider team: it has other/,
  );
  expect(scenario.simulator.state.applications.size).toBe(0);
});

const database = [
  "  databases:",
  "    db: { type: redis, image: redis:7, password: $(secrets.db), env: { TOKEN: '${{vault.team.shop:password}}' } }",
  "",
].join("\n");

test("databases may refer to them as well", async () => {
  const scenario = await begin({ secrets: { db: "canary-of-the-database" } });
  await scenario.push({ "shop.yaml": stack("plain") });
  await scenario.apply();
  provider(scenario, [...scenario.simulator.state.projects.keys()]);
  await scenario.push({ "shop.yaml": stack("plain") + database });
  expect((await scenario.apply()).ok).toBe(true);
  const { swarmServices } = scenario.simulator.state;
  expect(JSON.stringify([...swarmServices.values()])).toContain("TOKEN=canary-in-dokploy");
});

test("a build names a provider that Dokploy does not have", async () => {
  const scenario = await begin();
  const built = [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    "    web:",
    "      git: { url: https://git.example.com/acme/shop.git }",
    "      build:",
    "        secrets: { NPM: '${{vault.team.npm}}' }",
    "",
  ].join("\n");
  await scenario.push({ "shop.yaml": built });
  expect(message(await scenario.apply())).toContain(
    "stacks/shop.yaml:9:25 app/web build.secrets.NPM: Dokploy has no secrets provider team: it has none",
  );
});

test.each([
  {
    status: 403,
    code: "UNAUTHORIZED",
    said: 'unauthorized to access resource "vaultProvider"',
    title: "may not be listed by the key pass through, and Dokploy says what is wrong",
  },
  {
    status: 404,
    code: "NOT_FOUND",
    said: "Not found",
    title: "an older Dokploy has no list of pass through as well",
  },
])("providers that $title", async ({ status, code, said }) => {
  const body = { message: said, code, data: { code, httpStatus: status, zodError: null } };
  const scenario = await begin({
    through: async (url) => {
      const proxy = await watchProxy(url, {
        instead: ({ procedures: [procedure] }) =>
          procedure === "vaultProvider.all" ? { status, body: JSON.stringify(body) } : null,
      });
      open.push(proxy);
      return proxy.url;
    },
  });
  await scenario.push({ "shop.yaml": stack(reference) });
  const result = await scenario.apply();
  expect(result.ok).toBe(false);
  const [application] = scenario.simulator.state.applications.values();
  expect(application?.env).toContain(reference);
  expect(JSON.stringify(scenario.engine().events())).toContain(
    'Vault provider \\"team\\" not found',
  );
});

test("one that the project may not use fails the deployment with Dokploy's own words", async () => {
  const scenario = await begin();
  provider(scenario, []);
  await scenario.push({ "shop.yaml": stack(reference) });
  const result = await scenario.apply();
  expect(result.ok).toBe(false);
  expect(JSON.stringify(scenario.engine().events())).toContain(
    'Vault provider \\"team\\" is not enabled for this project/environment',
  );
});

test("a malformed reference is a mistake of the manifest", async () => {
  const scenario = await begin();
  await scenario.push({ "shop.yaml": stack("${{vault.team}}") });
  const result = await scenario.apply();
  expect(result.problems.map(({ message: told }) => told)).toEqual([
    "`applications.web.env.PASSWORD` holds a `${{vault.…}}` that Dokploy does not know",
  ]);
});
