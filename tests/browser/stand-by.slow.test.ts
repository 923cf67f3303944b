// A person at a process that stands by, which has its database over TLS: what is asked there is done by the one that
// leads, shown as it happens, and finished when that one is gone.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { hashToken } from "../../src/lib/api-token.ts";
import { browserVisits } from "../support/browser-visits.ts";
import { chromiumPath } from "../support/browser.ts";
import { aiTemplate } from "../support/portal-bench.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { postgresPrograms } from "../support/postgres.ts";
import { authority, certificate, privateKey } from "../support/private-network.ts";
import { apiToken, startReplicas } from "../support/replicas.ts";
import { until } from "../support/until.ts";

const zoe = "token-of-zoe-0123456789";

describe.skipIf(chromiumPath === null || postgresPrograms === null)("at a stand-by", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const visits = browserVisits();

  test("W12 a person signs in, makes a stack and sees it become ready, whoever leads meanwhile", async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-stand-by-"));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, authority);
    const tls = { key: privateKey, certificate };
    const cluster = await startPostgres(postgresPrograms ?? "", { tls });
    closing.push(() => cluster.close());
    const addressEnd = "?sslmode=verify-full";
    const world = await startReplicas({ serverUrl: cluster.url, addressEnd });
    closing.push(() => world.close());
    const { simulator, repository, database } = world;
    await repository.push({ "stacks/templates/ai-stack.yaml": aiTemplate });
    const environment = {
      CA_FILE: caFile,
      PORTAL_AUTH: "token",
      API_TOKENS: `ops:operator:${hashToken(apiToken)},zoe:deployer:${hashToken(zoe)}`,
      STACK_DOMAIN_SUFFIX: "ai.example.com",
      STACK_IMAGE: "ghcr.io/acme/opencode:1",
    };
    const holder = await world.start("a", environment);
    await until("one leads", async () => (await holder.leads()) === true);
    const other = await world.start("b", environment);
    await until("the other one stands by", async () => (await other.leads()) === false);
    const connections = await database.query(
      "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'capstan'",
    );
    expect(connections.length).toBeGreaterThan(2);
    expect(connections.every(({ ssl }) => ssl === true)).toBe(true);

    const page = await visits.come(await other.address());
    await page.goto("/");
    await page.locator("#token").fill(zoe);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("html[data-alive]").waitFor({ state: "attached" });
    // Whoever signed in at one of them is signed in at all.
    const me = await page.context().request.get(`${await holder.address()}/api/v1/stacks`);
    expect(me.status()).toBe(200);

    const release = simulator.faults.holdPulls("opencode");
    await page.locator("#name").fill("ada");
    await page.locator("#name-said", { hasText: "ada is free" }).waitFor();
    await page.locator("#create").click();
    await page.locator("h1", { hasText: "Starting ada" }).waitFor();
    await until("the one that leads has made it", () => simulator.state.applications.size === 1);
    holder.signal("SIGKILL");
    await holder.ended;
    await until("the other one leads", async () => (await other.leads()) === true);
    release();
    await page.locator("h1", { hasText: "ada is ready" }).waitFor();
    expect([...simulator.state.projects.values()].map(({ name }) => name)).toEqual([
      "ai-stack-ada",
    ]);
    expect(world.writes.trespasses).toEqual([]);
  });

  test("a database whose certificate nobody vouches for is refused, with what to do", async () => {
    const cluster = await startPostgres(postgresPrograms ?? "", {
      tls: { key: privateKey, certificate },
    });
    closing.push(() => cluster.close());
    const world = await startReplicas({
      ...{ serverUrl: cluster.url, addressEnd: "?sslmode=verify-full" },
    });
    closing.push(() => world.close());
    const refused = world.start("a").catch((error: unknown) => String(error));
    expect(await refused).toMatch(/shows a certificate that is not trusted: [^]*set CA_FILE/);
  });
});
