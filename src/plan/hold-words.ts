// What people read of removals that wait. Nothing decides by these texts.
import type { ApprovalWay, Hold, HoldReason } from "../model/hold.ts";

/** `2 of 5 stacks would be removed` */
export function holdReason(reason: HoldReason): string {
  switch (reason.kind) {
    case "names-unknown":
      return "a file in Git cannot be read, so what it names is unknown; fix it first";
    case "all-stacks":
      return `all stacks that Capstan owns (${reason.owned}) would be removed`;
    case "many-stacks":
      return `${reason.going} of ${reason.owned} stacks would be removed`;
    case "many-services":
      return `${reason.going} of ${reason.owned} services would be removed`;
  }
}

/** How this program was started, for commands that people copy. */
export interface Started {
  /** `capstan`, `npm run -s capstan --` */
  readonly program: string;
  /** What was given as `--source`, as a shell takes it; null without it. */
  readonly source: string | null;
}

const anyhow: Started = { program: "capstan", source: null };

/** What somebody runs to let the removals go; null when no approval helps. */
export function approveCommand(
  { digest }: Hold,
  way: ApprovalWay,
  { program, source }: Started = anyhow,
): string | null {
  if (digest === null) return null;
  if (way !== "apply") return `${program} approve-prune ${digest}`;
  const from = source === null ? "" : ` --source ${source}`;
  return `${program} apply${from} --prune --approve ${digest}`;
}

/** `2 of 5 stacks would be removed; to approve: capstan approve-prune 12ab34cd56ef` */
export function holdText(hold: Hold, way: ApprovalWay, started?: Started): string {
  const command = approveCommand(hold, way, started);
  const reason = holdReason(hold.reason);
  return command === null ? reason : `${reason}; to approve: ${command}`;
}

/** How a run ends that removes nothing; `hold` null: `apply` was started without --prune. */
export function waitingText(what: "stack" | "parts", hold: Hold | null, way: ApprovalWay): string {
  const waits = what === "stack" ? "its removal waits" : "removals wait";
  return hold === null ? `${waits} for --prune` : `${waits}: ${holdText(hold, way)}`;
}
