// How much a request to /ingest may hold, and how much one address may send a minute.
import { createRateLimit } from "../rate-limit.ts";
import type { RateLimit } from "../rate-limit.ts";

/** As it is sent, packed or not. */
export const maxBodyBytes = 1024 * 1024;
export const maxUnpackedBytes = 4 * 1024 * 1024;
export const maxEvents = 1_000;
/** What stands next to a list of events goes into each of them: 1,000 events make 2 MB of it. */
export const maxSharedBytes = 2 * 1024;
/** Loki's max_line_size. */
export const maxEventBytes = 256 * 1024;

export interface PerMinute {
  readonly requests: number;
  readonly events: number;
  /** Unpacked. */
  readonly bytes: number;
}

/**
 * A stack in a loop must not push the lines of all others out of the buffer, which holds 20,000 lines and 16 MB
 * (loki/shipper.ts). An address fills at most a fifth of its lines a minute, and less than its bytes: 4 MiB,
 * and 2 KiB more for each event. Reading 4 MiB a minute also costs little time.
 */
const usual: PerMinute = { requests: 600, events: 4_000, bytes: maxUnpackedBytes };

export type Limits = Readonly<Record<keyof PerMinute, RateLimit>>;

export function createLimits(perMinute: Partial<PerMinute> = {}): Limits {
  const { requests, events, bytes } = { ...usual, ...perMinute };
  return {
    requests: createRateLimit(requests),
    events: createRateLimit(events),
    bytes: createRateLimit(bytes),
  };
}
