// The whole of a stack of the stand-in world, with parts that fail, wait or run.
import type { StackDetail } from "../../src/http/api/shapes/dashboard.ts";
import type { StackSummary } from "../../src/http/api/shapes/stack.ts";
import { handmade, planOf, removalApproval, rolloutsOf, whyChanged } from "./pages-plan.ts";
import { commitOf, day, git, minute, shaOf } from "./pages-stacks.ts";
import type { Times } from "./pages-stacks.ts";
import { treeOf } from "./pages-tree.ts";

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

type Condition = StackDetail["conditions"][number];
type ConditionRow = readonly [
  type: Condition["type"],
  isTrue: boolean,
  reason: string,
  message: string,
  since: string,
];

function conditionsOf(stack: StackSummary, { ago }: Times): StackDetail["conditions"] {
  const { ready, reason, message, state } = stack;
  const since = stack.since ?? ago(minute);
  const isFailing = state === "failing";
  const isSuspended = state === "suspended";
  const synced = "everything of 3f9c2ab is written";
  const healthy: ConditionRow = isFailing
    ? ["Healthy", false, "CrashLoop", "web: 0 of 2 replicas are up", since]
    : ["Healthy", true, "Healthy", "all replicas are up", since];
  const rows: readonly ConditionRow[] = [
    ["Ready", ready, reason, message, since],
    ["Synced", true, "Applied", synced, ago(4 * minute)],
    healthy,
    ["Suspended", isSuspended, "Suspended", isSuspended ? "suspended by ops" : "", since],
  ];
  const revision = shaOf("3f9c2ab");
  return rows.map(([type, isTrue, why, words, at]) => ({
    ...{ type, status: isTrue ? "True" : "False", reason: why, message: words, revision },
    ...{ since: at, advisory: false },
  }));
}

type ServiceRow = readonly [
  name: string,
  id: string,
  running: number,
  wanted: number,
  image: string,
];

function servicesOf({ name, state }: StackSummary): StackDetail["services"] {
  const rows: readonly ServiceRow[] = [
    ["web", "x7f2k", state === "failing" ? 0 : 2, 2, "shop"],
    ["worker", "p0s9d", 1, 1, "shop-worker"],
  ];
  return rows.map(([service, id, running, wanted, image]) => ({
    ...{ name: service, service: `app/${service}`, appName: `${name}-${service}-${id}` },
    server: service === "worker" ? "edge" : null,
    ...{ running, wanted, image: `ghcr.io/example/${image}:1.5.0`, commit: null, digest: null },
  }));
}

type Done = readonly [title: string, status: "done" | "failed", message: string, reason: string];

function historyOf({ message, state }: StackSummary, { ago }: Times): StackDetail["history"] {
  const isFailing = state === "failing";
  const done: readonly Done[] = [
    ["change application web", "done", "", whyChanged],
    isFailing
      ? ["roll out web", "failed", "crash loop, exit code 3", "its configuration changed"]
      : ["roll out web", "done", "", "its configuration changed"],
  ];
  const rows = [
    ["3f9c2ab", 2 * minute, isFailing ? "degraded" : "converged", message, done],
    ["77aa001", 3 * day, "converged", "in sync and healthy", []],
  ] as const;
  return rows.map(([sha, at, outcome, words, actions]) => ({
    ...{ at: ago(at), revision: shaOf(sha), outcome, message: words, reasons: ["a new commit"] },
    actions: actions.map(([title, status, why, reason]) => ({
      ...{ title, status, message: why, reason },
    })),
  }));
}

function revisionsOf({ state }: StackSummary, { ago }: Times): StackDetail["revisions"] {
  const rows = [
    ["3f9c2ab", "Release 1.5 of the shop", 4 * minute, state !== "failing"],
    ["77aa001", "Raise memory of personal stacks", 3 * day, true],
    ["12ab34c", "Release 1.4.2 of the shop", 12 * day, true],
  ] as const;
  return rows.map(([sha, title, at, healthy], index) => ({
    ...{ commit: commitOf(sha, title, ago(at)), healthy, current: index === 0 },
  }));
}

const noParts = {
  ...{ conditions: [], services: [], tree: null, plan: null, rollouts: [] },
  ...{ lastDeploys: [], history: [], revisions: [] },
};

function partsOf(stack: StackSummary, times: Times) {
  const deploy = { service: "app/web", reason: whyChanged, revision: shaOf("3f9c2ab") };
  return {
    conditions: conditionsOf(stack, times),
    services: servicesOf(stack),
    tree: treeOf(stack),
    plan: planOf(stack),
    rollouts: rolloutsOf(stack, times),
    lastDeploys: [{ ...deploy, at: times.ago(4 * minute) }],
    history: historyOf(stack, times),
    revisions: revisionsOf(stack, times),
  };
}

export function detailOf(stack: StackSummary, times: Times): StackDetail {
  const { name, state } = stack;
  const file = `stacks/${name}.yaml`;
  const text = manifestText
    .replaceAll("shop.ai", `${name}.ai`)
    .replace("name: shop", `name: ${name}`);
  return {
    ...stack,
    ...(state === "unknown" ? noParts : partsOf(stack, times)),
    drift: null,
    notes: state === "failing" ? [handmade] : [],
    approval: name === "old-reports" ? removalApproval : null,
    builds: [],
    jobs: [],
    manifest: { file, line: 1, text, url: `${git}/src/branch/main/${file}` },
    dokployUrl: "https://dokploy.example.com/dashboard/project/p1",
    may: { operate: true, remove: true },
  };
}
