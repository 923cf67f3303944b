// The schema of one application in a manifest: Compose's words, strict, every default documented.
import { z } from "zod";
import { count, duration, hostname, nonEmpty, portNumber, urlPath } from "./manifest-words.ts";
import { rolloutSchema, workloadShape } from "./manifest-workload.ts";
import { refuseRedirectPattern } from "./redirect-pattern.ts";
import { refusing } from "./refusal.ts";

const registry = z
  .strictObject({
    url: z.string().default("").describe("The registry's host. Empty: Docker Hub."),
    username: nonEmpty,
    password: nonEmpty.describe("Best a secret: $(secrets.name)"),
  })
  .describe("The login for a private image.");

const domain = z.strictObject({
  host: hostname.describe("The host name under which it is reached."),
  path: urlPath.default("/").describe("The path under which it is reached."),
  port: portNumber.describe("The container's port."),
  https: z.boolean().default(false).describe("Serve it with HTTPS."),
  certificate: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, {
      error: "must be none, letsencrypt or a resolver's name",
    })
    .default("none")
    .describe("none (Traefik has one), letsencrypt, or the name of a certificate resolver."),
  stripPath: z
    .boolean()
    .default(false)
    .describe("Take the path away before the request is passed."),
  internalPath: urlPath.default("/").describe("The path that is put before the request's own."),
  middlewares: z
    .array(nonEmpty.regex(/^[^\s,]+$/, { error: "must be a middleware's name, such as auth@file" }))
    .default([])
    .describe("Traefik middlewares, in order."),
});

const port = z.strictObject({
  published: portNumber.describe("The port on the server."),
  target: portNumber.describe("The port of the container."),
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
  mode: z
    .enum(["ingress", "host"])
    .default("ingress")
    .describe("host binds the node's own port and implies update.order: stop-first."),
});

const redirect = z.strictObject({
  regex: refusing(nonEmpty, refuseRedirectPattern).describe("The URL's pattern."),
  replacement: nonEmpty.describe("Where it leads; $1 is the first group."),
  permanent: z.boolean().default(false),
});

const basicAuth = z.strictObject({
  username: nonEmpty.regex(/^[^:\s]+$/, { error: "must be a name without `:` and spaces" }),
  password: nonEmpty.describe("Best a secret: $(secrets.name)"),
});

const update = z
  .strictObject({
    parallelism: count.optional(),
    delay: duration.optional(),
    failureAction: z.enum(["pause", "continue", "rollback"]).optional(),
    monitor: duration.optional(),
    maxFailureRatio: z.number().min(0).max(1).optional(),
    order: z.enum(["start-first", "stop-first"]).optional(),
  })
  .describe("How swarm replaces it. Default: Dokploy's.");

const { description, image, command, args, resources, aliases, env, mounts } = workloadShape;
const { healthcheck, restart, placement, ignore } = workloadShape;

export const applicationSchema = z.strictObject({
  description,
  image,
  registry: registry.optional(),
  command,
  args,
  replicas: count.default(1),
  resources,
  aliases,
  env,
  domains: z.array(domain).default([]),
  mounts,
  ports: z.array(port).default([]),
  redirects: z.array(redirect).default([]),
  basicAuth: z.array(basicAuth).default([]).describe("People who may enter."),
  healthcheck,
  restart,
  update: update.optional(),
  placement,
  ignore,
  rollout: rolloutSchema.prefault({}),
});

export type ApplicationManifest = z.output<typeof applicationSchema>;
