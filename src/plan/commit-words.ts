// What became of a commit, or of one stack of it, in words for people: one table for the API and the pages.
import type { CheckReason, CheckRow } from "../model/checks.ts";

const words: Readonly<Record<CheckReason, string>> = {
  seen: "Seen",
  unread: "Git cannot be read",
  queued: "Queued",
  progressing: "Under way",
  platform: "Failing: platform",
  build: "Waiting: build",
  healthy: "Done",
  removed: "Removed",
  kept: "Kept",
  unchanged: "Nothing to do",
  planned: "Planned",
  failed: "Failing",
  unhealthy: "Not healthy",
  degraded: "Failed",
  problem: "Mistake in a manifest",
  approval: "Waiting: approval",
  conflict: "Waiting: conflict",
  fight: "Waiting: repeated drift",
  version: "Waiting: Dokploy version",
  "build-held": "Waiting: build",
  dns: "Waiting: DNS record",
  host: "Waiting: reachable",
  suspended: "Suspended",
  left: "Left Git",
  window: "Waiting: sync window",
  dependency: "Waiting: dependency",
  secrets: "Waiting: secrets",
  template: "Waiting: template rollout",
  "dry-run": "Dry run",
  superseded: "Superseded",
};

/** Of one stack of a commit. */
export function checkText({ reason }: Pick<CheckRow, "reason">): string {
  return words[reason];
}

type Row = Pick<CheckRow, "reason" | "state" | "stack" | "change">;

/** Of the commit: `own` is its own check, `rows` are all of its checks. */
export function commitText(own: Row, rows: readonly Row[]): string {
  const stacks = rows.filter(({ stack }) => stack !== null);
  const done = stacks.filter(({ state }) => state === "success");
  if (own.state === "neutral" && done.length > 0) return "Partly done";
  const isIdle = done.every(({ change }) => change === null || change === "unchanged");
  return own.reason === "healthy" && isIdle ? words.unchanged : words[own.reason];
}
