// The parts of a stack of the stand-in world as a tree: one row a node.
import type { StackSummary, TreeNode } from "../../src/http/api/shapes/stack.ts";

type Row = readonly [
  id: string,
  kind: TreeNode["kind"],
  name: string,
  detail: string,
  more?: Partial<TreeNode>,
];

const dokploy = "https://dokploy.example.com/dashboard/project/p1";

function node([id, kind, name, detail, more = {}]: Row, ...children: readonly Row[]): TreeNode {
  const quiet = { health: "none", drift: false, change: null, url: null } as const;
  return { id, kind, name, detail, ...quiet, children: children.map((one) => node(one)), ...more };
}

/** What its web service is; all others are healthy. */
const healths: Readonly<Partial<Record<StackSummary["state"], TreeNode["health"]>>> = {
  failing: "degraded",
  "rolling-out": "progressing",
};

const foreign: Row = [
  "unmanaged/debug",
  "unmanaged",
  "debug-shell",
  "made by hand in Dokploy",
  { health: "stopped" },
];

export function treeOf({ name, state }: StackSummary): TreeNode {
  const isFailing = state === "failing";
  const health = healths[state] ?? "healthy";
  const host = `${name}.ai.example.com`;
  const page = `${dokploy}/services/application/a1`;
  const changes = isFailing ? ({ change: "restart" } as const) : {};
  const moved = isFailing ? ({ drift: true, change: "update" } as const) : {};
  const replicas = isFailing ? "0 of 2 replicas" : "2 of 2 replicas";
  const redirect: Row = ["app/web/redirect/old", "redirect", "/old", "", { change: "create" }];
  const services = [
    node(
      ["app/web", "application", "web", replicas, { health, url: page, ...changes }],
      [`app/web/domain/${host}`, "domain", host, "HTTPS, port 8080", { url: `https://${host}` }],
      ["app/web/mount/data", "mount", "data", "/home/coder", moved],
      ["app/web/port/2222", "port", "2222", "tcp to 22"],
      ...(isFailing ? [redirect] : []),
    ),
    node(
      ["app/worker", "application", "worker", "1 of 1 replica", { health: "healthy" }],
      ["app/worker/mount/queue", "mount", "queue", "/queue"],
    ),
    ...(isFailing ? [node(foreign)] : []),
  ];
  const production = node(["production", "environment", "production", "", { health }]);
  const children = [{ ...production, children: services }];
  return { ...node([name, "project", name, "", { health, drift: isFailing }]), children };
}
