// Removes what a trial deployment made, also when the answer that named it was lost. What stays is named.
import { isCapstanError, toCapstanError } from "../lib/errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { Platform } from "../ports.ts";
import { fail } from "./check.ts";
import type { Finding } from "./check.ts";

export interface Remover {
  readonly platform: Pick<
    Platform,
    "list" | "observeRollouts" | "hasProject" | "deleteService" | "deleteProject"
  >;
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly say: (line: string) => void;
}

/** What is known of it; null where no answer named it. */
export interface Made {
  projectId: string | null;
  serviceId: string | null;
  /** Whether a project may have been made without an answer: a write whose end nobody knows. */
  isUncertain: boolean;
}

const lookEveryMs = 1_000;
/** A write whose answer was lost may still be carried out for so long. */
const lateWithinMs = 20_000;
/** A deployment that is under way is waited for: what is deleted then comes to life afterwards. */
const deployedWithinMs = 5 * 60_000;

/** Null: there is none, even after the time in which a late write is carried out. */
async function projectIdOf(remover: Remover, made: Made, name: string): Promise<string | null> {
  if (made.projectId !== null) return made.projectId;
  if (!made.isUncertain) return null;
  const { platform, clock } = remover;
  const deadlineMs = clock.now() + lateWithinMs;
  for (;;) {
    const { projects } = await platform.list();
    // By its name: it was made for this run alone.
    const found = projects.find((project) => project.name === name);
    if (found !== undefined) return found.projectId;
    if (clock.now() >= deadlineMs) return null;
    await clock.sleep(lookEveryMs);
  }
}

/** Whether nothing is being deployed any more. */
async function isQuiet({ platform, clock }: Remover, id: string): Promise<boolean> {
  const deadlineMs = clock.now() + deployedWithinMs;
  for (;;) {
    const { rows, queue } = await platform.observeRollouts([{ kind: "application", id }]);
    const isBusy =
      (rows.get(id) ?? []).some(({ status }) => status === "running") ||
      queue.some((job) => job.serviceId === id);
    if (!isBusy) return true;
    if (clock.now() >= deadlineMs) return false;
    await clock.sleep(lookEveryMs);
  }
}

async function remove(remover: Remover, made: Made, name: string): Promise<Finding | null> {
  const { platform, say } = remover;
  const byHand = `delete ${name} in Dokploy's own pages`;
  const projectId = await projectIdOf(remover, made, name);
  if (projectId === null) return null;
  say(`removing the project ${name}`);
  const { projects } = await platform.list();
  const listed = projects
    .filter((project) => project.projectId === projectId)
    .flatMap(({ environments }) => environments.flatMap(({ services }) => services));
  // A list may lack what there is.
  const ids = new Set(listed.map(({ id }) => id));
  if (made.serviceId !== null) ids.add(made.serviceId);
  for (const id of ids) {
    if (!(await isQuiet(remover, id))) {
      return fail(`the project ${name} is still deploying`, `${byHand} when that has ended`);
    }
    await platform.deleteService({ kind: "application", id });
  }
  await platform.deleteProject(projectId);
  return (await platform.hasProject(projectId))
    ? fail(`the project ${name} is still there`, byHand)
    : null;
}

/** Null when nothing of it is left. Never throws. */
export async function removeTrial(
  remover: Remover,
  made: Made,
  name: string,
): Promise<Finding | null> {
  try {
    return await remove(remover, made, name);
  } catch (error) {
    const { message } = toCapstanError(error);
    const why = isCapstanError(error) ? message : `an unexpected error: ${message}`;
    return fail(
      `the project ${name} could not be removed: ${why}`,
      `delete ${name} in Dokploy's own pages`,
    );
  }
}
