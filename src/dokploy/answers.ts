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

export const queue = z.array(
  z.object({
    data: z.object({
      applicationId: text.nullish(),
      composeId: text.nullish(),
      titleLog: text.nullish(),
    }),
    state: text,
  }),
);

export const createdProject = z.object({
  project: z.object({ projectId: text, createdAt: text }),
  environment: z.object({ environmentId: text }),
});
export const createdEnvironment = z.object({ environmentId: text, createdAt: text });
/** Of a service; its id has another name in each kind. */
export const createdService = (id: string) =>
  z
    .object({ createdAt: text, appName: text })
    .and(z.object({ [id]: text }))
    .transform(({ createdAt, appName, ...row }) => ({
      id: String((row as Record<string, unknown>)[id]),
      createdAt,
      appName,
    }));

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

/** `docker.getConfig` of a container; null of anything else, or of nothing. */
export const containerConfig = z
  .object({
    Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
    State: z.object({
      ExitCode: z.number().default(0),
      OOMKilled: z.boolean().default(false),
      Error: text.default(""),
    }),
    RestartCount: z.number().default(0),
  })
  .nullish()
  .catch(null);

/** `docker.getConfig` of a task; null of anything else, or of nothing. */
export const taskConfig = z
  .object({
    Spec: z.object({
      ContainerSpec: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
    }),
  })
  .nullish()
  .catch(null);

export const serviceTasks = z.array(
  z.object({
    /** Of the task, whatever it is called. */
    containerId: text.default(""),
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
