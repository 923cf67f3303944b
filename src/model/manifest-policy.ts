// The schema of a policy: which stacks it is about, and what they may ask for. Lists hold patterns.
import { z } from "zod";
import { apiVersion, dnsLabel, longestName, nonEmpty, spelled } from "./manifest-words.ts";

/** Longer ones, or more of them, are a mistake. */
const longestPattern = 300;
const mostPatterns = 1_000;

const pattern = z.string().min(1).max(longestPattern).meta({ spelled: true });

const patterns = (what: string) =>
  z.array(pattern).max(mostPatterns).optional().describe(`${what} Absent: any; []: none.`);

const amount = <T extends z.ZodType>(what: string, each: T) =>
  z
    .strictObject({
      perStack: each.optional().describe("The most that one stack may ask for."),
      total: each.optional().describe("The most that all matched stacks may ask for together."),
    })
    .optional()
    .describe(what);

const match = z
  .strictObject({
    paths: z
      .array(pattern)
      .min(1)
      .max(mostPatterns)
      .optional()
      .describe(
        'Where the manifest is, below the folder of the stacks: "users/**". Only this cannot be changed by who may write there alone.',
      ),
    labels: z
      .record(nonEmpty, pattern)
      .optional()
      .describe("Labels that it has, each with a pattern for its value."),
    templates: z
      .array(pattern)
      .min(1)
      .max(mostPatterns)
      .optional()
      .describe("Templates that it is made from."),
  })
  .describe("Which stacks it is about: those that fit all of it. Default: every stack.");

export const allowSchema = z
  .strictObject({
    templates: patterns("Templates. With a list, a stack must be made from one of them."),
    names: patterns("Names of stacks, those of previousName among them."),
    manifests: z
      .array(z.enum(["Stack", "StackTemplate"]))
      .optional()
      .describe(
        "What files of these paths may define. [Stack]: no templates. Absent: both. Judged by match.paths alone.",
      ),
    kinds: patterns("Kinds of services: application, compose, postgres, mysql, …"),
    images: patterns(
      "Images: ghcr.io/acme/*, postgres:17*. Without a tag, any tag. With a list, nothing is built from Git unless `repositories` names it.",
    ),
    registries: patterns(
      "Registries of images and of logins by host, docker.io for Docker Hub; of builds by their name in Dokploy.",
    ),
    repositories: patterns(
      "Repositories to build from, or with compose files: github.com/acme/*; of a Git provider PROVIDER/owner/name.",
    ),
    hosts: patterns("Hosts of domains, and of Traefik's labels in compose files: *.example.com."),
    dnsTargets: z
      .array(pattern)
      .max(mostPatterns)
      .default([])
      .describe(
        "Addresses that DNS records of domains may name as their own target: 203.0.113.*. Absent: none.",
      ),
    projects: patterns("Projects in Dokploy."),
    aliases: patterns(
      "Names on the network beside <stack>-<service>: aliases, and services and containers of compose files.",
    ),
    bindMounts: z
      .array(pattern)
      .max(mostPatterns)
      .default([])
      .describe("Folders of the host: /srv/users/**. Absent: none."),
    hostAccess: z
      .array(pattern)
      .max(mostPatterns)
      .default([])
      .describe(
        'Rights over the host in compose files: privileged, "network_mode: host", "cap_add: NET_ADMIN", "devices: /dev/dri*", gpus. Absent: none.',
      ),
    ports: patterns("Ports that are published on the host: 2222, 30000-30100."),
    hostPorts: z
      .boolean()
      .default(true)
      .describe("Whether ports may be published in mode host, on the node itself."),
    externalVolumes: patterns(
      "Volumes by their names on the server: external ones, and those that a compose file names.",
    ),
    externalNetworks: patterns(
      "Networks by their names on the server: external ones, and those that a compose file names. dokploy-network is always allowed.",
    ),
    externalSecrets: patterns(
      "Secrets and configs of the swarm that a compose file takes by their names.",
    ),
    placement: patterns('Placement constraints: "node.labels.pool == users".'),
    servers: patterns("Servers of Dokploy by their names; dokploy is its own host."),
    dokploys: patterns(
      "Dokploys by their names in DOKPLOY_SERVERS_FILE; default is that of DOKPLOY_URL.",
    ),
    secrets: patterns("Secrets, in $(secrets.NAME)."),
    variables: patterns("Environment variables, in $(env.NAME)."),
    destinations: patterns("Destinations of backups by their names in Dokploy."),
    owners: patterns("Whom stacks of the portal belong to: the label capstan.portal/owner."),
    deletionPolicies: z
      .array(z.enum(["retain", "delete"]))
      .optional()
      .describe("What a manifest may say of what becomes of data: [retain] forbids delete."),
    adopt: z.boolean().default(true).describe("Whether they may take over projects by adopt."),
    allowDataLoss: z.boolean().default(true).describe("Whether they may accept the loss of data."),
    unreadCompose: z
      .boolean()
      .default(false)
      .describe(
        "Whether compose files may come from Git: nobody can read here what they ask for. Default: false.",
      ),
    replicas: amount(
      "Containers, over all services and environments.",
      z.int().min(0).max(1_000_000),
    ),
    memory: amount(
      "Memory limits times replicas: 4Gi. A service without a limit is refused then.",
      spelled,
    ),
  })
  .describe(
    "What they may ask for. What is not named here is allowed, apart from bind mounts, hostAccess and unreadCompose.",
  );

export type Allow = z.output<typeof allowSchema>;

export const matchSchema = match;
export type Match = z.output<typeof match>;

export const policySchema = z
  .strictObject({
    apiVersion: z.literal(apiVersion).describe("The version of this format."),
    kind: z.literal("Policy").describe("A policy."),
    metadata: z
      .strictObject({
        name: dnsLabel.max(longestName).describe("A DNS label of 1 to 40 characters."),
        labels: z.record(z.string(), spelled).default({}).describe("For people."),
      })
      .describe("What it is called."),
    spec: z
      .strictObject({
        description: z.string().optional().describe("One sentence for people."),
        match: match.prefault({}),
        allow: allowSchema.prefault({}),
      })
      .prefault({})
      .describe("What it says."),
  })
  .describe(
    "What some stacks may ask for. Where several match, all of them must allow it. A pull request is judged by the policies of the branch that it goes to.",
  );
