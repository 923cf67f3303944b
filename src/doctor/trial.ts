// Proves the whole way to a running container: makes a scratch project, deploys one application in it, waits until
// it runs, and removes what it made. It has no marker, so that no controller takes it for its own.
import type { Clock } from "../lib/clock.ts";
import { CapstanError } from "../lib/errors.ts";
import { createHasher } from "../lib/digest.ts";
import { tellingLines } from "../engine/rollout/telling-lines.ts";
import { loadManifests } from "../manifest/load.ts";
import type { DesiredService } from "../model/desired.ts";
import type { Platform } from "../ports.ts";
import { fail, findingOf, pass } from "./check.ts";
import type { Check, Finding } from "./check.ts";
import { removeTrial } from "./trial-removal.ts";
import type { Made } from "./trial-removal.ts";

export interface Trial {
  readonly platform: Pick<
    Platform,
    | "list"
    | "createProject"
    | "createService"
    | "configureService"
    | "deploy"
    | "observeRollouts"
    | "buildLog"
    | "hasProject"
    | "deleteService"
    | "deleteProject"
  >;
  readonly clock: Clock;
  /** `3f9a2c01`: makes the project's name one that nobody else has. */
  readonly suffix: string;
  /** What is run; it must stay up by itself. */
  readonly image: string;
  /** Told what is done, one short line each. */
  readonly say: (line: string) => void;
  /** Ends the waiting; what was made is removed all the same. */
  readonly signal: AbortSignal;
}

const withinMs = 5 * 60_000;
/** The trial ends by itself: it must not be given up before it has cleaned up. */
export const trialTimeoutMs = 20 * 60_000;
const tickMs = 1_000;
const logLines = 50;
const linesTold = 2;
const description = "Made by `capstan doctor --try`, which removes it again. It may be deleted.";

/** As a manifest would make it. */
function applicationOf(name: string, image: string): DesiredService {
  const manifest = {
    apiVersion: "capstan/v1",
    kind: "Stack",
    metadata: { name },
    spec: { applications: { probe: { image } } },
  };
  const encoder = new TextEncoder();
  // JSON is YAML.
  const content = encoder.encode(JSON.stringify(manifest));
  const { stacks, problems } = loadManifests({
    tree: { files: [{ path: "trial.yaml", content }], unreadable: [] },
    root: "",
    variables: {},
    secret: () => null,
    reservedNames: [],
    hasher: createHasher(encoder.encode(name)),
  });
  const desired = stacks[0]?.services[0];
  if (desired !== undefined) return desired;
  throw new CapstanError("invalid", problems[0]?.message ?? "this image cannot be used", {
    hint: "name another one with --image",
  });
}

async function failure(trial: Trial, deploymentId: string | undefined): Promise<string> {
  if (deploymentId === undefined) return "";
  const log = await trial.platform.buildLog(deploymentId, logLines).catch(() => []);
  return log.length === 0 ? "" : `: ${tellingLines(log, linesTold).join(" ")}`;
}

/** Resolves when it runs. Throws `unavailable` with why it does not. */
async function untilItRuns(trial: Trial, id: string, appName: string): Promise<void> {
  const { platform, clock } = trial;
  const deadlineMs = clock.now() + withinMs;
  for (;;) {
    trial.signal.throwIfAborted();
    const { rows, swarm } = await platform.observeRollouts([{ kind: "application", id }]);
    const [newest] = rows.get(id) ?? [];
    if (newest?.status === "error" || newest?.status === "cancelled") {
      const why = await failure(trial, newest.deploymentId);
      throw new CapstanError("unavailable", `the deployment failed${why}`, {
        hint: `check whether Dokploy's host can pull ${trial.image}, or name another image with --image`,
      });
    }
    const service = swarm?.get(appName);
    if (newest?.status === "done" && service !== undefined && service.running > 0) return;
    if (clock.now() > deadlineMs) {
      throw new CapstanError("unavailable", "it did not run within 5 minutes", {
        hint: "look at the project in Dokploy's own pages while `capstan doctor --try` runs again",
      });
    }
    await clock.sleep(tickMs, trial.signal);
  }
}

/** Fills `made` as soon as something is known. */
async function run(trial: Trial, name: string, made: Made): Promise<void> {
  const { platform, say, image } = trial;
  const desired = applicationOf(name, image);
  say(`making the project ${name}`);
  made.isUncertain = true;
  const project = await platform.createProject({ name, description, variables: {} });
  made.projectId = project.id;
  const { environmentId } = project;
  const created = await platform.createService(desired, { environmentId, description });
  made.serviceId = created.id;
  const want = { hash: "trial", attempt: 1 };
  await platform.configureService(created.id, { desired, observed: null, description, want });
  trial.signal.throwIfAborted();
  say(`deploying ${image}`);
  const words = { title: "capstan doctor --try", description };
  await platform.deploy({ kind: desired.kind, id: created.id }, words, withinMs);
  await untilItRuns(trial, created.id, created.appName);
  say("it runs");
}

async function outcomeOf(trial: Trial, name: string, made: Made): Promise<Finding> {
  const startedMs = trial.clock.now();
  try {
    await run(trial, name, made);
    const seconds = Math.round((trial.clock.now() - startedMs) / 1_000);
    return pass(`${trial.image} ran after ${seconds} s, and is removed again`);
  } catch (error) {
    if (trial.signal.aborted) return fail("it was stopped early", "run it again");
    return findingOf(error);
  }
}

/** Writes to the server, and removes what it wrote, whatever happens in between. */
export function trialCheck(trial: Trial): Check {
  return {
    id: "dokploy.trial",
    title: "Trial deployment",
    async look() {
      const name = `capstan-doctor-${trial.suffix}`;
      const made: Made = { projectId: null, serviceId: null, isUncertain: false };
      const outcome = await outcomeOf(trial, name, made);
      return (await removeTrial(trial, made, name)) ?? outcome;
    },
  };
}
