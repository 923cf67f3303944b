// What a job printed, as docker keeps it until the job is stopped.
import type { Platform } from "../../ports.ts";
import { refOf } from "./rollout-item.ts";
import type { RolloutRequest } from "./rollout-item.ts";

const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) ?/;

/** Docker lists what went to one output before what went to the other: by their times they are in order again. */
export function inTimeOrder(lines: readonly string[]): readonly string[] {
  const at = (line: string): string | null => stamp.exec(line)?.[1] ?? null;
  if (lines.some((line) => at(line) === null)) return lines;
  return [...lines].sort((a, b) => ((at(a) ?? "") < (at(b) ?? "") ? -1 : 1));
}

/** The last lines that its command printed; throws what the platform throws. */
export async function jobOutput(
  platform: Pick<Platform, "serviceLog">,
  request: RolloutRequest,
  lines: number,
): Promise<readonly string[]> {
  const said = await platform.serviceLog(refOf(request), lines);
  return inTimeOrder(said.filter((line) => line.replace(stamp, "").trim() !== ""));
}

/** Without the times that docker puts before them. */
export function withoutTimes(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(stamp, ""));
}
