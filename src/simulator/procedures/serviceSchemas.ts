/** The zod schemas of the wide inputs: what applications and databases have in common, and each. */
import { z } from "zod";
import { coercedBoolean, coercedNumber, id, text } from "../procedure.ts";

export const appName = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[a-zA-Z0-9._-]+$/,
    "App name can only contain letters, numbers, dots, underscores and hyphens",
  )
  .optional();

export const status = z.enum(["idle", "running", "done", "error"]);
export const sourceType = z
  .enum(["github", "docker", "git", "gitlab", "bitbucket", "gitea", "drop"])
  .optional();
export const buildType = z.enum([
  "dockerfile",
  "heroku_buildpacks",
  "paketo_buildpacks",
  "nixpacks",
  "static",
  "railpack",
]);

const nullableNumber = coercedNumber.nullable().optional();
const nullableBoolean = coercedBoolean.nullable().optional();
const strings = z.array(z.string()).nullable().optional();

const updateConfig = z
  .strictObject({
    Parallelism: z.number(),
    Delay: z.number().optional(),
    FailureAction: z.string().optional(),
    Monitor: z.number().optional(),
    MaxFailureRatio: z.number().optional(),
    Order: z.string(),
  })
  .nullable()
  .optional();

export const swarmShape = {
  healthCheckSwarm: z
    .strictObject({
      Test: z.array(z.string()).optional(),
      Interval: z.number().optional(),
      Timeout: z.number().optional(),
      StartPeriod: z.number().optional(),
      Retries: z.number().optional(),
    })
    .nullable()
    .optional(),
  restartPolicySwarm: z
    .strictObject({
      Condition: z.string().optional(),
      Delay: z.number().optional(),
      MaxAttempts: z.number().optional(),
      Window: z.number().optional(),
    })
    .nullable()
    .optional(),
  placementSwarm: z
    .strictObject({
      Constraints: z.array(z.string()).optional(),
      Preferences: z.array(z.unknown()).optional(),
      MaxReplicas: z.number().optional(),
      Platforms: z.array(z.unknown()).optional(),
    })
    .nullable()
    .optional(),
  updateConfigSwarm: updateConfig,
  rollbackConfigSwarm: updateConfig,
  modeSwarm: z
    .strictObject({
      Replicated: z.strictObject({ Replicas: z.number().optional() }).optional(),
      Global: z.object({}).optional(),
      ReplicatedJob: z.object({}).optional(),
      GlobalJob: z.object({}).optional(),
    })
    .nullable()
    .optional(),
  labelsSwarm: z.record(z.string(), z.string()).nullable().optional(),
  networkSwarm: z
    .array(
      z.strictObject({
        Target: z.string().optional(),
        Aliases: z.array(z.string()).optional(),
        DriverOpts: z.record(z.string(), z.string()).optional(),
      }),
    )
    .nullable()
    .optional(),
  stopGracePeriodSwarm: nullableNumber,
  endpointSpecSwarm: z
    .strictObject({ Mode: z.string().optional(), Ports: z.array(z.unknown()).optional() })
    .nullable()
    .optional(),
  ulimitsSwarm: z
    .array(z.strictObject({ Name: id, Soft: z.int().min(-1), Hard: z.int().min(-1) }))
    .nullable()
    .optional(),
  replicas: coercedNumber.optional(),
};

/** What every service takes beside the swarm fields. */
export const serviceShape = {
  name: id.optional(),
  appName,
  description: text,
  env: text,
  memoryReservation: text,
  memoryLimit: text,
  cpuReservation: text,
  cpuLimit: text,
  command: text,
  args: strings,
  applicationStatus: status.optional(),
  createdAt: z.string().optional(),
  environmentId: z.string().optional(),
  networkIds: strings,
  detachDokployNetwork: coercedBoolean.optional(),
  ...swarmShape,
};

export const applicationUpdate = z.object({
  applicationId: id,
  ...serviceShape,
  previewEnv: text,
  watchPaths: strings,
  previewBuildArgs: text,
  previewBuildSecrets: text,
  previewLabels: strings,
  previewWildcard: text,
  previewPort: nullableNumber,
  previewHttps: coercedBoolean.optional(),
  previewPath: text,
  previewCertificateType: z.enum(["letsencrypt", "none", "custom"]).optional(),
  previewCustomCertResolver: text,
  previewLimit: nullableNumber,
  isPreviewDeploymentsActive: nullableBoolean,
  previewRequireCollaboratorPermissions: nullableBoolean,
  rollbackActive: nullableBoolean,
  buildArgs: text,
  buildSecrets: text,
  title: text,
  enabled: nullableBoolean,
  subtitle: text,
  icon: text,
  refreshToken: text,
  sourceType,
  cleanCache: nullableBoolean,
  repository: text,
  owner: text,
  branch: text,
  buildPath: text,
  triggerType: z.enum(["push", "tag"]).nullable().optional(),
  autoDeploy: nullableBoolean,
  gitlabProjectId: nullableNumber,
  gitlabRepository: text,
  gitlabOwner: text,
  gitlabBranch: text,
  gitlabBuildPath: text,
  gitlabPathNamespace: text,
  giteaRepository: text,
  giteaOwner: text,
  giteaBranch: text,
  giteaBuildPath: text,
  bitbucketRepository: text,
  bitbucketRepositorySlug: text,
  bitbucketOwner: text,
  bitbucketBranch: text,
  bitbucketBuildPath: text,
  username: text,
  password: text,
  dockerImage: text,
  registryUrl: text,
  customGitUrl: text,
  customGitBranch: text,
  customGitBuildPath: text,
  customGitSSHKeyId: text,
  enableSubmodules: coercedBoolean.optional(),
  dockerfile: text,
  dockerContextPath: text,
  dockerBuildStage: text,
  dropBuildPath: text,
  buildType: buildType.optional(),
  railpackVersion: text,
  herokuVersion: text,
  publishDirectory: text,
  isStaticSpa: nullableBoolean,
  createEnvFile: coercedBoolean.optional(),
  registryId: text,
  rollbackRegistryId: text,
  githubId: text,
  gitlabId: text,
  giteaId: text,
  bitbucketId: text,
  buildServerId: text,
  buildRegistryId: text,
});

export const databasePassword = z
  .string()
  .regex(
    /^[a-zA-Z0-9@#%^&*()_+\-=[\]{}|;:,.<>?~`]*$/,
    "Password contains invalid characters. Please avoid: $ ! ' \" \\ / and space characters for database compatibility",
  );

export const composeUpdate = z.object({
  composeId: z.string(),
  name: id.optional(),
  appName,
  description: text,
  env: text,
  composeFile: z.string().optional(),
  refreshToken: text,
  sourceType: z.enum(["git", "github", "gitlab", "bitbucket", "gitea", "raw"]).optional(),
  composeType: z.enum(["docker-compose", "stack"]).optional(),
  repository: text,
  owner: text,
  branch: text,
  autoDeploy: nullableBoolean,
  customGitUrl: text,
  customGitBranch: text,
  customGitSSHKeyId: text,
  githubId: text,
  gitlabId: text,
  gitlabProjectId: nullableNumber,
  gitlabRepository: text,
  gitlabOwner: text,
  gitlabBranch: text,
  gitlabPathNamespace: text,
  giteaId: text,
  giteaRepository: text,
  giteaOwner: text,
  giteaBranch: text,
  bitbucketId: text,
  bitbucketRepository: text,
  bitbucketRepositorySlug: text,
  bitbucketOwner: text,
  bitbucketBranch: text,
  command: z.string().optional(),
  createEnvFile: coercedBoolean.optional(),
  enableSubmodules: coercedBoolean.optional(),
  composePath: id.optional(),
  suffix: z.string().optional(),
  randomize: coercedBoolean.optional(),
  isolatedDeployment: coercedBoolean.optional(),
  isolatedDeploymentsVolume: coercedBoolean.optional(),
  triggerType: z.enum(["push", "tag"]).nullable().optional(),
  composeStatus: status.optional(),
  icon: text,
  environmentId: z.string().optional(),
  createdAt: z.string().optional(),
  watchPaths: strings,
});
