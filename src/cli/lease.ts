// `capstan lease`: who writes to this server. Breaking a lease takes the code that looking at it shows, so that nobody
// breaks one by accident, or another one than he saw.
import { CapstanError } from "../lib/errors.ts";
import { formatDuration } from "../lib/duration.ts";
import type { Command } from "./context.ts";

export interface LeaseCommandOptions {
  readonly break?: string;
  readonly json?: boolean;
}

/** 0, also when nobody holds it; 1 when it could not be broken. */
export const lease: Command<LeaseCommandOptions> = async (context, options) => {
  const { io, program } = context;
  const session = await context.openLease();
  try {
    const { instance, platformTitle, ttlMs } = session;
    const report = await session.lease.report();
    const code = options.break;
    if (code === undefined) {
      if (options.json === true) {
        io.out(`${JSON.stringify({ instance, server: platformTitle, lease: report }, null, 2)}\n`);
        return 0;
      }
      const where = `${platformTitle} (instance ${instance})`;
      if (report === null || report.state === "free") {
        io.out(`Nobody holds ${where}\n`);
        return 0;
      }
      io.out(`${where}: ${report.says}\n`);
      io.err(
        `A lease that nobody renews is over after ${formatDuration(ttlMs)}. To take this one away from a process that still runs, ` +
          `stop that process, or write:\n  ${program} lease --break ${report.code}\n`,
      );
      return 0;
    }
    if (report === null || report.state === "free") {
      throw new CapstanError("conflict", "nobody holds this server: there is nothing to break");
    }
    if (report.holder === null) {
      throw new CapstanError("conflict", `${report.says}: there is nothing to break`);
    }
    await session.lease.break(code);
    io.out(
      `Broken: ${report.holder} stops writing at its next renewal. Another process may write in ${formatDuration(ttlMs)}.\n`,
    );
    return 0;
  } finally {
    await session.close();
  }
};
