// What every write to the server passes, so that none starts without its lease.
import { CapstanError } from "../../lib/errors.ts";

/** What asks before a write is sent. */
export interface LeaseGate {
  /** Makes sure that there is time for a write. Throws `conflict` when this process may not write. */
  enter(procedure: string): Promise<void>;
  /** Asked again in the moment of sending. */
  isOpen(): boolean;
  /** There is work: the lease goes on. */
  busy(): void;
}

export interface GateOptions {
  readonly isOpen: () => boolean;
  /** Whether the lease is held, even if only for a short time. */
  readonly isHeld: () => boolean;
  readonly used: () => void;
  /** Renews it, unless it is open by then. */
  readonly renew: () => Promise<void>;
  /** Why it is not held, as a sentence without its full stop; null where no other holder is seen. */
  readonly whyNot: () => string | null;
}

export function createGate({ isOpen, isHeld, used, renew, whyNot }: GateOptions): LeaseGate {
  return {
    isOpen,
    busy: used,
    async enter(procedure) {
      used();
      if (isOpen()) return;
      if (isHeld()) await renew();
      if (isOpen()) return;
      const why = whyNot() ?? "this process does not hold the lease of the server any more";
      throw new CapstanError("conflict", `${procedure} was not sent: ${why}`, {
        hint: "the server is read again first",
      });
    },
  };
}
