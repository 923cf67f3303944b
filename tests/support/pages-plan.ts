// What would change of a stack of the stand-in world, and how its rollouts went: one row an action, a field, a
// phase.
import type {
  Approval,
  Rollout,
  StackPlan,
  StackSummary,
} from "../../src/http/api/shapes/stack.ts";
import { day, minute, second } from "./pages-stacks.ts";
import type { Times } from "./pages-stacks.ts";

export const fieldsChanged = {
  kind: "git",
  what: "fields",
  fields: ["spec.image", "spec.env"],
  secret: null,
  host: [],
} as const;

export const handmade = {
  kind: "kept",
  message: "debug-shell was made by hand; Capstan leaves it alone.",
};
export const whyChanged = "3f9c2ab changed spec.image and spec.env";

type Resource = readonly [kind: string, id: string, name: string];
const removals: Readonly<Record<string, readonly Resource[]>> = {
  "old-reports": [
    ["project", "p1", "old-reports"],
    ["application", "a1", "web"],
    ["database", "d1", "reports-db"],
    ["mount", "m1", "reports-data"],
  ],
  "old-exports": [
    ["project", "p2", "old-exports"],
    ["application", "a2", "worker"],
  ],
};

export const removalApproval: Approval = {
  digest: "9f2c4e7ab013",
  reason: "It is more than a fifth of all stacks.",
  removals: Object.entries(removals).map(([stack, rows]) => ({
    stack,
    resources: rows.map(([kind, id, name]) => ({ kind, id, name })),
  })),
};

type Action = StackPlan["actions"][number];
type Field = readonly [path: string, was: string | null, is: string | null];
function action(
  type: Action["type"],
  title: string,
  service: string,
  [reason, risk]: readonly [reason: string, risk: Action["risk"]],
  fields: readonly Field[],
): Action {
  const changes = fields.map(([path, was, is]) => ({ path, was, is }));
  return { type, title, service, reason, cause: fieldsChanged, risk, changes };
}

const actions: readonly Action[] = [
  action(
    "configure-service",
    "change application web",
    "app/web",
    [whyChanged, "restart"],
    [
      ["image", "ghcr.io/example/shop:1.4.2", "ghcr.io/example/shop:1.5.0"],
      ["env.LOG_LEVEL", "info", "debug"],
      ["env.DATABASE_PASSWORD", "••••••", "••••••"],
      ["replicas", "1", "2"],
      ["ports.2222/tcp", null, "22 ingress"],
    ],
  ),
  action(
    "create-child",
    "create redirect /old of web",
    "app/web",
    ["3f9c2ab added it", "none"],
    [["regex", null, "^https://old\\.example\\.com/(.*)"]],
  ),
  action(
    "delete-child",
    "remove mount cache of worker",
    "app/worker",
    ["3f9c2ab removed it", "data-loss"],
    [["mountPath", "/var/cache", null]],
  ),
];

export function planOf({ name, state }: StackSummary): StackPlan {
  if (state !== "failing") {
    return { name, change: "unchanged", conflict: null, actions: [], notes: [], hostAccess: [] };
  }
  const hostAccess = [{ service: "app/web", part: null, reaches: ["port 2222/tcp of the host"] }];
  const common = { name, change: "changed", conflict: null, hostAccess };
  return { ...common, actions: [...actions], notes: [handmade] };
}

/** Times are of how long ago it was; `to` null: it goes on. */
type Phase = readonly [name: string, from: number, to: number | null, detail: string];
interface RolloutRow {
  readonly attempt: string;
  readonly state: Rollout["state"];
  readonly reason: string;
  readonly phases: readonly Phase[];
  readonly log: readonly string[];
}

const older: RolloutRow = {
  ...{ attempt: "1", state: "healthy", reason: "77aa001 changed spec.resources", log: [] },
  phases: [
    ["queue", 3 * day, 3 * day - 1 * second, ""],
    ["build", 3 * day - 1 * second, 3 * day - 9 * second, "image pulled"],
    ["containers", 3 * day - 9 * second, 3 * day - 23 * second, "2 of 2 running"],
    ["stable", 3 * day - 23 * second, 3 * day - 38 * second, "healthy for 15 s"],
  ],
};
const active: RolloutRow = {
  ...{ attempt: "1", state: "active", reason: "5eed123 created it", log: [] },
  phases: [
    ["queue", 26 * second, 25 * second, ""],
    ["build", 25 * second, 11 * second, "image pulled"],
    ["containers", 11 * second, null, "1 of 2 running"],
  ],
};
const failed: RolloutRow = {
  ...{ attempt: "2", state: "failed", reason: whyChanged },
  phases: [
    ["queue", 4 * minute, 4 * minute - 2 * second, ""],
    ["build", 4 * minute - 2 * second, 4 * minute - 31 * second, "image pulled"],
    ["containers", 4 * minute - 31 * second, 2 * minute, "0 of 2 running, exit code 3"],
  ],
  log: [
    "2026-11-28T17:29:02Z INFO  starting shop 1.5.0",
    "2026-11-28T17:29:02Z INFO  connecting to database shop-db:5432",
    '2026-11-28T17:29:05Z ERROR relation "orders_v2" does not exist',
    "2026-11-28T17:29:05Z FATAL migrations are behind: expected 42, found 41",
  ],
};

/** The newest first; of all other states only the older one. */
const rollouts: Readonly<Partial<Record<StackSummary["state"], readonly RolloutRow[]>>> = {
  "rolling-out": [active],
  failing: [failed, older],
};

export function rolloutsOf({ state }: StackSummary, { ago }: Times): Rollout[] {
  const at = (ms: number | null | undefined): string | null =>
    ms === null || ms === undefined ? null : ago(ms);
  return (rollouts[state] ?? [older]).map(({ phases, log, ...row }) => ({
    ...{ service: "app/web", name: "web", log: [...log] },
    ...row,
    startedAt: ago(phases[0]?.[1] ?? 0),
    endedAt: at(phases.at(-1)?.[2]),
    phases: phases.map(([name, from, to, detail]) => ({
      ...{ name, detail, startedAt: ago(from), endedAt: at(to) },
    })),
  }));
}
