// What an engine is made of.
import type { Logger } from "../../lib/logger.ts";
import type { Lease } from "../../ports-lease.ts";
import type { Turn } from "../../ports-replicas.ts";
import type { Lock } from "../../ports-store.ts";
import type { Observer } from "../checks/commit-checks.ts";
import type { EngineOptions } from "../engine.ts";
import type { EventIds, EventLog } from "../events/events.ts";
import type { History } from "../events/history.ts";
import type { ProposingHost } from "../proposing/proposing.ts";
import type { ReaderDeps } from "../reader/reader.ts";

export type EngineSettings = EngineOptions;

export interface EngineDeps extends ReaderDeps {
  readonly lock: Lock;
  /** Null, or absent: no lease guards the server. */
  readonly lease?: Lease | null;
  /** Of several processes that share the servers; absent: this one takes what is free. */
  readonly turn?: Turn;
  readonly logger: Logger;
  /** Absent: its events are counted alone. */
  readonly eventIds?: EventIds;
  /** Where drift is proposed; absent: nowhere. */
  readonly proposing?: ProposingHost;
  /** Follows what becomes of commits; none in a single pass. */
  readonly observer?: Observer;
}

/** What outlives a reader: another one is made when this process becomes the one that writes. */
export interface Journal {
  readonly events: EventLog;
  readonly history: History;
}
