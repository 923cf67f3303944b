// The open spans of one stack: its runs, in each the actions with their requests to Dokploy, and its rollouts.
import type { RolloutData } from "../model/event-data.ts";
import type { Signal } from "../ports-telemetry.ts";
import type { Attributes, Ended, Span, Tracer } from "./tracer.ts";

type SignalOf<K extends Signal["kind"]> = Extract<Signal, { kind: K }>;

/** How a stack's part of a trace ended. */
export interface StackEnd {
  readonly outcome:
    "healthy" | "removed" | "unhealthy" | "failed" | "waiting" | "superseded" | "unfinished";
  readonly ended: Ended;
}

export interface StackSpans {
  runBegan(atMs: number): void;
  actionBegan(signal: SignalOf<"action-began">): void;
  actionEnded(signal: SignalOf<"action-ended">): void;
  requested(signal: SignalOf<"dokploy-request">): void;
  rollout(data: RolloutData, atMs: number): void;
  /** How the stack ended by this run; null while it goes on. */
  runEnded(signal: SignalOf<"run-ended">): StackEnd | null;
  /** Ends all that is open. */
  end(atMs: number, end: StackEnd): void;
  readonly beganAtMs: number;
}

/** A run that hangs in a loop of requests must not fill the collector. */
const mostRequests = 500;

/** Waiting of these kinds ends by itself, and belongs to the way of the change. */
const passing: ReadonlySet<string> = new Set([
  "deployment",
  "answer",
  "secrets",
  "dependency",
  "template",
  "build",
]);

function endOf({ outcome, reason, ready }: SignalOf<"run-ended">): StackEnd | null {
  switch (outcome) {
    case "converged":
      return ready ? { outcome: "healthy", ended: "ok" } : { outcome: "unhealthy", ended: "error" };
    case "removed":
      return { outcome: "removed", ended: "ok" };
    case "degraded":
    case "terminal":
      return { outcome: "failed", ended: "error" };
    case "waiting":
      return passing.has(reason ?? "") ? null : { outcome: "waiting", ended: "unset" };
    // A failed run is tried again.
    case "failed":
    case "progressing":
      return null;
  }
}

/** `parent`: the push; null where no push is the cause. */
export function createStackSpans(
  tracer: Tracer,
  options: { readonly stack: string; readonly parent: Span | null; readonly atMs: number },
): StackSpans {
  const { stack, parent, atMs: beganAtMs } = options;
  const own = { "capstan.stack": stack };
  const whole = tracer.start({
    name: `stack ${stack}`,
    parent,
    kind: "internal",
    atMs: beganAtMs,
    attributes: own,
  });
  const rollouts = new Map<string, { readonly span: Span; phase: string }>();
  let run: Span | null = null;
  let action: Span | null = null;
  let requests = 0;

  function begin(name: string, above: Span, atMs: number, attributes: Attributes): Span {
    return tracer.start({
      name,
      parent: above,
      kind: "internal",
      atMs,
      attributes: { ...own, ...attributes },
    });
  }

  function parentOf(service: string | null): Span | null {
    if (service !== null) return rollouts.get(service)?.span ?? null;
    return action ?? run;
  }

  return {
    beganAtMs,
    runBegan(atMs) {
      run = begin(`reconcile ${stack}`, whole, atMs, {});
    },
    actionBegan({ type, service, atMs }) {
      // Its own span follows: the action only begins it.
      if (type === "rollout") return;
      const attributes = {
        "capstan.action": type,
        ...(service === null ? {} : { "capstan.service": service }),
      };
      action = begin(
        service === null ? type : `${type} ${service}`,
        run ?? whole,
        atMs,
        attributes,
      );
    },
    actionEnded({ outcome, atMs }) {
      const failed = outcome !== "ok";
      action?.end(atMs, failed ? "error" : "ok", failed ? { "error.type": outcome } : {});
      action = null;
    },
    requested({ procedure, calls, isWrite, outcome, service, startedAtMs, endedAtMs }) {
      const above = parentOf(service);
      if (above === null || requests >= mostRequests) return;
      requests += 1;
      const span = tracer.start({
        name: `dokploy ${procedure}`,
        parent: above,
        kind: "client",
        atMs: startedAtMs,
        attributes: {
          ...own,
          "capstan.dokploy.procedure": procedure,
          "capstan.dokploy.calls": calls,
          "capstan.dokploy.write": isWrite,
        },
      });
      const failed = outcome !== "ok";
      span.end(endedAtMs, failed ? "error" : "ok", failed ? { "error.type": outcome } : {});
    },
    rollout({ service, phase, attempt }, atMs) {
      let known = rollouts.get(service);
      if (known === undefined) {
        const attributes = { "capstan.service": service, "capstan.attempt": attempt };
        known = { span: begin(`rollout ${service}`, whole, atMs, attributes), phase: "" };
        rollouts.set(service, known);
      }
      const { span } = known;
      if (known.phase !== phase) span.note(phase, atMs);
      known.phase = phase;
      if (phase !== "healthy" && phase !== "failed" && phase !== "retry") return;
      span.end(atMs, phase === "healthy" ? "ok" : "error", { "capstan.result": phase });
      rollouts.delete(service);
    },
    runEnded(signal) {
      const { outcome, reason, ready, revision, endedAtMs } = signal;
      // It began before this trace did, by what was desired then.
      if (run === null) return null;
      const failed = outcome === "failed" || outcome === "degraded" || outcome === "terminal";
      run.end(endedAtMs, failed ? "error" : "ok", {
        "capstan.outcome": outcome,
        "capstan.ready": ready,
        "vcs.ref.head.revision": revision,
        ...(reason === null ? {} : { "capstan.reason": reason }),
      });
      run = null;
      return endOf(signal);
    },
    end(atMs, { outcome, ended }) {
      const cut = ended === "ok" ? "ok" : "unset";
      action?.end(atMs, cut);
      run?.end(atMs, cut);
      for (const { span } of rollouts.values()) span.end(atMs, cut);
      rollouts.clear();
      if (outcome === "healthy") whole.note("healthy", atMs);
      whole.end(atMs, ended, { "capstan.outcome": outcome });
    },
  };
}
