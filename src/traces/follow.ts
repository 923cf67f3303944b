// Makes traces of signals and events. A push is one trace: from the moment it is heard of until every stack that it
// touched is healthy, has failed, or waits for something that does not end by itself. A run that changes something
// without a push (drift, somebody's request, a start) is a trace of its own; one that finds nothing to do is none.
import type { Event } from "../model/status.ts";
import type { Signal, Tell } from "../ports-telemetry.ts";
import { createStackSpans } from "./stack-spans.ts";
import type { StackEnd, StackSpans } from "./stack-spans.ts";
import type { Span, Tracer } from "./tracer.ts";

export interface Traces {
  readonly tell: Tell;
  /** To be called with each event of the engine. */
  readonly onEvent: (event: Event) => void;
  /** Ends what is open, as unfinished. */
  end(atMs: number): void;
}

interface Push {
  readonly span: Span;
  /** Stacks that have not ended. */
  readonly open: Set<string>;
  readonly ends: StackEnd["outcome"][];
}

/** Commits that were heard of and are not loaded: a newer one may be read in their place. */
const mostHeardOf = 200;
/** Of a push that touches more, the others have no spans. */
const mostStacks = 1_000;
/** What has not ended by then is not waited for. */
const longestMs = 2 * 3_600_000;
const lookEveryMs = 60_000;

/** The worst first. */
const order: readonly StackEnd["outcome"][] = [
  "failed",
  "unhealthy",
  "unfinished",
  "waiting",
  "superseded",
  "healthy",
  "removed",
];
const bad: ReadonlySet<StackEnd["outcome"]> = new Set(["failed", "unhealthy"]);
const unfinished: StackEnd = { outcome: "unfinished", ended: "unset" };

export function createTraces(tracer: Tracer): Traces {
  /** By commit: since when it is known. */
  const heardOf = new Map<string, { atMs: number; by: "webhook" | "poll" }>();
  const reads = new Map<string, Extract<Signal, { kind: "git-fetch" }>>();
  const stacks = new Map<string, { readonly spans: StackSpans; readonly push: Push | null }>();
  /** By stack: when a run began that belongs to no trace so far. */
  const quietRuns = new Map<string, number>();
  let lookedAtMs = 0;
  let loadedLast: string | null = null;

  function hear(revision: string, atMs: number, by: "webhook" | "poll"): void {
    // A delivery may come after the commit was found by polling, or twice.
    if (revision === loadedLast) return;
    if (!heardOf.has(revision)) heardOf.set(revision, { atMs, by });
    for (const oldest of heardOf.keys()) {
      if (heardOf.size <= mostHeardOf) break;
      heardOf.delete(oldest);
      reads.delete(oldest);
    }
  }

  function endPush({ span, ends }: Push, atMs: number): void {
    const outcome = order.find((one) => ends.includes(one)) ?? "unchanged";
    const isBad = ends.some((one) => bad.has(one));
    const isGood = ends.every((one) => one === "healthy" || one === "removed");
    if (outcome === "healthy") span.note("healthy", atMs);
    span.end(atMs, isBad ? "error" : isGood ? "ok" : "unset", { "capstan.outcome": outcome });
  }

  function endStack(stack: string, atMs: number, end: StackEnd): void {
    const known = stacks.get(stack);
    if (known === undefined) return;
    stacks.delete(stack);
    const { spans, push } = known;
    spans.end(atMs, end);
    if (push?.open.delete(stack) !== true) return;
    push.ends.push(end.outcome);
    if (push.open.size === 0) endPush(push, atMs);
  }

  function loaded(signal: Extract<Signal, { kind: "commit-loaded" }>): void {
    const { revision, changed, isFirst, atMs } = signal;
    const since = heardOf.get(revision) ?? null;
    const read = reads.get(revision);
    heardOf.delete(revision);
    reads.delete(revision);
    loadedLast = revision;
    // What a start finds was pushed at some other time.
    if (isFirst) return;
    const traced = changed.slice(0, mostStacks);
    // A commit that is known already brings changes when a secret has another value.
    const span = tracer.start({
      name: since === null ? "secret changed" : "push",
      parent: null,
      kind: "internal",
      atMs: since?.atMs ?? atMs,
      attributes: {
        "vcs.ref.head.revision": revision,
        "capstan.stacks.changed": changed.length,
        ...(since === null ? {} : { "capstan.heard.by": since.by }),
      },
    });
    if (read !== undefined) {
      const reading = { name: "read commit", parent: span, kind: "client" } as const;
      const attributes = { "vcs.ref.head.revision": revision };
      tracer
        .start({ ...reading, atMs: read.startedAtMs, attributes })
        .end(read.endedAtMs, read.outcome === "ok" ? "ok" : "error");
    }
    const push: Push = { span, open: new Set(traced), ends: [] };
    for (const stack of traced) {
      endStack(stack, atMs, { outcome: "superseded", ended: "unset" });
      quietRuns.delete(stack);
      stacks.set(stack, { spans: createStackSpans(tracer, { stack, parent: span, atMs }), push });
    }
    if (traced.length === 0) endPush(push, atMs);
  }

  /** The stack's spans; made for a run that turns out to change something. */
  function spansOf(stack: string): StackSpans | null {
    const known = stacks.get(stack);
    if (known !== undefined) return known.spans;
    const atMs = quietRuns.get(stack);
    if (atMs === undefined) return null;
    quietRuns.delete(stack);
    const spans = createStackSpans(tracer, { stack, parent: null, atMs });
    spans.runBegan(atMs);
    stacks.set(stack, { spans, push: null });
    return spans;
  }

  function endOld(nowMs: number): void {
    if (nowMs - lookedAtMs < lookEveryMs) return;
    lookedAtMs = nowMs;
    for (const [stack, { spans }] of [...stacks]) {
      if (nowMs - spans.beganAtMs > longestMs) endStack(stack, nowMs, unfinished);
    }
  }

  function tell(signal: Signal): void {
    switch (signal.kind) {
      case "delivery":
        if (signal.outcome === "accepted" && signal.commit !== null) {
          hear(signal.commit, signal.atMs, "webhook");
        }
        return;
      case "commit-seen":
        hear(signal.revision, signal.atMs, "poll");
        return;
      case "git-fetch":
        if (signal.revision !== null && heardOf.has(signal.revision)) {
          reads.set(signal.revision, signal);
        }
        return;
      case "commit-loaded":
        loaded(signal);
        return;
      case "run-began": {
        const known = stacks.get(signal.stack);
        if (known === undefined) quietRuns.set(signal.stack, signal.atMs);
        else known.spans.runBegan(signal.atMs);
        return;
      }
      case "action-began":
        spansOf(signal.stack)?.actionBegan(signal);
        return;
      case "action-ended":
        stacks.get(signal.stack)?.spans.actionEnded(signal);
        return;
      case "dokploy-request":
        if (signal.stack !== null) stacks.get(signal.stack)?.spans.requested(signal);
        return;
      case "run-ended": {
        const { stack, endedAtMs } = signal;
        quietRuns.delete(stack);
        const end = stacks.get(stack)?.spans.runEnded(signal) ?? null;
        if (end !== null) endStack(stack, endedAtMs, end);
        endOld(endedAtMs);
        return;
      }
      case "secrets-read":
      case "check-told":
      case "deployment-ended":
      case "build-ended":
        return;
    }
  }

  return {
    tell,
    onEvent({ stack, rollout, atMs }) {
      if (stack === null || rollout === undefined) return;
      stacks.get(stack)?.spans.rollout(rollout, atMs);
    },
    end(atMs) {
      for (const stack of [...stacks.keys()]) endStack(stack, atMs, unfinished);
    },
  };
}
