// `rollout.before` of an application: the job as a service of its own. A schedule of Dokploy that is run by hand would
// run in a container of the old version, so that the job has to be a service that runs once.
import { parseDurationMs } from "../lib/duration.ts";
import type { DesiredService, SecretUse, ServiceHash } from "../model/desired.ts";
import type { ApplicationManifest } from "../model/manifest-application.ts";
import { jobKeyOf, jobName, replacedOnce, runsOnce } from "../model/rollout-job.ts";
import type { ApplicationSpec, Configured } from "../model/specs.ts";
import { appName } from "./names.ts";
import { checkCommandSizes } from "./size-rules.ts";
import type { Tell } from "./tell.ts";

/** What runs before an application is rolled out, and how long that may take. */
export interface AskedJob {
  readonly configured: Configured;
  readonly timeoutMs: number;
}

/** The path of a secret in the command; the application itself has no such field. */
const commandField = "rollout.before.command";

export function jobSecretField([, second, third]: readonly (string | number)[]): string | null {
  return second === "before" && third === "command" ? commandField : null;
}

/** Without them the job could not run. */
const neededByJob: ReadonlySet<string> = new Set(["image", "registry", "git", "build"]);

export function checkJob({ rollout, env, ignore }: ApplicationManifest, tell: Tell): void {
  const { before } = rollout;
  if (before === undefined) return;
  const path = ["rollout", "before"];
  const { command, timeout } = before;
  if (typeof command === "string") {
    if (command.trim() === "") tell([...path, "command"], "is empty");
  } else if (/\s/.test(command[0] ?? "") || command[0] === "") {
    const message = "must be a program without spaces: Dokploy splits it at each";
    tell([...path, "command", 0], message, "write its arguments as further entries of the list");
  }
  if ((parseDurationMs(timeout) ?? 0) < 1) tell([...path, "timeout"], "must be at least 1ms");
  const words = typeof command === "string" ? [command] : command;
  checkCommandSizes(words, env, [...path, "command"], tell);
  const ignored = ignore.findIndex((name) => neededByJob.has(name.split(".")[0] ?? ""));
  if (ignored === -1) return;
  const message = "is left to people, and the job before the rollout needs it";
  tell(["ignore", ignored], message, "take it, or rollout.before, out");
}

/** All that the application is made of, where it comes from included, and nothing that leads to it. */
export function jobOf(
  { rollout: { before } }: Pick<ApplicationManifest, "rollout">,
  application: ApplicationSpec,
): AskedJob | null {
  if (before === undefined) return null;
  const { command } = before;
  const [program = "", ...rest] =
    typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  const spec: ApplicationSpec = {
    ...application,
    command: program,
    args: rest,
    replicas: 1,
    aliases: [],
    // That of the image would have a command killed that serves nothing.
    healthcheck: { ...noHealthcheck },
    restart: runsOnce,
    update: replacedOnce,
    rollback: null,
    // It needs no address of the network beside that of its one container.
    endpointMode: "dnsrr",
    ports: [],
    domains: [],
    redirects: [],
    basicAuth: [],
    schedules: [],
    volumeBackups: [],
  };
  const timeoutMs = parseDurationMs(before.timeout) ?? 0;
  return { configured: { kind: "application", spec }, timeoutMs };
}

const noHealthcheck = {
  test: ["NONE"],
  intervalNs: null,
  timeoutNs: null,
  startPeriodNs: null,
  retries: null,
};

const sharedRoots: ReadonlySet<string> = new Set(["env", "registry", "mounts", "git", "build"]);

/** The secrets of the application that are in the job as well, and those of its command. */
function secretsOf(uses: ReadonlyMap<string, SecretUse>): ReadonlyMap<string, SecretUse> {
  const own = new Map<string, SecretUse>();
  for (const [field, use] of uses) {
    if (sharedRoots.has(field.split(".")[0] ?? "")) own.set(field, use);
    if (field !== commandField) continue;
    own.set("args", use);
    own.set("command", use);
  }
  return new Map([...own].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The secrets of the application itself. */
export function withoutJob(uses: ReadonlyMap<string, SecretUse>): ReadonlyMap<string, SecretUse> {
  return new Map([...uses].filter(([field]) => field !== commandField));
}

/** The job as a service of the stack of its application, which is given with the secrets of both. */
export function jobService(
  application: DesiredService,
  { configured, timeoutMs }: AskedJob,
  project: string,
  hash: (configured: Configured, secrets: ReadonlySet<string>) => ServiceHash,
): DesiredService {
  const { environment, name, key } = application;
  const secretUses = secretsOf(application.secretUses ?? new Map());
  const secrets = new Set(secretUses.keys());
  return {
    ...application,
    ...configured,
    key: jobKeyOf(key),
    name: jobName(name),
    appName: appName(project, environment, `${name}-before`),
    description: `Runs before ${name} is rolled out. Managed from Git by Capstan.`,
    deletionPolicy: "delete",
    allowDataLoss: false,
    // No person keeps anything of it.
    ignore: [],
    rollout: { ...application.rollout, stableForMs: 0, http: null },
    job: { before: key, timeoutMs },
    secrets,
    secretUses,
    hash: hash(configured, secrets),
  };
}
