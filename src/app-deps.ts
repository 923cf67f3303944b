// What everything that is put together gets from the process.
import type { Environment } from "./cli/context.ts";
import type { Clock } from "./lib/clock.ts";
import type { Redactor } from "./lib/redact.ts";

export interface AppDeps {
  readonly environment: Environment;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly redactor: Redactor;
  readonly version: string;
}
