// Runs of Actions on Gitea and Forgejo: three interfaces over the years, and none where Actions are off.
import { z } from "zod";
import { CapstanError } from "../../lib/errors.ts";
import type { Forge } from "../../ports-forge.ts";
import { pathInUrl, repositorySegments } from "../address.ts";
import { runs as runsAnswer, workflowFile } from "./wire.ts";
import type { Rest } from "../rest.ts";

/** Rows that are looked through for runs of one workflow. */
const mostLookedAt = 300;

export function createGiteaRuns(rest: Rest): Forge["runs"] {
  return async ({ repository, workflow, limit }) => {
    const base = `/repos/${pathInUrl(repositorySegments(repository, false).join("/"))}`;
    const what = `list the runs of ${repository}`;
    const most = workflow === undefined ? limit : mostLookedAt;
    const found =
      (await rest.listOrNull({ path: `${base}/actions/runs`, what }, runsAnswer, most)) ??
      (await rest.listOrNull({ path: `${base}/actions/tasks`, what }, runsAnswer, most));
    if (found === null) {
      await rest.read({ path: base, what: `find ${repository}` }, z.object({ id: z.number() }));
      throw new CapstanError("unsupported", `${rest.dialect.title} has no runs of ${repository}`, {
        hint: "switch Actions on in the repository's settings, or check whether the host is too old for them",
      });
    }
    const wanted = workflow === undefined ? null : workflowFile(workflow);
    return found
      .filter((run) => wanted === null || run.workflow === wanted)
      .slice(0, Math.max(0, limit));
  };
}
