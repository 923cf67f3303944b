// What a delivery of the Git host leads to. Polling would find all of it; a delivery only makes it sooner.
import type { ForgeEvent } from "../../model/forge.ts";
import type { Engine } from "../engine.ts";
import type { CommitChecks } from "./commit-checks.ts";
import type { PullPlans } from "./pull-plans.ts";

export interface DeliveriesOptions {
  readonly branch: string;
  /** Null before there is one. */
  readonly engine: () => Pick<Engine, "catchUp" | "state" | "buildsChanged" | "pullMoved"> | null;
  /** They do not throw. */
  readonly commits: Pick<CommitChecks, "seen" | "passed">;
  readonly pulls: Pick<PullPlans, "look" | "comment">;
}

/** The returned function returns at once. */
export function createDeliveries(options: DeliveriesOptions): (event: ForgeEvent) => void {
  const { engine, commits, pulls } = options;

  /** `after`: the branch's newest commit, as the host says; null when the branch was deleted. */
  async function pushed(after: string | null): Promise<void> {
    const running = engine();
    if (running === null) return;
    if (after !== null) commits.seen(after);
    await running.catchUp("push");
    const { revision, sourceError } = running.state();
    if (after === null || revision === null || sourceError !== null) return;
    commits.passed(after, revision);
  }

  return (event) => {
    switch (event.type) {
      case "push":
        if (event.branch === options.branch) void pushed(event.after);
        return;
      case "pull":
        pulls.look(event.number);
        engine()?.pullMoved(event.number);
        return;
      case "comment":
        pulls.comment(event.number, event.author, event.body);
        return;
      case "run":
        engine()?.buildsChanged();
        return;
      // Whoever receives deliveries asks the registry.
      case "image":
      case "other":
        return;
    }
  };
}
