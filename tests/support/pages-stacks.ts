// Believable stacks in all states, for pages that are looked at and tested without a controller.
import { ownerLabel, ownerNameLabel } from "../../src/model/owner.ts";
import type { StackSummary } from "../../src/http/api/shapes/stack.ts";

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export const git = "https://git.example.com/platform/stacks";
export const shaOf = (short: string): string => short.padEnd(40, "0123456789abcdef");

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
    needsPerson: false,
    since: at,
    labels: {},
    template: null,
    owner: null,
    preview: null,
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
      needsPerson: true,
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
      needsPerson: true,
      ready: false,
      outcome: "failed",
      message: "the image ghcr.io/example/blog:2.0.0 was not found",
      labels: { team: "web" },
      commit: commitOf("81be0de", "Move the blog to version 2", ago(11 * minute)),
    }),
    summaryOf("old-reports", ago(12 * minute), {
      state: "waiting",
      stateText: "Waiting: approval",
      needsPerson: true,
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
      owner: "oidc:zoe",
      labels: {
        [ownerLabel]: "oidc:zoe",
        [ownerNameLabel]: "Zoe Martin",
        template: "ai-stack",
      },
      commit: commitOf("5eed123", "Create zoe", ago(30 * second)),
    }),
    summaryOf("newsletter", ago(30 * second), {
      state: "unknown",
      stateText: "Not looked at yet",
      ready: false,
      outcome: null,
      since: null,
      lastRun: null,
      message: "it has not been checked yet",
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
        ? {
            state: "failing",
            stateText: "Failing",
            needsPerson: true,
            message: "web: health check failed",
          }
        : {}),
    }),
  );
}
