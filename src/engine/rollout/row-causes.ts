// Which rows of failed deployments count as attempts (W7): what an earlier process saw fail is judged by its log, once.
import type { DeploymentRow } from "../../model/observed.ts";
import { failureCause } from "./failure-causes.ts";

export interface RowCauses {
  /** `platform`: the platform's failure, or null where it was another. */
  keep(deploymentId: string, platform: string | null): void;
  /** How many of them count. A log that cannot be read counts. */
  counted(rows: readonly DeploymentRow[]): Promise<number>;
}

const mostKept = 1_000;

export function createRowCauses(
  logOf: (deploymentId: string) => Promise<readonly string[]>,
): RowCauses {
  /** A row does not change any more once it failed. */
  const known = new Map<string, string | null>();

  function keep(deploymentId: string, platform: string | null): void {
    known.set(deploymentId, platform);
    for (const oldest of known.keys()) {
      if (known.size <= mostKept) return;
      known.delete(oldest);
    }
  }

  async function counts({ deploymentId }: DeploymentRow): Promise<boolean> {
    const before = known.get(deploymentId);
    if (before !== undefined) return before === null;
    const log = await logOf(deploymentId).catch(() => null);
    if (log === null) return true;
    const cause = failureCause(log);
    keep(deploymentId, cause.kind === "platform" ? cause.says : null);
    return cause.kind !== "platform";
  }

  return {
    keep,
    counted: async (rows) => (await Promise.all(rows.map(counts))).filter(Boolean).length,
  };
}
