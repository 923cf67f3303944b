// Asking for runs, as a test looks at it: which stacks were asked for, in whatever way.
import type { Wakeups } from "../../src/engine/wakeups.ts";

export function waking(wake: (stack: string) => void): Wakeups {
  return { goOn: wake, look: wake, renew: wake };
}
