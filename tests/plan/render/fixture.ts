// Plans to render, made by the planner itself from small desired stacks and a made-up server.
import type { DesiredService, DesiredStack } from "../../../src/model/desired.ts";
import type { ApplicationSpec } from "../../../src/model/specs.ts";
import { emptyStack } from "../../support/build-stack.ts";
import { defaultSpec, keeping } from "../../support/kinds.ts";
import type { DesiredApplication } from "../../support/kinds.ts";
import { childrenOf } from "../../../src/model/children.ts";
import { describe, ownerName } from "../../../src/model/marker.ts";
import type { ServiceDetails, ObservedProject } from "../../../src/model/observed.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import { planPrune } from "../../../src/plan/prune.ts";
import { planStack } from "../../../src/plan/stack.ts";

const place = { file: "stacks/shop.yaml", line: 1, column: 1 };
const hash = { run: "aaaaaaaaaaaa", live: "bbbbbbbbbbbb" };

export function application(
  name: string,
  spec: Partial<ApplicationSpec>,
  more: Partial<DesiredApplication> = {},
): DesiredService {
  return {
    kind: "application",
    ...keeping,
    key: `app/${name}`,
    environment: "production",
    name,
    appName: `shop-${name}`,
    description: "",
    spec: { ...defaultSpec, image: "nginx:1", ...spec },
    ignore: [],
    rollout: { timeoutMs: 1, stableForMs: 1, http: null, onFailure: "keep", after: null },
    after: [],
    secrets: new Set(),
    place,
    hash,
    ...more,
  };
}

export const stack = (name: string, more: Partial<DesiredStack> = {}): DesiredStack => ({
  ...emptyStack(name),
  ...more,
});

export interface Running {
  readonly name: string;
  readonly spec: Partial<ApplicationSpec>;
  readonly marked?: boolean;
}

/** The plan of a stack whose project runs `running`; null: no project yet. */
export function planOf(desired: DesiredStack, running: readonly Running[] | null): Plan {
  const { projects, details } = server(desired.name, running);
  return planStack({
    desired,
    swarm: null,
    ownership: indexOwnership("default", projects),
    details,
    verdicts: new Map(),
    revision: "0123456789abcdef",
    previous: desired,
    knownProjectId: null,
    stillDesired: () => false,
    redeploy: new Map(),
  });
}

export function prunePlanOf(name: string, running: readonly Running[]): Plan {
  return planPrune(name, "default", server(name, running).projects);
}

function server(
  name: string,
  running: readonly Running[] | null,
): {
  readonly projects: readonly ObservedProject[];
  readonly details: ReadonlyMap<string, ServiceDetails>;
} {
  const owner = ownerName("default", name);
  const want = { hash: "cccccccccccc", attempt: 1 };
  const blank = { owner, want: null, done: null, live: null, bad: null, keep: false, rev: null };
  const marker = (id: string, key: string): string =>
    describe("", { ...blank, id, key, ...(key === "project" ? {} : { want, done: want }) });
  const services = (running ?? []).map(({ name: service, marked = true }) => ({
    kind: "application" as const,
    id: `id-${service}`,
    name: service,
    appName: `shop-${service}-abcdef`,
    description: marked ? marker(`id-${service}`.slice(0, 8), `app/${service}`) : null,
    createdAt: "2026-01-01T00:00:00.000Z",
    serverId: null,
    status: "done",
  }));
  const details = new Map<string, ServiceDetails>();
  for (const { name: service, spec } of running ?? []) {
    const whole = { ...defaultSpec, image: "nginx:1", ...spec };
    details.set(`id-${service}`, {
      kind: "application",
      serviceId: `id-${service}`,
      name: service,
      description: null,
      appName: `shop-${service}-abcdef`,
      spec: whole,
      foreignFields: new Set(),
      sideSettings: [],
      labels: {},
      otherNetworks: [],
      children: childrenOf(whole).map((child, index) => ({ ...child, id: `c${index}` })),
      deployments: [],
    });
  }
  const project = {
    projectId: `prj-${name}-0000`,
    name,
    description: marker(`prj-${name}-0000`.slice(0, 8), "project"),
    variables: {},
    createdAt: "2026-01-01T00:00:00.000Z",
    environments: [{ environmentId: "env-1", name: "production", isDefault: true, services }],
  };
  return { projects: running === null ? [] : [project], details };
}

const domain = {
  path: "/",
  port: 8080,
  https: true,
  certificate: "letsencrypt",
  stripPath: false,
  internalPath: "/",
  middlewares: [],
  entrypoint: null,
};

/** One of each: new, restarting, changed at once, shrinking, removed, in conflict, and left alone. */
export function examplePlans(): readonly Plan[] {
  return [
    planOf(
      stack("blog", {
        variables: { TZ: "Europe/Amsterdam" },
        services: [
          application(
            "web",
            {
              image: "ghcr.io/acme/blog:2",
              env: { DATABASE_URL: "postgres://blog:canary-secret@db:5432/blog", TITLE: "A blog" },
              domains: [{ ...domain, host: "blog.example.com" }],
              basicAuth: [{ username: "ops", password: "canary-secret" }],
              mounts: [{ type: "volume", volume: "blog-data", target: "/data" }],
            },
            { secrets: new Set(["env.DATABASE_URL", "basicAuth.ops"]) },
          ),
        ],
      }),
      null,
    ),
    planOf(
      stack("shop", {
        services: [
          application(
            "web",
            {
              image: "ghcr.io/acme/shop:1.5.0",
              replicas: 2,
              env: { API_KEY: "canary-secret", MODE: "live" },
              domains: [{ ...domain, host: "shop.example.com" }],
              ports: [{ published: 2222, target: 22, protocol: "tcp", mode: "ingress" }],
            },
            { secrets: new Set(["env.API_KEY"]) },
          ),
          application("worker", { image: "ghcr.io/acme/worker:3" }),
        ],
      }),
      [
        {
          name: "web",
          spec: {
            image: "ghcr.io/acme/shop:1.4.2",
            env: { API_KEY: "canary-older", MODE: "live", DEBUG: "canary-typed-by-hand" },
            domains: [
              { ...domain, host: "shop.example.com", port: 3000 },
              { ...domain, host: "webshop.example.com" },
            ],
          },
        },
        { name: "worker", spec: { image: "ghcr.io/acme/worker:3" } },
        { name: "mailer", spec: {} },
        { name: "adminer", spec: {}, marked: false },
      ],
    ),
    prunePlanOf("zoo", [{ name: "web", spec: {} }]),
    { stack: "same", actions: [], notes: [], conflict: null },
    {
      stack: "taken",
      actions: [],
      notes: [],
      conflict:
        'a project named "taken" (prj-1) exists and belongs to nobody that Capstan knows; set `adopt: true` to take over an unowned one, or choose another `project`',
    },
  ];
}
