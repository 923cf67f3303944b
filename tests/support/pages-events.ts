// What happened in the stand-in world, and the mistakes in its manifests.
import type { OrphanView } from "../../src/http/api/shapes/answers.ts";
import type { EventView, ProblemView } from "../../src/http/api/shapes/dashboard.ts";
import { fieldsChanged } from "./pages-plan.ts";
import { day, git, hour, minute, second, shaOf } from "./pages-stacks.ts";
import type { Times } from "./pages-stacks.ts";

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
        type: "configure-service",
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

export const someOrphans: readonly OrphanView[] = [
  {
    appName: "old-reports-web-x7k2mq",
    image: "ghcr.io/example/reports:1.3.0",
    stack: "old-reports",
    command: "docker service rm old-reports-web-x7k2mq",
  },
];

/** As the API pages them: `events` is the newest last. */
export function eventPage(
  events: readonly EventView[],
  stack: string | undefined,
  limit: number,
  before?: string,
): { readonly events: readonly EventView[]; readonly older: string | null } {
  const end = before === undefined ? events.length : events.findIndex(({ id }) => id === before);
  const fitting = events.slice(0, end).filter((one) => stack === undefined || one.stack === stack);
  const shown = fitting.slice(-limit);
  return { events: shown, older: fitting.length > limit ? (shown[0]?.id ?? null) : null };
}
