// The work during which a controller is killed: the stacks before it, and what Git asks for.
import { databaseKinds } from "../../src/model/kinds/database-rows.ts";
import { databaseText } from "./database-text.ts";
import { simpleStacks } from "./scenario.ts";

export interface KillCase {
  readonly title: string;
  /** On the server when the controller that is killed starts; null: nothing. */
  readonly from: Readonly<Record<string, string>> | null;
  readonly to: Readonly<Record<string, string | null>>;
  /** Other servers that the Dokploy has. */
  readonly servers?: readonly string[];
  /** How stacks end; converged or removed where it is absent. */
  readonly ends?: "degraded";
}

const base = [
  "apiVersion: capstan/v1",
  "kind: Stack",
  "metadata: { name: other }",
  "spec: { applications: { web: { image: nginx:1, rollout: { stableFor: 0s } } } }",
  "",
].join("\n");

/** So many services that the removal of some is no cause to ask a person. */
const crowd = [
  ...["apiVersion: capstan/v1", "kind: Stack", "metadata: { name: other }", "spec:"],
  "  applications:",
  ...Array.from(
    { length: 15 },
    (_, index) => `    app${index}: { image: "nginx:1", rollout: { stableFor: 0s } }`,
  ),
  "",
].join("\n");

interface ShopOptions {
  readonly image: string;
  readonly host: string;
  readonly port: number;
}

function shop({ image, host, port }: ShopOptions): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    "    api:",
    "      image: ghcr.io/acme/api:1",
    "      rollout: { stableFor: 0s }",
    "    web:",
    `      image: ${image}`,
    "      rollout: { stableFor: 0s }",
    "      env: { MODE: live }",
    `      domains: [ { host: ${host}, port: 8080 } ]`,
    `      ports: [ { published: ${port}, target: 22 } ]`,
    "      mounts: [ { type: volume, source: data, target: /data } ]",
    "      basicAuth: [ { username: ops, password: $(secrets.ops) } ]",
    "",
  ].join("\n");
}

/** A stack that says `onFailure: rollback`. */
function careful(image: string, host: string, port: number): string {
  const rollout = "rollout: { stableFor: 0s, onFailure: rollback }";
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    `    api: { image: "ghcr.io/acme/api:1", ${rollout} }`,
    "    web:",
    `      image: ${image}`,
    `      ${rollout}`,
    `      domains: [ { host: ${host}, port: 8080 } ]`,
    `      ports: [ { published: ${port}, target: 22 } ]`,
    "",
  ].join("\n");
}

/** With a job before its rollouts. */
function migrating(image: string, command: string): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    "    web:",
    `      image: ${image}`,
    `      rollout: { stableFor: 0s, before: { command: "${command}", timeout: 1m } }`,
    "      env: { MODE: $(secrets.ops) }",
    "      domains: [ { host: shop.example.com, port: 8080 } ]",
    "      mounts: [ { type: volume, source: data, target: /data } ]",
    "",
  ].join("\n");
}

const first = shop({ image: "ghcr.io/acme/web:1", host: "shop.example.com", port: 2222 });
const second = shop({ image: "ghcr.io/acme/web:2", host: "new.example.com", port: 2223 });

const three = ["shop", "blog", "wiki"];

interface QueueOptions {
  readonly image: string;
  readonly host: string;
  readonly onFailure?: "rollback";
}

/** Both types of compose services, each with a domain and a file beside it. */
function queues({ image, host, onFailure }: QueueOptions): Record<string, string> {
  const file = (service: string): string =>
    [
      ...["services:", `  ${service}:`, `    image: ${image}`, "    volumes: [data:/data]"],
      ...[`  of-${service}:`, "    image: ghcr.io/acme/worker:1", "volumes:", "  data: {}", ""],
    ].join("\n");
  const queue = (type: string, service: string): string[] => [
    `    ${type === "stack" ? "swarmed" : "queue"}:`,
    `      file: ./${type}.compose.yaml`,
    `      type: ${type}`,
    "      deletionPolicy: delete",
    `      rollout: { stableFor: 0s${onFailure === undefined ? "" : `, onFailure: ${onFailure}`} }`,
    `      domains: [ { service: ${service}, host: ${type}.${host}, port: 80 } ]`,
    `      mounts: [ { type: file, content: "of ${host}", target: /app.conf } ]`,
    `      schedules: { tidy: { service: of-${service}, cron: "0 2 * * *", command: "./tidy ${host}" } }`,
    "      backups:",
    `        dump: { service: ${service}, type: mariadb, database: "${host}", user: ops, password: $(secrets.ops),`,
    '                cron: "0 3 * * *", destination: s3 }',
    `      volumeBackups: { data: { service: ${service}, volume: data, cron: "0 4 * * *", destination: s3,`,
    `                               prefix: ${host} } }`,
  ];
  return {
    "shop.yaml": [
      ...["apiVersion: capstan/v1", "kind: Stack", "metadata: { name: shop }", "spec:"],
      ...["  compose:", ...queue("docker-compose", "web"), ...queue("stack", "site"), ""],
    ].join("\n"),
    "docker-compose.compose.yaml": file("web"),
    "stack.compose.yaml": file("site"),
  };
}

/** A database of each kind, with backups of it and of its volume, and an application that waits for one. */
function everyDatabase(version: "now" | "minor", cron: string): string {
  return [
    ...["apiVersion: capstan/v1", "kind: Stack", "metadata: { name: data }", "spec:"],
    ...["  applications:", "    web:", "      image: ghcr.io/acme/web:1"],
    "      rollout: { stableFor: 0s }",
    `      env: { URL: $(services.postgres.url) }`,
    `      schedules: { report: { cron: "${cron}", command: ./report } }`,
    "  databases:",
    ...databaseKinds.flatMap((kind) => databaseText(kind, { version, cron })),
    "",
  ].join("\n");
}

/** Two services on two servers, neither with data. */
function placed(api: string, web: string): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    `    api: { image: "ghcr.io/acme/api:1", server: ${api}, rollout: { stableFor: 0s } }`,
    "    web:",
    "      image: ghcr.io/acme/web:1",
    `      server: ${web}`,
    "      rollout: { stableFor: 0s }",
    "      domains: [ { host: shop.example.com, port: 8080 } ]",
    "      ports: [ { published: 2222, target: 22 } ]",
    "",
  ].join("\n");
}

/** Two applications that Dokploy builds, whose deployments lose their titles at the end. */
function built(mode: string): string {
  const app = (name: string): string[] => [
    `    ${name}:`,
    `      git: { url: https://git.example.com/acme/${name}.git }`,
    `      build: { args: { MODE: ${mode} } }`,
    "      rollout: { stableFor: 0s }",
  ];
  return [
    ...["apiVersion: capstan/v1", "kind: Stack", "metadata: { name: shop }", "spec:"],
    ...["  applications:", ...app("api"), ...app("web"), ""],
  ].join("\n");
}

const firstQueues = queues({ image: "ghcr.io/acme/queue:1", host: "shop.example.com" });

export const killCases: readonly KillCase[] = [
  { title: "the creation of a stack", from: null, to: { "shop.yaml": first } },
  {
    title: "the creation of three stacks in shared requests",
    from: null,
    to: simpleStacks(three),
  },
  {
    title: "a change of image, domain and port",
    from: { "shop.yaml": first, "other.yaml": base },
    to: { "shop.yaml": second },
  },
  {
    title: "a rollout that takes its time",
    from: { "shop.yaml": first, "other.yaml": base },
    to: { "shop.yaml": first.replace("ghcr.io/acme/web:1", "ghcr.io/acme/web:slow") },
  },
  {
    title: "a removal",
    from: { "shop.yaml": first, "other.yaml": base },
    to: { "shop.yaml": null },
  },
  {
    title: "a move of two services between servers",
    from: { "shop.yaml": placed("dokploy", "edge"), "other.yaml": base },
    to: { "shop.yaml": placed("edge", "dokploy") },
    servers: ["edge"],
  },
  {
    title: "the creation of a stack with a job before it",
    from: null,
    to: { "shop.yaml": migrating("ghcr.io/acme/web:1", "sleep 2; echo migrated") },
  },
  {
    title: "a new image with a job before it",
    from: { "shop.yaml": migrating("ghcr.io/acme/web:1", "echo migrated") },
    to: { "shop.yaml": migrating("ghcr.io/acme/web:2", "sleep 2; echo migrated") },
  },
  {
    title: "a job that fails before a rollout",
    from: { "shop.yaml": migrating("ghcr.io/acme/web:1", "echo migrated") },
    to: { "shop.yaml": migrating("ghcr.io/acme/web:2", "echo no such table; exit 3") },
    ends: "degraded",
  },
  {
    title: "a rollback",
    from: { "shop.yaml": careful("ghcr.io/acme/web:1", "shop.example.com", 2222) },
    to: { "shop.yaml": careful("ghcr.io/acme/crash:2", "new.example.com", 2223) },
    ends: "degraded",
  },
  {
    title: "the creation of applications that are built from Git",
    from: null,
    to: { "shop.yaml": built("live") },
  },
  {
    title: "a change of applications that are built from Git",
    from: { "shop.yaml": built("live"), "other.yaml": base },
    to: { "shop.yaml": built("other") },
  },
  {
    title: "the creation of compose services of both types",
    from: null,
    to: firstQueues,
  },
  {
    title: "a change of compose files, domains and files",
    from: firstQueues,
    to: queues({ image: "ghcr.io/acme/queue:2", host: "new.example.com" }),
  },
  {
    title: "a removal of compose services",
    from: { ...firstQueues, "other.yaml": base },
    to: { "shop.yaml": null },
  },
  {
    title: "a rollback of compose services",
    from: queues({
      ...{ image: "ghcr.io/acme/queue:1", host: "shop.example.com" },
      onFailure: "rollback",
    }),
    to: queues({
      ...{ image: "ghcr.io/acme/crash:2", host: "new.example.com" },
      onFailure: "rollback",
    }),
    ends: "degraded",
  },
  {
    title: "the creation of databases of each kind with backups",
    from: null,
    to: { "data.yaml": everyDatabase("now", "0 1 * * *") },
  },
  {
    title: "a change of databases and backups",
    from: { "data.yaml": everyDatabase("now", "0 1 * * *") },
    to: { "data.yaml": everyDatabase("minor", "0 2 * * *") },
  },
  {
    title: "a removal of databases",
    from: { "data.yaml": everyDatabase("now", "0 1 * * *"), "other.yaml": crowd },
    to: { "data.yaml": null },
  },
];
