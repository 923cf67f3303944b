// Which image a deployment pulled, as docker said in its log. What runs names only the tag: Dokploy gives the swarm no
// digest, so that the log is all that tells (measured).
import { toCapstanError } from "../../lib/errors.ts";
import type { Platform } from "../../ports.ts";

export interface Pulled {
  /**
   * By the given keys, digests as `sha256:…`; what a log does not tell is left out, and null is for one that cannot be
   * read now. Each log is read once. Never rejects.
   */
  read(deployments: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string | null>>;
}

/** Of a pull alone, docker prints its layers before the digest. */
const lines = 200;
const mostKept = 1_000;

/** Of several, the last: a deployment pulls one image. */
function digestIn(log: readonly string[]): string | null {
  const found = log.map((line) => /^\s*Digest: (sha256:[0-9a-f]{64})\s*$/.exec(line)?.[1]);
  return found.findLast((digest) => digest !== undefined) ?? null;
}

export function createPulled(platform: Pick<Platform, "buildLog">): Pulled {
  /** By the deployment's id; null: its log tells nothing, and never will. */
  const known = new Map<string, string | null>();

  function keep(deploymentId: string, digest: string | null): void {
    known.set(deploymentId, digest);
    for (const oldest of known.keys()) {
      if (known.size <= mostKept) break;
      known.delete(oldest);
    }
  }

  async function readOne(deploymentId: string): Promise<void> {
    if (known.has(deploymentId)) return;
    try {
      keep(deploymentId, digestIn(await platform.buildLog(deploymentId, lines)));
    } catch (error) {
      // Anything else will be refused again.
      if (!toCapstanError(error).retryable) keep(deploymentId, null);
    }
  }

  return {
    async read(deployments) {
      await Promise.all([...deployments.values()].map(readOne));
      return new Map(
        [...deployments].flatMap(([key, deploymentId]): [string, string | null][] => {
          const digest = known.get(deploymentId);
          if (digest === undefined) return [[key, null]];
          return digest === null ? [] : [[key, digest]];
        }),
      );
    },
  };
}
