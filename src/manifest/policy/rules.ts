// What policies can speak of, one row each: how a pattern is compared, and how it is told to people.
import { ownerLabel } from "../../model/owner.ts";
import type { Allow } from "../../model/manifest-policy.ts";
import { secretName } from "../../model/secret-name.ts";
import {
  byConstraint,
  byFolder,
  byHost,
  byImage,
  byName,
  byPath,
  byPort,
  isPortPattern,
} from "./subjects.ts";
import type { Matcher } from "./subjects.ts";

/** The lists of what is allowed that are judged value by value. */
export type ListName =
  | "templates"
  | "names"
  | "kinds"
  | "images"
  | "registries"
  | "repositories"
  | "hosts"
  | "dnsTargets"
  | "projects"
  | "aliases"
  | "bindMounts"
  | "hostAccess"
  | "ports"
  | "externalVolumes"
  | "externalNetworks"
  | "externalSecrets"
  | "placement"
  | "servers"
  | "dokploys"
  | "secrets"
  | "variables"
  | "destinations"
  | "owners"
  | "deletionPolicies";

export type FlagName = "hostPorts" | "adopt" | "allowDataLoss" | "unreadCompose";
export type AmountName = "replicas" | "memory";

/** Those that this table does not judge: what a file may define is decided before anything is made of it. */
type Judged = ListName | FlagName | AmountName | "manifests";
/** The compiler names a field of the schema that nobody judges. */
export const isWhole: [Exclude<keyof Allow, Judged>] extends [never] ? true : never = true;

export interface ListRule {
  readonly matcher: (pattern: string) => Matcher;
  /** Why a pattern can never match; absent: any text may. */
  readonly refuses?: (pattern: string) => string | null;
  /** `asks for the folder X of the host`, as a clause after the field. Null: nobody knows which one. */
  readonly asks: (shown: string | null) => string;
  /** After `allows no` and `allows only the`. */
  readonly many: string;
  /** What to do instead. */
  readonly instead: string | null;
}

const names = (what: string, many: string, verb = "asks for") => ({
  matcher: byName,
  asks: (shown: string | null) => `${verb} the ${what}${shown === null ? "" : ` ${shown}`}`,
  many,
  instead: null,
});

const hidden = (shown: string | null, what: string): string => shown ?? what;

export const listRules: Readonly<Record<ListName, ListRule>> = {
  templates: {
    ...names("template", "templates", "uses"),
    asks: (shown) => (shown === null ? "uses no template" : `uses the template ${shown}`),
  },
  names: names("name", "names"),
  kinds: names("kind", "kinds of services", "is of"),
  images: { ...names("image", "images", "runs"), matcher: byImage },
  registries: { ...names("registry", "registries", "uses"), matcher: byHost },
  repositories: { ...names("repository", "repositories", "is built from"), matcher: byPath },
  hosts: {
    matcher: byHost,
    asks: (shown) =>
      shown === null
        ? "has a rule for Traefik whose hosts cannot be told"
        : `asks for the host ${shown}`,
    many: "hosts",
    instead: null,
  },
  dnsTargets: {
    ...names("address", "addresses of their own in DNS records", "points its host to"),
    instead: "leave the target out: the host points to TRAEFIK_IP then",
  },
  projects: names("project", "projects"),
  aliases: {
    ...names("name", "names on the network"),
    asks: (shown) => `asks for ${hidden(shown, "a name")} as a name on the network`,
  },
  bindMounts: {
    matcher: byFolder,
    asks: (shown) => `mounts ${hidden(shown, "a folder")} of the host`,
    many: "bind mounts",
    instead: "use a named volume",
  },
  hostAccess: {
    matcher: byName,
    asks: (shown) => `asks for ${hidden(shown, "a right")} on the host`,
    many: "rights on the host",
    instead: "leave it out",
  },
  ports: {
    matcher: byPort,
    refuses: (pattern) =>
      isPortPattern(pattern) ? null : "must be a port, a range such as 30000-30100, or *",
    asks: (shown) =>
      shown === null
        ? "publishes a free port of the host"
        : `publishes the port ${shown} of the host`,
    many: "ports",
    instead: "reach it through a domain",
  },
  externalVolumes: {
    ...names("volume", "volumes of others"),
    asks: (shown) => `takes the volume ${hidden(shown, "of another")} by its name on the server`,
    instead: "use a volume of its own, without external and name",
  },
  externalNetworks: {
    ...names("network", "networks of others"),
    asks: (shown) => `joins the network ${hidden(shown, "of another")} by its name on the server`,
    instead: "use a network of its own, without external and name",
  },
  externalSecrets: {
    ...names("secret", "secrets of the swarm"),
    asks: (shown) => `takes ${hidden(shown, "a secret")} of the swarm by its name`,
  },
  placement: { ...names("constraint", "placement constraints"), matcher: byConstraint },
  servers: names("server", "servers", "runs on"),
  dokploys: names("Dokploy", "Dokploys", "runs on"),
  secrets: {
    ...names("secret", "secrets", "reads"),
    matcher(pattern) {
      const named = byName(secretName(pattern));
      return { pattern, allows: (name) => named.allows(secretName(name)) };
    },
  },
  variables: names("environment variable", "environment variables", "reads"),
  destinations: names("destination", "destinations", "stores backups in"),
  owners: {
    ...names("owner", "owners"),
    asks: (shown) =>
      shown === null
        ? `says no owner (the label ${ownerLabel})`
        : `says that it belongs to ${shown}`,
  },
  deletionPolicies: names("deletionPolicy", "deletion policies"),
};

export const listNames = Object.keys(listRules) as readonly ListName[];

export interface FlagRule {
  readonly asks: string;
  /** After `the policy portal`. */
  readonly forbids: string;
  readonly instead: string;
}

export const flagRules: Readonly<Record<FlagName, FlagRule>> = {
  hostPorts: {
    asks: "publishes a port in mode host",
    forbids: "does not allow it",
    instead: "leave `mode` out",
  },
  adopt: {
    asks: "takes over a project that it did not make",
    forbids: "does not allow it",
    instead: "leave `adopt` out",
  },
  allowDataLoss: {
    asks: "accepts the loss of data",
    forbids: "does not allow it",
    instead: "leave `allowDataLoss` out",
  },
  unreadCompose: {
    asks: "has its compose file in another repository, so that nobody knows here what it asks for",
    forbids: "allows only files that can be read here",
    instead: "put the file into this repository and name it as `file`",
  },
};

export const flagNames = Object.keys(flagRules) as readonly FlagName[];
