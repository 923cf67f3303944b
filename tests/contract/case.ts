/** How one recording is replayed. */
import type { Simulator } from "../../src/simulator/server.ts";
import type { Recording } from "./recordings.ts";

export interface Case {
  /**
   * `exact` is the default; `shape` compares keys, types and nulls; `type` only the type; `lines`, for what docker does
   * at once and tells in any order, the lines of a text.
   */
  compare?: "exact" | "shape" | "type" | "lines";
  /** Instead of the owner's. */
  apiKey?: string;
  /** Instead of SCALE, where it matters how old something is. */
  timeScale?: number;
  /** Keys at the top of the answer that the simulator leaves out, as nobody reads them. */
  without?: readonly string[];
  /** Where the recorded path was shortened. */
  path?: (recording: Recording) => string;
  arrange?: (sim: Simulator, recording: Recording) => void | Promise<void>;
}

/** Every simulated duration of the replays is this much shorter. */
export const SCALE = 0.001;
