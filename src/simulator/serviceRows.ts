/**
 * The wide rows: application and compose; databases are in kinds/. The columns that the simulator acts on are
 * typed; the others are kept, stored and answered as they came. Key order is that of the recordings.
 */
import type { Random } from "./random.ts";
import type { ServiceStatus } from "./rows.ts";
import { isoNow } from "./time.ts";

export type SourceType = "github" | "docker" | "git" | "gitlab" | "bitbucket" | "gitea" | "drop";

export interface NetworkAttachment {
  Target?: string | undefined;
  Aliases?: string[] | undefined;
}

export interface UpdateConfig {
  Parallelism: number;
  Order: string;
  FailureAction?: string | undefined;
  Monitor?: number | undefined;
}

/** What a swarm service is made of, in an application and in a database alike. */
export interface RunnableRow {
  name: string;
  appName: string;
  description: string | null;
  env: string | null;
  command: string | null;
  args: string[] | null;
  dockerImage: string | null;
  memoryReservation: string | null;
  memoryLimit: string | null;
  cpuReservation: string | null;
  cpuLimit: string | null;
  healthCheckSwarm: unknown;
  restartPolicySwarm: unknown;
  placementSwarm: unknown;
  updateConfigSwarm: UpdateConfig | null;
  rollbackConfigSwarm: unknown;
  modeSwarm: { Replicated?: { Replicas?: number | undefined } | undefined } | null;
  labelsSwarm: Record<string, string> | null;
  networkSwarm: NetworkAttachment[] | null;
  stopGracePeriodSwarm: number | null;
  endpointSpecSwarm: { Mode?: string | undefined; Ports?: unknown } | null;
  ulimitsSwarm: unknown;
  replicas: number;
  applicationStatus: ServiceStatus;
  createdAt: string;
  environmentId: string;
  serverId: string | null;
}

export interface ApplicationRow extends RunnableRow {
  applicationId: string;
  sourceType: SourceType;
  username: string | null;
  password: string | null;
  registryUrl: string | null;
  customGitUrl: string | null;
  customGitBranch: string | null;
  icon: string | null;
  title: string | null;
  refreshToken: string;
  repository: string | null;
  owner: string | null;
  autoDeploy: boolean | null;
  [column: string]: unknown;
}

export interface ComposeRow {
  composeId: string;
  name: string;
  appName: string;
  description: string | null;
  env: string | null;
  composeFile: string;
  sourceType: string;
  composeType: string;
  composeStatus: ServiceStatus;
  environmentId: string;
  createdAt: string;
  serverId: string | null;
  [column: string]: unknown;
}

/** `base` is what was asked for; Dokploy always adds a hyphen and six characters. */
export function buildAppName(random: Random, type: string, base: string | undefined): string {
  const asked = base === undefined || base === "" ? random.appName(type) : base;
  return `${asked.trim().replaceAll(" ", "-").toLowerCase()}-${random.suffix()}`;
}

const SWARM_DEFAULTS = {
  healthCheckSwarm: null,
  restartPolicySwarm: null,
  placementSwarm: null,
  updateConfigSwarm: null,
  rollbackConfigSwarm: null,
  modeSwarm: null,
  labelsSwarm: null,
  networkSwarm: null,
  stopGracePeriodSwarm: null,
  endpointSpecSwarm: null,
  ulimitsSwarm: null,
  replicas: 1,
} as const;

export function newApplication(
  random: Random,
  given: {
    name: string;
    environmentId: string;
    appName?: string | undefined;
    description?: string | null | undefined;
    sourceType?: SourceType | undefined;
    serverId?: string | null | undefined;
  },
): ApplicationRow {
  return {
    applicationId: random.id(),
    name: given.name,
    appName: buildAppName(random, "app", given.appName),
    description: given.description ?? null,
    env: null,
    previewEnv: null,
    watchPaths: null,
    previewBuildArgs: null,
    previewBuildSecrets: null,
    previewLabels: null,
    previewWildcard: null,
    previewPort: 3000,
    previewHttps: false,
    previewPath: "/",
    previewCertificateType: "none",
    previewCustomCertResolver: null,
    previewLimit: 3,
    isPreviewDeploymentsActive: false,
    previewRequireCollaboratorPermissions: true,
    rollbackActive: false,
    buildArgs: null,
    buildSecrets: null,
    memoryReservation: null,
    memoryLimit: null,
    cpuReservation: null,
    cpuLimit: null,
    title: null,
    enabled: null,
    subtitle: null,
    command: null,
    args: null,
    icon: null,
    refreshToken: random.id(),
    sourceType: given.sourceType ?? "github",
    cleanCache: false,
    repository: null,
    owner: null,
    branch: null,
    buildPath: "/",
    triggerType: "push",
    autoDeploy: true,
    gitlabProjectId: null,
    gitlabRepository: null,
    gitlabOwner: null,
    gitlabBranch: null,
    gitlabBuildPath: "/",
    gitlabPathNamespace: null,
    giteaRepository: null,
    giteaOwner: null,
    giteaBranch: null,
    giteaBuildPath: "/",
    bitbucketRepository: null,
    bitbucketRepositorySlug: null,
    bitbucketOwner: null,
    bitbucketBranch: null,
    bitbucketBuildPath: "/",
    username: null,
    password: null,
    dockerImage: null,
    registryUrl: null,
    customGitUrl: null,
    customGitBranch: null,
    customGitBuildPath: null,
    customGitSSHKeyId: null,
    enableSubmodules: false,
    dockerfile: "Dockerfile",
    dockerContextPath: null,
    dockerBuildStage: null,
    dropBuildPath: null,
    ...SWARM_DEFAULTS,
    applicationStatus: "idle",
    buildType: "nixpacks",
    railpackVersion: "0.15.4",
    herokuVersion: "24",
    publishDirectory: null,
    isStaticSpa: null,
    createEnvFile: true,
    createdAt: isoNow(),
    registryId: null,
    rollbackRegistryId: null,
    environmentId: given.environmentId,
    githubId: null,
    gitlabId: null,
    giteaId: null,
    bitbucketId: null,
    serverId: given.serverId ?? null,
    buildServerId: null,
    buildRegistryId: null,
    networkIds: [],
    detachDokployNetwork: false,
  };
}

export function newCompose(
  random: Random,
  given: {
    name: string;
    environmentId: string;
    appName?: string | undefined;
    description?: string | null | undefined;
    composeFile?: string | undefined;
    composeType?: string | undefined;
    sourceType?: string | undefined;
    serverId?: string | null | undefined;
  },
): ComposeRow {
  return {
    composeId: random.id(),
    name: given.name,
    appName: buildAppName(random, "compose", given.appName),
    description: given.description ?? null,
    env: null,
    composeFile: given.composeFile ?? "",
    refreshToken: random.id(),
    sourceType: given.sourceType ?? "github",
    composeType: given.composeType ?? "docker-compose",
    repository: null,
    owner: null,
    branch: null,
    autoDeploy: true,
    gitlabProjectId: null,
    gitlabRepository: null,
    gitlabOwner: null,
    gitlabBranch: null,
    gitlabPathNamespace: null,
    bitbucketRepository: null,
    bitbucketRepositorySlug: null,
    bitbucketOwner: null,
    bitbucketBranch: null,
    giteaRepository: null,
    giteaOwner: null,
    giteaBranch: null,
    customGitUrl: null,
    customGitBranch: null,
    customGitSSHKeyId: null,
    command: "",
    createEnvFile: true,
    enableSubmodules: false,
    composePath: "./docker-compose.yml",
    suffix: "",
    randomize: false,
    isolatedDeployment: false,
    isolatedDeploymentsVolume: false,
    triggerType: "push",
    composeStatus: "idle",
    icon: null,
    environmentId: given.environmentId,
    createdAt: isoNow(),
    watchPaths: null,
    githubId: null,
    gitlabId: null,
    bitbucketId: null,
    giteaId: null,
    serverId: given.serverId ?? null,
    serviceNetworks: [],
  };
}
