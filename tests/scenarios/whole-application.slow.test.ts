// A whole application as teams run one, in two environments: web, PostgreSQL, redis, a queue from a compose file, a
// schedule, a backup, three secrets. Brought up, changed part by part, rolled back and removed with its data kept: each
// step with the writes and the deploys that it costs, and not one more.
import { afterEach, beforeEach, expect, test } from "vitest";
import { addDestination } from "../support/destination.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { worldPicture } from "../support/world-picture.ts";

/** All that a commit may say differently. */
interface Given {
  /** What web is run from, as manifests say it. */
  readonly source: string;
  readonly host: string;
  readonly mode: string;
  readonly cron: string;
  readonly postgres: string;
  readonly backupCron: string;
  readonly redis: string;
  readonly worker: string;
}

const first: Given = {
  source: 'image: "ghcr.io/acme/web:1"',
  host: "shop.example.com",
  mode: "live",
  cron: "0 2 * * *",
  postgres: "postgres:17.1",
  backupCron: "0 3 * * *",
  redis: "redis:7.2.1",
  worker: "ghcr.io/acme/worker:1",
};

/** In production as it stands, in staging with another host and another file. */
function files(given: Given): Record<string, string> {
  const { source, host, mode, cron, postgres, backupCron, redis, worker } = given;
  const rollout = "rollout: { stableFor: 0s, timeout: 20s }";
  const queue = (web: string): string => `
services:
  ${web}:
    image: ghcr.io/acme/queue:1
    environment: { KEY: "\${KEY}" }
    volumes: [data:/data]
  ${web}-worker:
    image: ${worker}
volumes:
  data: {}
`;
  return {
    "shop.yaml": `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      ${source}
      rollout: { stableFor: 0s, timeout: 20s, onFailure: rollback }
      env: { MODE: ${mode}, DATABASE: $(services.db.url), CACHE: $(services.cache.url) }
      domains: [ { host: ${host}, port: 8080 } ]
      mounts: [ { type: volume, source: uploads, target: /uploads } ]
      schedules: { report: { cron: "${cron}", command: ./report } }
  databases:
    db:
      type: postgres
      image: "${postgres}"
      database: shop
      user: shop
      password: $(secrets.shop-db)
      ${rollout}
      backups: { nightly: { cron: "${backupCron}", destination: s3, keepLatest: 7 } }
    cache: { type: redis, image: "${redis}", password: $(secrets.shop-cache), ${rollout} }
  compose:
    queue: { file: ./queue.compose.yaml, env: { KEY: $(secrets.shop-queue) }, ${rollout} }
  environments:
    production: {}
    staging:
      applications: { web: { domains: [ { host: staging.${host}, port: 8080 } ] } }
      compose: { queue: { file: ./staging.compose.yaml } }
`,
    "queue.compose.yaml": queue("queue"),
    "staging.compose.yaml": queue("staging-queue"),
    // So that its removal is not that of everything.
    "other.yaml": `apiVersion: capstan/v1
kind: Stack
metadata: { name: other }
spec:
  applications:
${Array.from({ length: 9 }, (_, index) => `    app${index}: { image: "nginx:1", rollout: { stableFor: 0s } }`).join("\n")}
`,
  };
}

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario({
    secrets: { "shop-db": "canary-db", "shop-cache": "canary-cache", "shop-queue": "canary-queue" },
  });
  addDestination(scenario.simulator, "s3");
});
afterEach(() => scenario.close());

const state = () => scenario.simulator.state;

/** How often each procedure that writes was called since the last look. */
function written(): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of scenario.writes()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const outcomeOf = (name: string) =>
  scenario
    .engine()
    .stacks()
    .find((one) => one.name === name)?.outcome;

/** Commits and applies; what that wrote. */
async function apply(changed: Partial<Given>, ends = "converged") {
  await scenario.push(files({ ...first, ...changed }));
  scenario.writes();
  await scenario.apply();
  expect(outcomeOf("shop")?.kind, JSON.stringify(outcomeOf("shop"))).toBe(ends);
  return written();
}

/** Another pass writes nothing and makes two requests: the lists, and what all compose services run. */
async function expectRest(): Promise<void> {
  scenario.writes();
  expect((await scenario.apply()).ok).toBe(true);
  const last = scenario.simulator.log.entries.map(({ procedures }) => procedures.at(-1));
  expect(last).toEqual(["swarm.getNodes", "docker.getContainersByAppNameMatch"]);
  expect(scenario.writes()).toEqual([]);
}

/** What runs of the services of a stack, by kind and name, in both environments. */
function images(): readonly string[] {
  const { applications, services } = worldPicture(scenario.simulator);
  return [...applications, ...services]
    .filter(({ name }) => name.startsWith("shop-"))
    .flatMap(({ name, runs }) => `${name}: ${[runs].flat().join(" ")}`)
    .sort();
}

/** What all that is made costs: nothing twice. */
const wholeCost = {
  ...{ "project.create": 1, "environment.create": 1, "project.update": 1 },
  ...{ "application.create": 2, "application.update": 4, "application.deploy": 2 },
  ...{ "compose.create": 2, "compose.update": 4, "compose.deploy": 2 },
  ...{ "postgres.create": 2, "postgres.update": 4, "postgres.deploy": 2 },
  ...{ "redis.create": 2, "redis.update": 4, "redis.deploy": 2 },
  ...{ "domain.create": 2, "mounts.create": 2, "schedule.create": 2, "backup.create": 2 },
};

async function bringUp(): Promise<void> {
  await scenario.push({ "other.yaml": files(first)["other.yaml"]! });
  await scenario.apply();
  expect(await apply({})).toEqual(wholeCost);
}

test("W1 W6 each part that changes costs what it must, in both environments", async () => {
  await bringUp();
  expect(images()).toEqual([
    "shop-cache: redis:7.2.1",
    "shop-db: postgres:17.1",
    "shop-queue: ghcr.io/acme/queue:1 ghcr.io/acme/worker:1",
    "shop-staging-cache: redis:7.2.1",
    "shop-staging-db: postgres:17.1",
    "shop-staging-queue: ghcr.io/acme/queue:1 ghcr.io/acme/worker:1",
    "shop-staging-web: ghcr.io/acme/web:1",
    "shop-web: ghcr.io/acme/web:1",
  ]);
  await expectRest();
  let now: Partial<Given> = {};
  const change = (next: Partial<Given>): Promise<Readonly<Record<string, number>>> => {
    now = { ...now, ...next };
    return apply(now);
  };
  // Fields in one write, what ran in another one, which is the marker.
  const application = { "application.update": 4, "application.deploy": 2 };
  expect(await change({ source: 'image: "ghcr.io/acme/web:2"' })).toEqual(application);
  expect(await change({ mode: "fast" })).toEqual(application);
  const database = { "postgres.update": 4, "postgres.deploy": 2 };
  expect(await change({ postgres: "postgres:17.2" })).toEqual(database);
  expect(await change({ redis: "redis:7.4.1" })).toEqual({ "redis.update": 4, "redis.deploy": 2 });
  const compose = { "compose.update": 4, "compose.deploy": 2 };
  expect(await change({ worker: "ghcr.io/acme/worker:2" })).toEqual(compose);
  // What Dokploy applies at once restarts nothing.
  expect(await change({ host: "new.example.com" })).toEqual({
    ...{ "domain.create": 2, "domain.delete": 2, "application.update": 2 },
  });
  expect(await change({ cron: "0 5 * * *" })).toEqual({
    ...{ "schedule.update": 2, "application.update": 2 },
  });
  expect(await change({ backupCron: "0 6 * * *" })).toEqual({
    ...{ "backup.update": 2, "postgres.update": 2 },
  });
  scenario.secrets.set("shop-queue", "canary-next");
  expect(await change({})).toEqual(compose);
  // Its password is part of web's address of it.
  scenario.secrets.set("shop-cache", "canary-next");
  expect(await change({})).toEqual({ "redis.update": 4, "redis.deploy": 2, ...application });
  await expectRest();
  expect(state().deployments.size).toBe(9 + 2 * (1 + 3) + 2 * (1 + 2));
  expect(JSON.stringify([scenario.engine().events(), scenario.engine().stacks()])).not.toContain(
    "canary",
  );
});

test("a password that the data keep is not changed behind their back, and nothing is written", async () => {
  await bringUp();
  scenario.secrets.set("shop-db", "canary-next");
  expect(await apply({ mode: "fast" }, "waiting")).toEqual({});
  const said = JSON.stringify(outcomeOf("shop"));
  expect(said).toContain("db");
  expect(said).not.toContain("canary");
  scenario.secrets.set("shop-db", "canary-db");
  expect(await apply({})).toEqual({});
});

test("H4 a release that crashes is rolled back as a whole, and the next commit goes on from there", async () => {
  await bringUp();
  const before = images();
  const release = { source: 'image: "ghcr.io/acme/crash:2"', worker: "ghcr.io/acme/worker:2" };
  // Forth and back, databases untouched.
  const cost = await apply(release, "degraded");
  expect(cost).toMatchObject({ "application.deploy": 4, "compose.deploy": 4 });
  expect(Object.keys(cost).filter((name) => /^(postgres|redis)\./.test(name))).toEqual([]);
  expect(images()).toEqual(before);
  expect(await apply(release, "degraded")).toEqual({});
  const mended = { source: 'image: "ghcr.io/acme/web:3"', worker: release.worker };
  expect(await apply(mended)).toEqual({
    ...{ "application.update": 4, "application.deploy": 2, "compose.update": 4 },
    ...{ "compose.deploy": 2, "project.update": 1 },
  });
  await expectRest();
});

test("H4 built from a repository it costs no more, and a release that cannot be cloned is rolled back", async () => {
  const from = (repository: string, version: string): string =>
    `git: { url: https://git.example.com/acme/${repository}.git }\n      build: { args: { VERSION: "${version}" } }`;
  await scenario.push({ "other.yaml": files(first)["other.yaml"]! });
  await scenario.apply();
  expect(await apply({ source: from("web", "1") })).toEqual(wholeCost);
  await expectRest();
  const application = { "application.update": 4, "application.deploy": 2 };
  expect(await apply({ source: from("web", "2") })).toEqual(application);
  const cost = await apply({ source: from("missing", "3") }, "degraded");
  expect(Object.keys(cost).filter((name) => !name.startsWith("application."))).toEqual([
    "project.update",
  ]);
  expect([...state().applications.values()].map(({ buildArgs }) => buildArgs)).toEqual(
    expect.arrayContaining(["VERSION=2"]),
  );
  expect(await apply({ source: from("web", "4") })).toMatchObject({ "application.deploy": 2 });
  await expectRest();
});

test("O7 it is removed with its data kept, and takes them back when it returns", async () => {
  await bringUp();
  const kept = worldPicture(scenario.simulator).services;
  await scenario.push({ "shop.yaml": null });
  scenario.writes();
  await scenario.apply();
  // The project stays, as it still holds them.
  expect(written()).toEqual({ "application.delete": 2, "project.update": 1 });
  expect(state().applications.size).toBe(9);
  expect(worldPicture(scenario.simulator).services).toEqual(kept);
  expect(state().volumes).toContain("shop-uploads");
  // What holds data is taken back as it is.
  expect(await apply({})).toEqual({
    ...{ "application.create": 2, "application.update": 4, "application.deploy": 2 },
    ...{ "domain.create": 2, "mounts.create": 2, "schedule.create": 2, "project.update": 1 },
  });
  await expectRest();
});
