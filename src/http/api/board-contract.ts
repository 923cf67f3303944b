// What those who watch all stacks ask of the board that keeps them.
import type { OverviewView } from "./view-types.ts";

export interface BoardChange {
  /** Null: it is as before. */
  readonly overview: OverviewView | null;
  /** As server-sent events. */
  readonly texts: readonly string[];
}

export interface Board {
  /** Brings it up to date for one who begins to watch. Never throws. */
  ready(): Promise<void>;
  overview(): OverviewView;
  /** All stacks that there are. */
  names(): readonly string[];
  /** What changed after a version, as texts; 0: all there is. Null for one after which something is forgotten. */
  after(version: number): readonly string[] | null;
  version(): number;
  /** Calls for each change; the returned function ends that. */
  follow(listener: (change: BoardChange) => void): () => void;
  close(): void;
}
