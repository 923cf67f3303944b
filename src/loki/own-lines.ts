// Lines of Capstan's own logger as entries: what its JSON says of level, time and stack.
import { logLevels } from "../ports-logs.ts";
import type { LineLevel, LogEntry } from "../ports-logs.ts";

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Not JSON, whoever wrote it: the line itself is kept.
  }
  return {};
}

export function ownEntry(line: string, service: string, nowMs: number): LogEntry {
  const { level, time, stack } = parse(line);
  const atMs = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return {
    atMs: Number.isNaN(atMs) ? nowMs : atMs,
    service,
    level: logLevels.find((known) => known === level) ?? ("info" satisfies LineLevel),
    line: line.trimEnd(),
    metadata: typeof stack === "string" ? { stack } : {},
  };
}
