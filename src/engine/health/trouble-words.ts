// What is not well with a service, in one line of words: what is seen, the errors of its tasks, the end of its log.
// The same trouble keeps its words: a log that goes on, or a loop seen between two ends, is no news.
import type { ServiceRef } from "../../model/observed.ts";
import type { Platform, TaskState } from "../../ports.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import { tellingLines } from "../rollout/telling-lines.ts";

export interface Trouble {
  /** What the line begins with. */
  readonly what: string;
  readonly tasks: readonly TaskState[];
  readonly running: number;
  readonly wanted: number;
  /** Why a task does not start without an error, if one does not. */
  readonly stuck: string | null;
}

export interface TroubleWords {
  /** Reads the log only when there is something new to say. `isFlapping`: counts that change are no news either. */
  lineOf(
    stack: string,
    service: ServiceRef,
    trouble: Trouble,
    isFlapping: boolean,
  ): Promise<string>;
  /** What was said last; null where nothing was, or it is well again. */
  last(stack: string, id: string): string | null;
  /** It is well. */
  forget(stack: string, id: string): void;
}

interface Said extends Pick<Trouble, "running" | "wanted" | "stuck"> {
  readonly errors: string;
  readonly line: string;
}

const logLines = 20;
const linesShown = 3;

function errorsOf(tasks: readonly TaskState[]): readonly string[] {
  const errors = new Set(tasks.filter((task) => task.failed).map((task) => task.error));
  return [...errors].filter((error) => error !== "");
}

export function createTroubleWords(
  platform: Pick<Platform, "serviceLog">,
  records: Pick<StackRecords, "field">,
): TroubleWords {
  /** By the service's id. */
  const stacks = records.field<Map<string, Said>>("trouble told");

  async function logTail(service: ServiceRef): Promise<readonly string[]> {
    return tellingLines(await platform.serviceLog(service, logLines).catch(() => []), linesShown);
  }

  return {
    async lineOf(stack, { kind, id }, { what, tasks, running, wanted, stuck }, isFlapping) {
      const errors = errorsOf(tasks);
      const key = [...errors].sort().join("\n");
      const said = stacks.get(stack) ?? new Map<string, Said>();
      const before = said.get(id);
      const isSame =
        before?.running === running && before.wanted === wanted && before.stuck === stuck;
      if (before?.errors === key && (isSame || isFlapping)) return before.line;
      const text = [...errors, ...(await logTail({ kind, id }))].join(" | ");
      const line = `${what}${text === "" ? "" : `: ${text}`}`;
      stacks.set(stack, said.set(id, { running, wanted, stuck, errors: key, line }));
      return line;
    },
    last: (stack, id) => stacks.get(stack)?.get(id)?.line ?? null,
    forget(stack, id) {
      stacks.get(stack)?.delete(id);
    },
  };
}
