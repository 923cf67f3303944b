// What the runs of a workflow say of an image that a stack waits for. Pure.
import type { WorkflowRun } from "../../model/forge.ts";

export type BuildVerdict =
  | { readonly kind: "green"; readonly run: WorkflowRun }
  /** It ends by itself. */
  | { readonly kind: "running"; readonly message: string }
  /** Somebody has to act: a build that failed or was cancelled, or none at all. */
  | { readonly kind: "held"; readonly message: string };

/** Seven hex digits or more at the end of a tag: `1.4.2-3f9c2ab`, `sha-3f9c2ab`. */
const commitInTag = /:(?:[\w.-]*[-_.])?([0-9a-f]{7,40})$/;

/** The commit that an image's tag names; null when it names none. */
export function commitOf(image: string): string | null {
  const found = commitInTag.exec(image.replace(/@.*$/, ""))?.[1] ?? null;
  // A date or a number is no commit.
  return found !== null && /[a-f]/.test(found) ? found : null;
}

export function runTitle({ number, workflow, headSha }: WorkflowRun): string {
  return `run #${number} of ${workflow} (${headSha.slice(0, 7)})`;
}

/**
 * The run that counts is the newest one, of the commit that the image's tag names where it names one.
 * Skipped runs built nothing and are passed over. `runs`: the newest first.
 */
export function buildVerdict(
  image: string,
  wanted: { readonly repository: string; readonly workflow: string },
  runs: readonly WorkflowRun[],
): BuildVerdict {
  const commit = commitOf(image);
  const counted = runs
    .filter(({ state }) => state !== "skipped")
    .find(({ headSha }) => commit === null || headSha.startsWith(commit));
  if (counted === undefined) {
    const of = commit === null ? "" : ` of commit ${commit.slice(0, 12)}`;
    const skipped = runs.length > 0 && commit === null ? " that was not skipped" : "";
    return {
      kind: "held",
      message: `no run of ${wanted.workflow}${of} is found in ${wanted.repository}${skipped}`,
    };
  }
  const title = `${runTitle(counted)} in ${wanted.repository}`;
  switch (counted.state) {
    case "success":
      return { kind: "green", run: counted };
    case "waiting":
      return { kind: "running", message: `${title} is queued` };
    case "running":
      return { kind: "running", message: `${title} is under way` };
    case "failure":
    case "cancelled":
    case "skipped": {
      const ended = counted.state === "cancelled" ? "was cancelled" : "failed";
      const message = `${title} ${ended}: what runs stays as it is until a run succeeds (${counted.url})`;
      return { kind: "held", message };
    }
  }
}
