// The shapes of Dokploy's answers: only the fields that Capstan reads, everything else let through.
import { z } from "zod";
import { listedIds, listedServices } from "./services.ts";

const text = z.string();
const textOrNull = z.string().nullable();
const maybeText = textOrNull.default(null);

/** `project.all`: the one list that has the projects' descriptions and env. */
export const projectAll = z.array(
  z.object({
    projectId: text,
    name: text,
    description: maybeText,
    env: maybeText,
    createdAt: text,
    environments: z.array(
      z
        .object({ environmentId: text, name: text, isDefault: z.boolean().default(false) })
        .and(listedIds),
    ),
  }),
);

/** `project.one`, of which only counts what is in it: every list in an environment, known or not. */
export const projectContent = z.object({
  environments: z.array(z.record(z.string(), z.unknown())),
});

/** `project.allForPermissions`: every service with its description and status. */
export const projectAllForPermissions = z.array(
  z.object({
    projectId: text,
    environments: z.array(z.object({ environmentId: text }).and(listedServices)),
  }),
);

export const nodeApps = z.array(
  z.object({ ID: text, Name: text, Image: text.default(""), Replicas: text.default("") }),
);
export const nodes = z.array(z.object({ ID: text }));

export const deploymentRows = z.array(
  z.object({
    deploymentId: text,
    title: text.default(""),
    status: z
      .enum(["running", "done", "error", "cancelled"])
      .nullable()
      .transform((status) => status ?? "running"),
    createdAt: text,
  }),
);

export const queue = z.array(
  z.object({
    data: z.object({ applicationId: text.nullish(), titleLog: text.nullish() }),
    state: text,
  }),
);

const amount = textOrNull.default(null);
const settings = z.record(z.string(), z.unknown()).nullable().default(null);

/** `application.one`. */
export const application = z.object({
  applicationId: text,
  name: text,
  appName: text,
  description: maybeText,
  env: maybeText,
  memoryReservation: amount,
  memoryLimit: amount,
  cpuReservation: amount,
  cpuLimit: amount,
  command: maybeText,
  args: z.array(text).nullable().default(null),
  sourceType: text,
  autoDeploy: z.boolean().nullable().default(false),
  username: maybeText,
  password: maybeText,
  dockerImage: maybeText,
  registryUrl: maybeText,
  healthCheckSwarm: settings,
  restartPolicySwarm: settings,
  placementSwarm: settings,
  updateConfigSwarm: settings,
  labelsSwarm: z.record(z.string(), z.string()).nullable().default(null),
  networkSwarm: z.array(z.record(z.string(), z.unknown())).nullable().default(null),
  replicas: z.number(),
  domains: z.array(
    z.object({
      domainId: text,
      host: text,
      https: z.boolean(),
      port: z.number().nullable(),
      path: textOrNull,
      certificateType: text,
      customCertResolver: maybeText,
      internalPath: maybeText,
      stripPath: z.boolean().default(false),
      middlewares: z.array(text).nullable().default(null),
      enabled: z.boolean().default(true),
    }),
  ),
  mounts: z.array(
    z.object({
      mountId: text,
      type: z.enum(["volume", "bind", "file"]),
      mountPath: text,
      hostPath: maybeText,
      volumeName: maybeText,
      filePath: maybeText,
      content: maybeText,
    }),
  ),
  ports: z.array(
    z.object({
      portId: text,
      publishedPort: z.number(),
      targetPort: z.number(),
      protocol: z.enum(["tcp", "udp"]),
      publishMode: z.enum(["ingress", "host"]),
    }),
  ),
  redirects: z.array(
    z.object({ redirectId: text, regex: text, replacement: text, permanent: z.boolean() }),
  ),
  security: z.array(z.object({ securityId: text, username: text, password: text })),
  deployments: deploymentRows.default([]),
});

export type StoredApplication = z.output<typeof application>;

export const createdProject = z.object({
  project: z.object({ projectId: text, createdAt: text }),
  environment: z.object({ environmentId: text }),
});
export const createdEnvironment = z.object({ environmentId: text, createdAt: text });
export const createdApplication = z.object({ applicationId: text, createdAt: text, appName: text });

/** `docker.getConfig` of a swarm service; null of anything else, or of nothing. */
export const serviceConfig = z
  .object({
    Spec: z.object({
      TaskTemplate: z.object({
        ContainerSpec: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
      }),
    }),
    UpdateStatus: z.object({ State: text.nullish() }).nullish(),
  })
  .nullish()
  .catch(null);

export const serviceTasks = z.array(
  z.object({
    name: text.default(""),
    state: text.default(""),
    currentState: text.default(""),
    error: text.default(""),
  }),
);

export const logText = z.string().nullish();
export const version = z.string();
export const member = z.object({ role: text }).nullish();

/** `user.getBackups`, of which only the kind of the keys is read. */
export const ownKeys = z.object({
  apiKeys: z.array(
    z.object({
      start: textOrNull.default(null),
      rateLimitEnabled: z.boolean().nullable().default(null),
      rateLimitMax: z.number().nullable().default(null),
      rateLimitTimeWindow: z.number().nullable().default(null),
    }),
  ),
});

/** The answers of writes that say nothing. */
export const anything = z.unknown();
