// The schema of one application in a manifest: Compose's words, strict, every default documented.
import { z } from "zod";
import {
  count,
  duration,
  hostname,
  nonEmpty,
  portNumber,
  spelled,
  urlPath,
} from "./manifest-words.ts";
import { buildSchema, gitSchema } from "./manifest-git.ts";
import { imagePolicySchema } from "./manifest-image.ts";
import { rolloutSchema, workloadShape } from "./manifest-workload.ts";
import { schedules, volumeBackups } from "./manifest-timed.ts";
import { refuseRedirectPattern } from "./redirect-pattern.ts";
import { refusing } from "./refusal.ts";

const registry = z
  .strictObject({
    url: z.string().default("").describe("The registry's host. Empty: Docker Hub."),
    username: nonEmpty.describe("Who logs in."),
    password: nonEmpty.describe("Best a secret: $(secrets.name)"),
  })
  .describe("The login for a private image.");

/** Seconds. Providers take no less than a minute. */
const shortestTtl = 60;
const longestTtl = 86_400;

/** What a managed record has where the manifest does not say. */
export const usualTtl = 300;

const dnsSchema = z.union(
  [
    z.enum(["managed", "none"]),
    z.strictObject({
      managed: z.boolean().default(true).describe("Keep the record of this host."),
      target: z
        .union([z.ipv4(), z.ipv6()], { error: "must be an IP address, such as 203.0.113.7" })
        .optional()
        .describe("The address that the host points to. Default: TRAEFIK_IP."),
      ttl: z
        .int()
        .min(shortestTtl)
        .max(longestTtl)
        .default(usualTtl)
        .describe("For how many seconds resolvers may keep the record."),
    }),
  ],
  { error: "must be managed or none, or a map with managed, target and ttl" },
);

export const domainSchema = z.strictObject({
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
  entrypoint: nonEmpty
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, {
      error: "must be the name of an entry point of Traefik",
    })
    .optional()
    .describe("Traefik's entry point. Default: web, and websecure with https."),
  dns: dnsSchema
    .optional()
    .describe(
      "managed: Capstan keeps an A or AAAA record of the host. Default: managed with DNS_MANAGED=true, otherwise none.",
    ),
});

const port = z.strictObject({
  published: portNumber.describe("The port on the server."),
  target: portNumber.describe("The port of the container."),
  protocol: z.enum(["tcp", "udp"]).default("tcp").describe("The transport protocol."),
  mode: z
    .enum(["ingress", "host"])
    .default("ingress")
    .describe("host binds the node's own port and implies update.order: stop-first."),
});

const redirect = z.strictObject({
  regex: refusing(nonEmpty, refuseRedirectPattern).describe("The URL's pattern."),
  replacement: nonEmpty.describe("Where it leads; $1 is the first group."),
  permanent: z.boolean().default(false).describe("Whether browsers may remember it."),
});

const basicAuth = z.strictObject({
  username: nonEmpty
    .regex(/^[^:\s]+$/, { error: "must be a name without `:` and spaces" })
    .describe("Who may enter."),
  password: nonEmpty.describe("Best a secret: $(secrets.name)"),
});

const policy = {
  parallelism: count.optional().describe("How many containers at a time; 0 is all at once."),
  delay: duration.optional().describe("The pause between two of them."),
  monitor: duration.optional().describe("How long swarm watches each of them for failure."),
  maxFailureRatio: z.number().min(0).max(1).optional().describe("The part of them that may fail."),
  order: z
    .enum(["start-first", "stop-first"])
    .optional()
    .describe("Whether the new container starts before the old one is stopped."),
};

const update = z
  .strictObject({
    ...policy,
    failureAction: z
      .enum(["pause", "continue", "rollback"])
      .optional()
      .describe("What swarm does when the new version fails."),
  })
  .describe("How swarm replaces it. Default: Dokploy's.");

const rollback = z
  .strictObject({
    ...policy,
    failureAction: z
      .enum(["pause", "continue"])
      .optional()
      .describe("What swarm does when the old version fails too."),
  })
  .describe(
    "How swarm goes back to the old version when an update fails. Default: one at a time, the old one first.",
  );

const limit = z.int().min(-1);

const ulimits = z
  .record(
    z.string().regex(/^[a-z]{2,20}$/, { error: "must be a limit's name, such as nofile" }),
    z.union(
      [
        limit,
        z.strictObject({
          soft: limit.describe("What holds at first; -1 is unlimited."),
          hard: limit.describe("How far a process may raise it; -1 is unlimited."),
        }),
      ],
      { error: "must be a number, or a map with soft and hard; -1 is unlimited" },
    ),
  )
  .describe("Limits of its processes by name: nofile: 65535, or { soft: 1024, hard: 65535 }.");

const before = z
  .strictObject({
    command: z
      .union([nonEmpty, z.array(spelled).min(1)], {
        error: "must be a command for a shell, or a list of a program and its arguments",
      })
      .describe(
        "A command for /bin/sh, or a list of a program and its arguments, which needs no shell in the image.",
      ),
    timeout: duration.default("5m").describe("The command must end within this time."),
  })
  .describe(
    "A command, such as a database migration, that runs once in the new image before the application is touched. When it fails, the rollout stops.",
  );

const { description, server, adopt, image, command, args, resources, aliases, env, mounts } =
  workloadShape;
const { healthcheck, restart, placement, stopGracePeriod, dependsOn, ignore } = workloadShape;

export const applicationSchema = z.strictObject({
  description,
  server,
  adopt,
  image: image.optional().describe("The image to run; with git there is none."),
  imagePolicy: imagePolicySchema.optional(),
  git: gitSchema.optional(),
  build: buildSchema.optional(),
  registry: registry.optional(),
  command,
  args,
  replicas: count.default(1).describe("How many containers run; 0 stops it."),
  resources,
  aliases,
  env,
  domains: z.array(domainSchema).default([]).describe("Host names that lead to it."),
  mounts,
  ports: z.array(port).default([]).describe("Ports that are published on the server."),
  redirects: z.array(redirect).default([]).describe("Addresses that lead elsewhere."),
  basicAuth: z.array(basicAuth).default([]).describe("People who may enter."),
  schedules,
  volumeBackups,
  healthcheck,
  restart,
  update: update.optional(),
  rollback: rollback.optional(),
  placement,
  stopGracePeriod,
  ulimits: ulimits.default({}),
  endpointMode: z
    .enum(["vip", "dnsrr"])
    .default("vip")
    .describe(
      "How its name is resolved on the network: vip is one address for all containers, dnsrr the address of each. dnsrr allows no ports.",
    ),
  dependsOn,
  ignore,
  rollout: rolloutSchema
    .extend({ before: before.optional() })
    .describe(rolloutSchema.description ?? "")
    .prefault({}),
  allowDataLoss: z
    .boolean()
    .default(false)
    .describe("Move it to another server although its volumes stay on the old one."),
});

export type ApplicationManifest = z.output<typeof applicationSchema>;
