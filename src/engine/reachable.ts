// Whether Git and the server can be read: each failure is an event once, until another one follows or it
// is over.
import type { EventLog } from "./events.ts";

export interface Reachable {
  /** Null: it was read. */
  readonly sourceIs: (message: string | null) => void;
  readonly platformIs: (message: string | null) => void;
  readonly errors: () => { readonly source: string | null; readonly platform: string | null };
}

export function createReachable(events: EventLog, isStopping: () => boolean): Reachable {
  let source: string | null = null;
  let platform: string | null = null;

  function tell(
    kind: "source-error" | "platform-error",
    message: string | null,
    before: string | null,
  ): void {
    // What ends because Capstan ends is nobody's failure.
    if (message === before || message === null || isStopping()) return;
    events.add({ kind, level: "error", stack: null, revision: null, message });
  }

  return {
    // Whoever hears of it finds it in `errors` already.
    sourceIs(message) {
      const before = source;
      source = message;
      tell("source-error", message, before);
    },
    platformIs(message) {
      const before = platform;
      platform = message;
      tell("platform-error", message, before);
    },
    errors: () => ({ source, platform }),
  };
}
