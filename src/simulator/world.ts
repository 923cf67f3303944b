/**
 * Everything a procedure may touch, in one value: the tables, simulated time, randomness and the
 * knobs. Nothing here knows of HTTP.
 */
import type { Landing } from "./landing.ts";
import type { Repositories } from "./repositories.ts";
import type { Random } from "./random.ts";
import type { ApiKey, Tables } from "./state.ts";
import type { ImageBehaviour } from "./swarmTypes.ts";
import type { Time } from "./time.ts";

export interface World {
  tables: Tables;
  random: Random;
  time: Time;
  /** How long a docker deployment takes before scaling. */
  deployMs: number;
  /** How long after its end a build's commit is written: Dokploy tells people of the end first. Before scaling. */
  commitAfterMs: number;
  /** For how long a crashing task reads as running, before scaling. */
  crashAfterMs: number;
  /** Ids that do not come out of the world's own sequence, e.g. of tasks that are only looked at. */
  scratch: Random;
  /** Images whose pulls do not end, each by a part of its name. */
  held: Set<{ match: string }>;
  /** What docker says an image's tag points to when it pulls it; null: always the same. */
  digestOf: ((image: string) => string | null) | null;
  /** Null: each address has one commit of its own. */
  repositories: Repositories | null;
  /** Ends every build that runs on this host. */
  builds: Set<() => void>;
  networkId: string;
  nodeId: string;
  userId: string;
  /** Transactions that hold a database connection right now, and when the last one began. */
  pool: { open: number; lastBegan: number };
  landing: Landing;
}

export interface Call {
  world: World;
  actor: ApiKey;
}

/** By name, so that people can play: `acme/web:crash` crashes, `acme/web:slow` builds slowly. */
export function behaviourOf(world: World, image: string): ImageBehaviour {
  for (const rule of world.tables.images) if (image.includes(rule.match)) return rule.behaviour;
  if (image.includes("doesnotexist") || image.includes("missing")) return "missing";
  if (image.includes("crash")) return "crash";
  if (image.includes("flap")) return "flap";
  if (image.includes("slow")) return "slow";
  return "healthy";
}
