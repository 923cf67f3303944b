// The whole of a stack of the stand-in world, with parts that fail, wait or run.
import type { StackDetail } from "../../src/http/api/shapes/dashboard.ts";
import type {
  Approval,
  Rollout,
  StackPlan,
  StackSummary,
  TreeNode,
} from "../../src/http/api/shapes/stack.ts";
import { commitOf, day, git, minute, second, shaOf } from "./pages-stacks.ts";
import type { Times } from "./pages-stacks.ts";

export const removalApproval: Approval = {
  digest: "9f2c4e7ab013",
  reason: "It is more than a fifth of all stacks.",
  removals: [
    {
      stack: "old-reports",
      resources: [
        { kind: "project", id: "p1", name: "old-reports" },
        { kind: "application", id: "a1", name: "web" },
        { kind: "database", id: "d1", name: "reports-db" },
        { kind: "mount", id: "m1", name: "reports-data" },
      ],
    },
    {
      stack: "old-exports",
      resources: [
        { kind: "project", id: "p2", name: "old-exports" },
        { kind: "application", id: "a2", name: "worker" },
      ],
    },
  ],
};

const leaf = (node: Partial<TreeNode> & Pick<TreeNode, "id" | "kind" | "name">): TreeNode => ({
  detail: "",
  health: "none",
  drift: false,
  change: null,
  url: null,
  children: [],
  ...node,
});

export function treeOf({ name, state }: StackSummary): TreeNode {
  const isFailing = state === "failing";
  const health = isFailing ? "degraded" : state === "rolling-out" ? "progressing" : "healthy";
  const web = leaf({
    id: "app/web",
    kind: "application",
    name: "web",
    detail: isFailing ? "0 of 2 replicas" : "2 of 2 replicas",
    health,
    change: isFailing ? "restart" : null,
    url: "https://dokploy.example.com/dashboard/project/p1/services/application/a1",
    children: [
      leaf({
        id: `app/web/domain/${name}.ai.example.com`,
        kind: "domain",
        name: `${name}.ai.example.com`,
        detail: "HTTPS, port 8080",
        url: `https://${name}.ai.example.com`,
      }),
      leaf({
        id: "app/web/mount/data",
        kind: "mount",
        name: "data",
        detail: "/home/coder",
        drift: isFailing,
        change: isFailing ? "update" : null,
      }),
      leaf({ id: "app/web/port/2222", kind: "port", name: "2222", detail: "tcp to 22" }),
      ...(isFailing
        ? [leaf({ id: "app/web/redirect/old", kind: "redirect", name: "/old", change: "create" })]
        : []),
    ],
  });
  const worker = leaf({
    id: "app/worker",
    kind: "application",
    name: "worker",
    detail: "1 of 1 replica",
    health: "healthy",
    children: [
      leaf({ id: "app/worker/mount/queue", kind: "mount", name: "queue", detail: "/queue" }),
    ],
  });
  const foreign = leaf({
    id: "unmanaged/debug",
    kind: "unmanaged",
    name: "debug-shell",
    detail: "made by hand in Dokploy",
    health: "stopped",
  });
  return leaf({
    id: name,
    kind: "project",
    name,
    health,
    drift: isFailing,
    children: [
      leaf({
        id: "production",
        kind: "environment",
        name: "production",
        health,
        children: isFailing ? [web, worker, foreign] : [web, worker],
      }),
    ],
  });
}

export const fieldsChanged = {
  kind: "git",
  what: "fields",
  fields: ["spec.image", "spec.env"],
  secret: null,
  host: [],
} as const;

function planOf({ name, state }: StackSummary): StackPlan {
  if (state !== "failing")
    return { name, change: "unchanged", conflict: null, actions: [], notes: [] };
  return {
    name,
    change: "changed",
    conflict: null,
    actions: [
      {
        type: "configure-application",
        title: "change application web",
        service: "app/web",
        reason: "3f9c2ab changed spec.image and spec.env",
        cause: fieldsChanged,
        risk: "restart",
        changes: [
          { path: "image", was: "ghcr.io/example/shop:1.4.2", is: "ghcr.io/example/shop:1.5.0" },
          { path: "env.LOG_LEVEL", was: "info", is: "debug" },
          { path: "env.DATABASE_PASSWORD", was: "••••••", is: "••••••" },
          { path: "replicas", was: "1", is: "2" },
        ],
      },
      {
        type: "create-child",
        title: "create redirect /old of web",
        service: "app/web",
        reason: "3f9c2ab added it",
        cause: fieldsChanged,
        risk: "none",
        changes: [{ path: "regex", was: null, is: "^https://old\\.example\\.com/(.*)" }],
      },
      {
        type: "delete-child",
        title: "remove mount cache of worker",
        service: "app/worker",
        reason: "3f9c2ab removed it",
        cause: fieldsChanged,
        risk: "data-loss",
        changes: [{ path: "mountPath", was: "/var/cache", is: null }],
      },
    ],
    notes: [{ kind: "kept", message: "debug-shell was made by hand; Capstan leaves it alone." }],
  };
}

function rolloutsOf({ state }: StackSummary, { ago }: Times): Rollout[] {
  const phase = (name: string, from: number, to: number | null, detail = "") => ({
    name,
    startedAt: ago(from),
    endedAt: to === null ? null : ago(to),
    detail,
  });
  const older: Rollout = {
    service: "app/web",
    name: "web",
    attempt: "1",
    state: "healthy",
    startedAt: ago(3 * day),
    endedAt: ago(3 * day - 38 * second),
    reason: "77aa001 changed spec.resources",
    phases: [
      phase("queue", 3 * day, 3 * day - 1 * second),
      phase("build", 3 * day - 1 * second, 3 * day - 9 * second, "image pulled"),
      phase("containers", 3 * day - 9 * second, 3 * day - 23 * second, "2 of 2 running"),
      phase("stable", 3 * day - 23 * second, 3 * day - 38 * second, "healthy for 15 s"),
    ],
    log: [],
  };
  if (state === "rolling-out") {
    const active: Rollout = {
      service: "app/web",
      name: "web",
      attempt: "1",
      state: "active",
      startedAt: ago(26 * second),
      endedAt: null,
      reason: "5eed123 created it",
      phases: [
        phase("queue", 26 * second, 25 * second),
        phase("build", 25 * second, 11 * second, "image pulled"),
        phase("containers", 11 * second, null, "1 of 2 running"),
      ],
      log: [],
    };
    return [active];
  }
  if (state !== "failing") return [older];
  const failed: Rollout = {
    ...older,
    attempt: "2",
    state: "failed",
    startedAt: ago(4 * minute),
    endedAt: ago(2 * minute),
    reason: "3f9c2ab changed spec.image and spec.env",
    phases: [
      phase("queue", 4 * minute, 4 * minute - 2 * second),
      phase("build", 4 * minute - 2 * second, 4 * minute - 31 * second, "image pulled"),
      phase("containers", 4 * minute - 31 * second, 2 * minute, "0 of 2 running, exit code 3"),
    ],
    log: [
      "2026-11-28T17:29:02Z INFO  starting shop 1.5.0",
      "2026-11-28T17:29:02Z INFO  connecting to database shop-db:5432",
      '2026-11-28T17:29:05Z ERROR relation "orders_v2" does not exist',
      "2026-11-28T17:29:05Z FATAL migrations are behind: expected 42, found 41",
    ],
  };
  return [failed, older];
}

const manifestText = `# The shop, as the web team runs it.
apiVersion: capstan/v1
kind: Stack
metadata:
  name: shop
  labels:
    team: web
    tier: production
spec:
  services:
    web:
      image: ghcr.io/example/shop:1.5.0
      replicas: 2
      env:
        LOG_LEVEL: debug
        DATABASE_PASSWORD: \${{ secrets.SHOP_DB }}
      domains:
        - host: shop.ai.example.com
          port: 8080
      mounts:
        - volume: data
          path: /home/coder
    worker:
      image: ghcr.io/example/shop-worker:1.5.0
`;

export function detailOf(stack: StackSummary, times: Times): StackDetail {
  const { ago } = times;
  const { name, state, message, since } = stack;
  const isFailing = state === "failing";
  const known = since ?? ago(minute);
  const hasParts = state !== "unknown";
  return {
    ...stack,
    conditions: hasParts
      ? [
          {
            type: "Ready",
            status: state === "ready" ? "True" : "False",
            reason: stack.reason,
            message,
            revision: shaOf("3f9c2ab"),
            since: known,
          },
          {
            type: "Synced",
            status: "True",
            reason: "Applied",
            message: "everything of 3f9c2ab is written",
            revision: shaOf("3f9c2ab"),
            since: ago(4 * minute),
          },
          {
            type: "Healthy",
            status: isFailing ? "False" : "True",
            reason: isFailing ? "CrashLoop" : "Healthy",
            message: isFailing ? "web: 0 of 2 replicas are up" : "all replicas are up",
            revision: shaOf("3f9c2ab"),
            since: known,
          },
          {
            type: "Suspended",
            status: state === "suspended" ? "True" : "False",
            reason: "Suspended",
            message: state === "suspended" ? "suspended by ops" : "it is not suspended",
            revision: shaOf("3f9c2ab"),
            since: known,
          },
        ]
      : [],
    services: hasParts
      ? [
          {
            name: "web",
            service: "app/web",
            appName: `${name}-web-x7f2k`,
            running: isFailing ? 0 : 2,
            wanted: 2,
            image: "ghcr.io/example/shop:1.5.0",
          },
          {
            name: "worker",
            service: "app/worker",
            appName: `${name}-worker-p0s9d`,
            running: 1,
            wanted: 1,
            image: "ghcr.io/example/shop-worker:1.5.0",
          },
        ]
      : [],
    tree: hasParts ? treeOf(stack) : null,
    notes: isFailing
      ? [{ kind: "kept", message: "debug-shell was made by hand; Capstan leaves it alone." }]
      : [],
    plan: hasParts ? planOf(stack) : null,
    rollouts: hasParts ? rolloutsOf(stack, times) : [],
    approval: name === "old-reports" ? removalApproval : null,
    lastDeploys: hasParts
      ? [
          {
            service: "app/web",
            reason: "3f9c2ab changed spec.image and spec.env",
            revision: shaOf("3f9c2ab"),
            at: ago(4 * minute),
          },
        ]
      : [],
    builds: [],
    history: hasParts
      ? [
          {
            at: ago(2 * minute),
            revision: shaOf("3f9c2ab"),
            outcome: isFailing ? "degraded" : "converged",
            message,
            reasons: ["a new commit"],
            actions: [
              {
                title: "change application web",
                status: "done",
                message: "",
                reason: "3f9c2ab changed spec.image and spec.env",
              },
              {
                title: "roll out web",
                status: isFailing ? "failed" : "done",
                message: isFailing ? "crash loop, exit code 3" : "",
                reason: "its configuration changed",
              },
            ],
          },
          {
            at: ago(3 * day),
            revision: shaOf("77aa001"),
            outcome: "converged",
            message: "in sync and healthy",
            reasons: ["a new commit"],
            actions: [],
          },
        ]
      : [],
    revisions: hasParts
      ? [
          {
            commit: commitOf("3f9c2ab", "Release 1.5 of the shop", ago(4 * minute)),
            healthy: !isFailing,
            current: true,
          },
          {
            commit: commitOf("77aa001", "Raise memory of personal stacks", ago(3 * day)),
            healthy: true,
            current: false,
          },
          {
            commit: commitOf("12ab34c", "Release 1.4.2 of the shop", ago(12 * day)),
            healthy: true,
            current: false,
          },
        ]
      : [],
    manifest: {
      file: `stacks/${name}.yaml`,
      line: 1,
      text: manifestText.replaceAll("shop.ai", `${name}.ai`).replace("name: shop", `name: ${name}`),
      url: `${git}/src/branch/main/stacks/${name}.yaml`,
    },
    dokployUrl: "https://dokploy.example.com/dashboard/project/p1",
    may: { operate: true, remove: true },
  };
}
