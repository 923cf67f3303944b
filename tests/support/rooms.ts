// Who may import whom within the engine: held by tests/architecture.test.ts.

/**
 * The rooms of the engine, and what each may import beside itself. The table has no cycle, which a test
 * checks: a room can be read with nothing but the rooms named here. `engine.ts` is what everybody outside sees.
 */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  state: [],
  "wakeups.ts": [],
  "pulls.ts": [],
  memory: ["state"],
  dns: ["state", "memory"],
  hosts: ["dns", "wakeups.ts"],
  builds: ["wakeups.ts"],
  follow: ["wakeups.ts"],
  rollout: ["memory"],
  rollback: ["state", "rollout"],
  removal: ["state", "memory"],
  order: ["state", "memory", "builds", "wakeups.ts"],
  execution: ["state", "memory", "rollout", "dns"],
  health: ["state", "memory", "rollout", "rollback"],
  drift: ["state", "memory", "execution", "health"],
  proposing: ["state", "memory", "drift", "pulls.ts", "wakeups.ts"],
  requests: ["state", "memory", "order", "execution"],
  events: ["state", "memory", "rollout", "execution"],
  site: ["state", "memory", "rollout", "drift", "events"],
  reader: [
    ...["state", "memory", "builds", "follow", "rollout", "rollback", "removal", "order", "drift"],
    ...["requests", "events", "site", "dns", "hosts", "wakeups.ts"],
  ],
  run: [
    ...["state", "memory", "removal", "rollback", "order", "reader"],
    ...["execution", "health", "drift", "dns", "hosts"],
  ],
  "engine.ts": ["state", "builds", "removal", "reader", "requests", "run"],
  previews: ["state", "memory"],
  checks: ["engine.ts", "state", "memory", "order", "previews", "reader"],
  images: ["engine.ts", "pulls.ts", "state", "memory", "reader"],
  portal: ["engine.ts", "state", "reader", "rollout"],
  fleet: ["engine.ts", "state", "removal", "reader"],
  loop: [
    ...[
      "engine.ts",
      "state",
      "memory",
      "removal",
      "order",
      "follow",
      "reader",
      "drift",
      "proposing",
      "requests",
    ],
    ...["events", "run", "checks", "wakeups.ts"],
  ],
};

/** Folders outside the engine that say as well what they are for. */
export const otherRooms = [
  "plan/render",
  "cli/remote",
  "forge/gitea",
  "forge/github",
  "forge/gitlab",
];
