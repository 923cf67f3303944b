/**
 * One deployment, from the moment its job starts. The application is read at the start, once: what
 * changes afterwards is not applied. What goes wrong is told in the log only.
 */
import { buildMs, clone } from "./clone.ts";
import { deployFile } from "./compose/deploy.ts";
import { serviceEnv } from "./vaults.ts";
import { pullImage } from "./pull.ts";
import { noDocker, reach } from "./remote.ts";
import { sourceOf, type Commit } from "./repositories.ts";
import { newDeployment, type DeploymentRow, type MountRow, type PortRow } from "./rows.ts";
import type { ApplicationRow } from "./serviceRows.ts";
import { deleteDeployment, listWhere, newestFirst, type JobData } from "./state.ts";
import { applySpec } from "./swarm.ts";
import { APPLICATION_DEFAULTS, buildSpec, publishedPort } from "./swarmSpec.ts";
import { isoNow } from "./time.ts";
import type { World } from "./world.ts";

const KEPT_DEPLOYMENTS = 10;
const DIGEST = "sha256:7283e16a62cb28235ba424e2d38b011cd5833709514a112f15c13df0d3a07e9b";

interface Snapshot {
  application: ApplicationRow;
  environmentEnv: string;
  projectEnv: string;
  mounts: MountRow[];
  ports: PortRow[];
}

/** Resolves when the job is over, however it ended. */
export async function runDeployJob(world: World, data: JobData): Promise<void> {
  if (data.applicationId !== undefined) await deployApplication(world, data.applicationId, data);
  else if (data.composeId !== undefined) await deployCompose(world, data.composeId, data);
}

async function deployApplication(world: World, id: string, data: JobData): Promise<void> {
  const { tables } = world;
  const row = tables.applications.get(id);
  if (row === undefined) return;
  row.applicationStatus = "running";
  const snapshot = takeSnapshot(world, row);
  const deployment = insertDeployment(world, data, {
    appName: row.appName,
    owner: { applicationId: id },
  });
  const log = logOf(world, deployment);

  const outcome = await build(world, snapshot, data.type, log);
  const problem = outcome.ok ? startService(world, snapshot, outcome.image) : outcome;
  if (!problem.ok) log(`${problem.message}\nError occurred ❌, check the logs for details.\n`);
  finish(deployment, problem.ok ? "done" : "error");
  const current = tables.applications.get(id);
  if (current !== undefined) current.applicationStatus = problem.ok ? "done" : "error";
  await writeCommit(world, deployment, data, outcome.commit);
}

type BuildOutcome =
  { ok: true; image: string; commit?: Commit } | { ok: false; message: string; commit?: Commit };

async function build(
  world: World,
  { application }: Snapshot,
  type: JobData["type"],
  log: (text: string) => void,
): Promise<BuildOutcome> {
  await reach(world, application.serverId);
  const down = application.serverId === null ? null : noDocker(world, application.serverId);
  if (down !== null) return { ok: false, message: down };
  if (application.sourceType === "docker") {
    const image = application.dockerImage ?? "";
    if (type === "redeploy") {
      await world.time.sleep(world.deployMs / 3);
      return { ok: true, image: image === "" ? "ERROR-NO-IMAGE-PROVIDED" : image };
    }
    return pull(world, image, log);
  }
  // Without a clone: what an earlier deployment left there is built once more.
  return buildFromGit(world, application, type, log);
}

async function pull(
  world: World,
  image: string,
  log: (text: string) => void,
): Promise<BuildOutcome> {
  if (image === "") return { ok: false, message: "Docker image not found" };
  log(`Pulling ${image}\n`);
  const pulled = await pullImage(world, image);
  if (!pulled.ok) {
    log(`${pulled.message}❌ Pulling image failed\n`);
    return { ok: false, message: "" };
  }
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? "latest";
  const name = image.replace(/:[^/:]+$/, "").replace(/^[^/]*[.:][^/]*\//, "");
  log(
    `${tag}: Pulling from ${name}\nDigest: ${world.digestOf?.(image) ?? DIGEST}\n` +
      `Status: Image is up to date for ${image}\n${image}\n✅ Pulling image completed.\n`,
  );
  return { ok: true, image };
}

async function buildFromGit(
  world: World,
  application: ApplicationRow,
  type: JobData["type"],
  log: (text: string) => void,
): Promise<BuildOutcome> {
  const { appName } = application;
  const code = `/etc/dokploy/applications/${appName}/code`;
  let commit: Commit | undefined;
  if (type === "deploy") {
    const cloned = await clone(world, application, code, log);
    if (!cloned.ok) return cloned;
    ({ commit } = cloned);
  }
  const built = commit === undefined ? {} : { commit };
  log(`Building ${appName}\n`);
  const url = sourceOf(world.tables, application)?.url ?? "";
  const killed = await sleepOrKilled(world, buildMs(world, url));
  if (killed) return { ok: false, message: "", ...built };
  if (commit?.failure !== undefined) {
    log(`${commit.failure}\n❌ Docker build failed\n`);
    return { ok: false, message: "", ...built };
  }
  log("✅ Docker build completed.\n");
  return { ok: true, image: `${appName}:latest`, ...built };
}

/** `application.killBuild` kills the builders of all applications, not of the one it names. */
async function sleepOrKilled(world: World, ms: number): Promise<boolean> {
  const kill = Promise.withResolvers<boolean>();
  const end = (): void => kill.resolve(true);
  world.builds.add(end);
  const killed = await Promise.race([world.time.sleep(ms).then(() => false), kill.promise]);
  world.builds.delete(end);
  return killed;
}

type Started = { ok: true } | { ok: false; message: string };

/** Also what `application.reload` does: no deployment row, nothing pulled. */
export function startService(world: World, snapshot: Snapshot, image: string): Started {
  const { application, mounts, ports } = snapshot;
  const down = noDocker(world, application.serverId);
  if (down !== null) return { ok: false, message: down };
  const broken = mounts.find((mount) => mount.type === "file" && (mount.filePath ?? "") === "");
  if (broken !== undefined) {
    const directory = `/etc/dokploy/applications/${application.appName}/files`;
    return { ok: false, message: `EISDIR: illegal operation on a directory, open '${directory}'` };
  }
  const env = serviceEnv(world, application, snapshot.projectEnv, snapshot.environmentEnv);
  if (!env.ok) return env;
  const { networkId } = world;
  const built = buildSpec({
    row: application,
    image,
    env: env.env,
    mounts,
    ports: ports.map(publishedPort),
    networkId,
    defaults: APPLICATION_DEFAULTS,
  });
  if (!built.ok) return built;
  applySpec(world, built.spec, application.serverId);
  return { ok: true };
}

export function takeSnapshot(world: World, row: ApplicationRow): Snapshot {
  const { tables } = world;
  const environment = tables.environments.get(row.environmentId);
  const project = tables.projects.get(environment?.projectId ?? "");
  const mine = (child: { applicationId: string | null }): boolean =>
    child.applicationId === row.applicationId;
  return structuredClone({
    application: row,
    environmentEnv: environment?.env ?? "",
    projectEnv: project?.env ?? "",
    mounts: listWhere(tables.mounts, mine),
    ports: listWhere(tables.ports, mine),
  });
}

async function deployCompose(world: World, id: string, data: JobData): Promise<void> {
  const row = world.tables.compose.get(id);
  if (row === undefined) return;
  row.composeStatus = "running";
  const deployment = insertDeployment(world, data, {
    appName: row.appName,
    owner: { composeId: id },
  });
  const log = logOf(world, deployment);
  const { ok, commit } = await deployFile(world, { ...row }, log);
  if (!ok) log("\nError occurred ❌, check the logs for details.\n");
  finish(deployment, ok ? "done" : "error");
  const current = world.tables.compose.get(id);
  if (current !== undefined) current.composeStatus = ok ? "done" : "error";
  await writeCommit(world, deployment, data, commit);
}

/**
 * Only after the end was written and told to people, as Dokploy's source has it: whoever looks in between sees a
 * deployment that is over and names no commit.
 */
async function writeCommit(
  world: World,
  deployment: DeploymentRow,
  { type }: JobData,
  commit: Commit | undefined,
): Promise<void> {
  if (commit === undefined || type !== "deploy") return;
  await world.time.sleep(world.commitAfterMs);
  deployment.title = commit.title;
  deployment.description = `Commit: ${commit.hash}`;
}

function insertDeployment(
  world: World,
  data: JobData,
  of: { appName: string; owner: { applicationId: string } | { composeId: string } },
): DeploymentRow {
  const { tables, random } = world;
  const mine = (row: DeploymentRow): boolean =>
    "applicationId" in of.owner
      ? row.applicationId === of.owner.applicationId
      : row.composeId === of.owner.composeId;
  for (const old of newestFirst(listWhere(tables.deployments, mine)).slice(KEPT_DEPLOYMENTS))
    deleteDeployment(tables, old.deploymentId);
  const deployment = newDeployment(random, {
    title: data.titleLog,
    description: data.descriptionLog,
    appName: of.appName,
    ...of.owner,
  });
  tables.deployments.set(deployment.deploymentId, deployment);
  tables.deploymentLogs.set(deployment.deploymentId, "Initializing deployment\n");
  return deployment;
}

function logOf(world: World, deployment: DeploymentRow): (text: string) => void {
  const { deploymentLogs } = world.tables;
  return (text) => {
    const before = deploymentLogs.get(deployment.deploymentId);
    if (before !== undefined) deploymentLogs.set(deployment.deploymentId, before + text);
  };
}

function finish(deployment: DeploymentRow, status: "done" | "error"): void {
  if (deployment.status !== "running") return;
  deployment.status = status;
  deployment.finishedAt = isoNow();
}
