// Values as people write them: durations, amounts.
import { formatDuration } from "../../lib/duration.ts";
import { formatCpus, formatMemory } from "../../model/quantity.ts";
import type { ResourceAmounts } from "../../model/specs.ts";
import { say } from "./kind.ts";
import type { Body } from "./kind.ts";

const nsPerMs = 1_000_000;

export function durationOf(ns: number | null): string | null {
  if (ns === null) return null;
  return ns % nsPerMs === 0 ? formatDuration(ns / nsPerMs) : `${ns / nsPerMs}ms`;
}

export function amountsOf({ nanoCpus, memoryBytes }: ResourceAmounts): Body {
  return {
    ...say("cpu", nanoCpus === null ? null : formatCpus(nanoCpus)),
    ...say("memory", memoryBytes === null ? null : formatMemory(memoryBytes)),
  };
}
