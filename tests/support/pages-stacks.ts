// Believable stacks in all states, for pages that are looked at and tested without a controller.
import type { EventView, ProblemView, StackDetail } from "../../src/http/api/shapes/dashboard.ts";
import type {
  Approval,
  Rollout,
  StackPlan,
  StackSummary,
  TreeNode,
} from "../../src/http/api/shapes/stack.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const git = "https://git.example.com/platform/stacks";
const shaOf = (short: string): string => short.padEnd(40, "0123456789abcdef");

export interface Times {
  /** `minute` ago as an ISO time. */
  readonly ago: (ms: number) => string;
}

export function timesAt(nowMs: number): Times {
  return { ago: (ms) => new Date(nowMs - ms).toISOString() };
}

export function commitOf(short: string, title: string, at: string) {
  return { sha: shaOf(short), title, url: `${git}/commit/${shaOf(short)}`, at };
}

export function summaryOf(
  name: string,
  at: string,
  given: Partial<StackSummary> = {},
): StackSummary {
  return {
    name,
    project: name,
    revision: shaOf("3f9c2ab"),
    ready: true,
    outcome: "converged",
    busy: false,
    reason: "Converged",
    message: "in sync and healthy",
    urls: [`https://${name}.ai.example.com`],
    suspended: null,
    lastRun: at,
    state: "ready",
    stateText: "Ready",
    since: at,
    labels: {},
    template: null,
    owner: null,
    commit: commitOf("77aa001", "Raise memory of personal stacks", at),
    ...given,
  };
}

/** Twelve, in every state but removed. */
export function someStacks({ ago }: Times): readonly StackSummary[] {
  const release = (at: string) => commitOf("3f9c2ab", "Release 1.5 of the shop", at);
  return [
    summaryOf("shop", ago(2 * minute), {
      state: "failing",
      stateText: "Failing",
      ready: false,
      outcome: "degraded",
      reason: "RolloutFailed",
      message: "web: crash loop, exit code 3",
      labels: { team: "web", tier: "production" },
      commit: release(ago(4 * minute)),
    }),
    summaryOf("blog", ago(9 * minute), {
      state: "failing",
      stateText: "Failing",
      ready: false,
      outcome: "failed",
      message: "the image ghcr.io/example/blog:2.0.0 was not found",
      labels: { team: "web" },
      commit: commitOf("81be0de", "Move the blog to version 2", ago(11 * minute)),
    }),
    summaryOf("old-reports", ago(12 * minute), {
      state: "waiting",
      stateText: "Waiting: approval",
      ready: false,
      outcome: "waiting",
      message: "2 removals wait for an approval",
      urls: [],
      commit: commitOf("c0ffee1", "Remove last year's reports", ago(13 * minute)),
    }),
    summaryOf("wiki", ago(40 * minute), {
      state: "waiting",
      stateText: "Waiting: sync window",
      ready: false,
      outcome: "waiting",
      message: "changes wait for the sync window, which opens at 22:00",
      labels: { team: "docs" },
      commit: commitOf("a11ce55", "Update the wiki", ago(45 * minute)),
    }),
    summaryOf("zoe", ago(8 * second), {
      state: "rolling-out",
      stateText: "Rolling out",
      ready: false,
      busy: true,
      outcome: "progressing",
      message: "1 of 2 replicas are up",
      template: "ai-stack",
      owner: "Zoe Martin",
      labels: { template: "ai-stack" },
      commit: commitOf("5eed123", "Create zoe", ago(30 * second)),
    }),
    summaryOf("newsletter", ago(30 * second), {
      state: "unknown",
      stateText: "Not looked at yet",
      ready: false,
      outcome: null,
      since: null,
      lastRun: null,
      message: "it has not been looked at yet",
      urls: [],
      commit: null,
    }),
    summaryOf("mail", ago(6 * day), {
      state: "suspended",
      stateText: "Suspended",
      ready: false,
      outcome: "waiting",
      suspended: { by: "ops", since: ago(6 * day) },
      message: "suspended by ops: nothing is written",
      labels: { team: "platform" },
    }),
    summaryOf("alice", ago(3 * day), {
      template: "ai-stack",
      owner: "Alice Moreau",
      labels: { template: "ai-stack" },
      urls: ["https://alice.ai.example.com", "https://files.alice.ai.example.com"],
    }),
    summaryOf("ben", ago(3 * day), {
      template: "ai-stack",
      owner: "Ben Okafor",
      labels: { template: "ai-stack" },
    }),
    summaryOf("docs", ago(5 * day), { labels: { team: "docs" } }),
    summaryOf("grafana", ago(21 * day), {
      labels: { team: "platform", tier: "production" },
      urls: ["https://grafana.example.com"],
    }),
    summaryOf("status-page", ago(34 * day), { labels: { team: "platform" } }),
  ];
}

export function manyStacks(count: number, { ago }: Times): readonly StackSummary[] {
  return Array.from({ length: count }, (_, index) =>
    summaryOf(`stack-${String(index).padStart(4, "0")}`, ago((index + 1) * minute), {
      labels: { team: ["web", "docs", "platform"][index % 3] ?? "web" },
      ...(index % 97 === 5
        ? { state: "failing", stateText: "Failing", message: "web: health check failed" }
        : {}),
    }),
  );
}

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

const fieldsChanged = {
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

export function someEvents({ ago }: Times): readonly EventView[] {
  const event = (
    id: string,
    at: number,
    given: Partial<EventView> & Pick<EventView, "kind" | "message"> & Record<string, unknown>,
  ) =>
    ({
      id,
      at: ago(at),
      level: "info",
      stack: null,
      revision: null,
      ...given,
    }) as EventView;
  const [release, create] = [shaOf("3f9c2ab"), shaOf("5eed123")];
  return [
    event("e-1", 3 * day, {
      kind: "outcome",
      stack: "alice",
      revision: shaOf("77aa001"),
      message: "in sync and healthy",
    }),
    event("e-2", 6 * hour, {
      kind: "drift",
      level: "warn",
      stack: "grafana",
      message: "replicas were 3, Git says 1: set back",
    }),
    event("e-3", 5 * hour, {
      kind: "action",
      stack: "docs",
      message: "redeployed web: asked for by Ines",
      action: {
        type: "rollout",
        status: "done",
        service: "app/web",
        target: "web",
        cause: { kind: "person", by: "Ines", rolledBack: false },
      },
    }),
    event("e-4", 5 * minute, {
      kind: "revision",
      revision: release,
      message: "3f9c2ab Release 1.5 of the shop, by Sam Porter",
    }),
    event("e-5", 4 * minute, {
      kind: "run-started",
      stack: "shop",
      revision: release,
      message: "a new commit changes it",
    }),
    event("e-6", 4 * minute - 3_000, {
      kind: "action",
      stack: "shop",
      revision: release,
      message: "changed application web: 3f9c2ab changed spec.image and spec.env",
      action: {
        type: "configure-application",
        status: "done",
        service: "app/web",
        target: "application web",
        cause: fieldsChanged,
      },
    }),
    event("e-7", 3 * minute, {
      kind: "rollout",
      level: "warn",
      stack: "shop",
      revision: release,
      message: "web: exit code 3, tried again",
      rollout: {
        service: "app/web",
        phase: "retry",
        attempt: 1,
        running: 0,
        wanted: 2,
        why: "exit code 3",
        log: [],
      },
    }),
    event("e-8", 2 * minute, {
      kind: "outcome",
      level: "error",
      stack: "shop",
      revision: release,
      message: "web: crash loop, exit code 3",
    }),
    event("e-9", 30 * second, {
      kind: "action",
      stack: "zoe",
      revision: create,
      message: "created project zoe: it is new in 5eed123",
    }),
    event("e-10", 26 * second, {
      kind: "rollout",
      stack: "zoe",
      revision: create,
      message: "web: 1 of 2 replicas are up",
    }),
  ];
}

export function someProblems(): readonly ProblemView[] {
  const file = "stacks/team/newsletter.yaml";
  return [
    {
      file,
      line: 14,
      column: 7,
      message: "spec.services.web.replicas must be a whole number from 0 to 100",
      hint: 'write 2 instead of "two"',
      stack: "newsletter",
      url: `${git}/src/branch/main/${file}#L14`,
    },
    {
      file,
      line: 22,
      column: 9,
      message: "unknown field `domian`",
      hint: "did you mean `domains`?",
      stack: "newsletter",
      url: `${git}/src/branch/main/${file}#L22`,
    },
    {
      file: "stacks/broken.yaml",
      line: 3,
      column: 1,
      message: "this file is not YAML: bad indentation of a mapping entry",
      hint: null,
      stack: null,
      url: null,
    },
  ];
}
