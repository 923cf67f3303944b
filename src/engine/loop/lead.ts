// How a process comes to lead (W12): it waits until no other one does, or, for a single pass, refuses at once.
import type { Engine } from "../engine.ts";
import type { Leadership } from "./leadership.ts";

type Waiting = NonNullable<Parameters<Engine["lead"]>[0]>;

export interface Lead {
  /** As `Engine.lead`. */
  take(waiting?: Waiting): Promise<boolean>;
  /** Why it only waits, in words for people; null when it does not. */
  waitsFor(): string | null;
}

export interface LeadOptions {
  readonly leadership: Leadership;
  /** Aborted when the process is to end. */
  readonly ending: AbortSignal;
  readonly warn: (line: string) => void;
  /** It begins to wait for another one; the returned function ends what is done meanwhile. */
  readonly waits: () => () => void;
  /** It leads now, and did not before. */
  readonly began: () => void;
}

export function createLead({ leadership, ending, warn, waits, began }: LeadOptions): Lead {
  let waitsFor: string | null = null;

  async function waitForTurn(waiting: Waiting): Promise<boolean> {
    const ends: (() => void)[] = [];
    const leads = await leadership.wait(AbortSignal.any([waiting.signal, ending]), (line) => {
      if (ends.length === 0) ends.push(waits());
      waitsFor = line;
      warn(line);
      waiting.waits(line);
    });
    for (const end of ends) end();
    waitsFor = null;
    if (!leads) return false;
    // It was to stop in the same moment.
    if (ending.aborted) await leadership.end();
    return !ending.aborted;
  }

  async function takeOrRefuse(waiting: Waiting | undefined): Promise<void> {
    const signals = waiting === undefined ? [] : [waiting.signal];
    try {
      await leadership.take(AbortSignal.any([...signals, ending]), (line) => {
        warn(line);
        waiting?.waits(line);
      });
    } catch (error) {
      await leadership.end();
      throw error;
    }
  }

  return {
    waitsFor: () => waitsFor,
    async take(waiting) {
      if (leadership.isHeld()) return true;
      if (waiting === undefined || waiting.once === true) await takeOrRefuse(waiting);
      else if (!(await waitForTurn(waiting))) return false;
      began();
      return true;
    },
  };
}
