// The work during which a controller is killed: the stacks before it, and what Git asks for.
import { simpleStacks } from "./scenario.ts";

export interface KillCase {
  readonly title: string;
  /** On the server when the controller that is killed starts; null: nothing. */
  readonly from: Readonly<Record<string, string>> | null;
  readonly to: Readonly<Record<string, string | null>>;
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
];
