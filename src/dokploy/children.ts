// The children of services both ways: rows of Dokploy to children with their ids, and a child to the body that
// creates or updates it. What a row holds that no manifest can say reads as a text that no manifest has, so that a
// comparison finds it.
import { z } from "zod";
import type { Child, StoredChild } from "../model/children.ts";
import type { ServiceRef } from "../model/observed.ts";
import type { DomainSpec, MountSpec } from "../model/specs.ts";
import { backupBody } from "./backups.ts";
import type { OnServer } from "./backups.ts";
import type { Input } from "./calls.ts";
import { idInput } from "./services.ts";
import { scheduleBody, volumeBackupBody } from "./timed.ts";

const text = z.string();
const textOrNull = text.nullable();
const maybeText = textOrNull.default(null);

export const storedDomains = z.array(
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
    customEntrypoint: maybeText,
    serviceName: maybeText,
    enabled: z.boolean().default(true),
  }),
);
export const storedMounts = z.array(
  z.object({
    mountId: text,
    type: z.enum(["volume", "bind", "file"]),
    mountPath: text,
    hostPath: maybeText,
    volumeName: maybeText,
    filePath: maybeText,
    content: maybeText,
  }),
);
export const storedPorts = z.array(
  z.object({
    portId: text,
    publishedPort: z.number(),
    targetPort: z.number(),
    protocol: z.enum(["tcp", "udp"]),
    publishMode: z.enum(["ingress", "host"]),
  }),
);
export const storedRedirects = z.array(
  z.object({ redirectId: text, regex: text, replacement: text, permanent: z.boolean() }),
);
export const storedBasicAuth = z.array(
  z.object({ securityId: text, username: text, password: text }),
);

type StoredDomain = z.output<typeof storedDomains>[number];
type StoredMount = z.output<typeof storedMounts>[number];

/** What Dokploy's router uses for a domain that was stored without a port. */
const portOfNone = 80;

function readCertificate(domain: StoredDomain): string {
  if (!domain.enabled) return "(domain disabled)";
  if (domain.certificateType !== "custom") return domain.certificateType;
  const resolver = domain.customCertResolver ?? "";
  return resolver === "" || resolver === "none" ? "(no resolver)" : resolver;
}

export function readDomains(rows: readonly StoredDomain[]): readonly StoredChild[] {
  return rows.map((domain) => ({
    kind: "domain",
    id: domain.domainId,
    spec: {
      host: domain.host,
      path: domain.path ?? "/",
      port: domain.port ?? portOfNone,
      https: domain.https,
      certificate: readCertificate(domain),
      stripPath: domain.stripPath,
      internalPath: domain.internalPath ?? "/",
      middlewares: domain.middlewares ?? [],
      entrypoint: domain.customEntrypoint === "" ? null : domain.customEntrypoint,
      ...((domain.serviceName ?? "") === "" ? {} : { service: domain.serviceName ?? "" }),
    },
  }));
}

function readMount(mount: StoredMount): MountSpec {
  const target = mount.mountPath;
  switch (mount.type) {
    case "volume":
      return { target, type: "volume", volume: mount.volumeName ?? "" };
    case "bind":
      return { target, type: "bind", source: mount.hostPath ?? "" };
    case "file":
      // Without a path it breaks the service's other files: only a new row helps.
      return (mount.filePath ?? "") === ""
        ? { target, type: "bind", source: "(a file without a path)" }
        : { target, type: "file", content: mount.content ?? "" };
  }
}

export function readMounts(rows: readonly StoredMount[]): readonly StoredChild[] {
  return rows.map((mount) => ({ kind: "mount", id: mount.mountId, spec: readMount(mount) }));
}

export function readPorts(rows: z.output<typeof storedPorts>): readonly StoredChild[] {
  return rows.map((port) => ({
    kind: "port",
    id: port.portId,
    spec: {
      published: port.publishedPort,
      target: port.targetPort,
      protocol: port.protocol,
      mode: port.publishMode,
    },
  }));
}

export function readRedirects(rows: z.output<typeof storedRedirects>): readonly StoredChild[] {
  return rows.map(({ redirectId: id, regex, replacement, permanent }) => ({
    kind: "redirect",
    id,
    spec: { regex, replacement, permanent },
  }));
}

export function readBasicAuth(rows: z.output<typeof storedBasicAuth>): readonly StoredChild[] {
  return rows.map(({ securityId: id, username, password }) => ({
    kind: "basicAuth",
    id,
    spec: { username, password },
  }));
}

function domainBody(domain: DomainSpec): Input {
  const isCustom = domain.certificate !== "none" && domain.certificate !== "letsencrypt";
  return {
    host: domain.host,
    path: domain.path,
    port: domain.port,
    https: domain.https,
    certificateType: isCustom ? "custom" : domain.certificate,
    customCertResolver: isCustom ? domain.certificate : null,
    stripPath: domain.stripPath,
    internalPath: domain.internalPath,
    middlewares: domain.middlewares,
    customEntrypoint: domain.entrypoint,
    ...(domain.service === undefined ? {} : { serviceName: domain.service }),
  };
}

function mountBody(mount: MountSpec): Input {
  switch (mount.type) {
    case "volume":
      return { type: "volume", mountPath: mount.target, volumeName: mount.volume };
    case "bind":
      return { type: "bind", mountPath: mount.target, hostPath: mount.source };
    case "file":
      return { type: "file", mountPath: mount.target, content: mount.content };
  }
}

/** Below the service's own folder of files on the server. */
function filePath(target: string): string {
  return target.replace(/^\/+/, "");
}

interface ChildRow {
  readonly create: string;
  readonly update: string;
  readonly remove: string;
  readonly id: string;
  /** What is sent of one that is made, beside its body, and of one that is changed, where its body does not say it. */
  readonly made?: (service: ServiceRef) => Input;
  readonly changed?: Input;
}

/** Procedures of each kind and the name of its id. Which of them share the lane of one, calls.ts says. */
const rows: Readonly<Record<Child["kind"], ChildRow>> = {
  mount: {
    create: "mounts.create",
    update: "mounts.update",
    remove: "mounts.remove",
    id: "mountId",
  },
  port: { create: "port.create", update: "port.update", remove: "port.delete", id: "portId" },
  domain: {
    create: "domain.create",
    update: "domain.update",
    remove: "domain.delete",
    id: "domainId",
    made: ({ kind }) => ({ domainType: kind }),
    // A domain that was disabled by hand is enabled.
    changed: { enabled: true },
  },
  redirect: {
    create: "redirects.create",
    update: "redirects.update",
    remove: "redirects.delete",
    id: "redirectId",
  },
  basicAuth: {
    create: "security.create",
    update: "security.update",
    remove: "security.delete",
    id: "securityId",
  },
  schedule: {
    create: "schedule.create",
    update: "schedule.update",
    remove: "schedule.delete",
    id: "scheduleId",
  },
  backup: {
    create: "backup.create",
    update: "backup.update",
    remove: "backup.remove",
    id: "backupId",
    made: ({ kind }) => ({ backupType: kind === "compose" ? "compose" : "database" }),
    // Dokploy wants all fields of a backup.
    changed: { metadata: null },
  },
  volumeBackup: {
    create: "volumeBackups.create",
    update: "volumeBackups.update",
    remove: "volumeBackups.delete",
    id: "volumeBackupId",
  },
};

/** What the body of a child is made of beside itself. `server`: of one that stores something in a destination. */
interface Owner {
  readonly service: ServiceRef;
  readonly server: OnServer;
}

function body({ service, server }: Owner, child: Child): Input {
  switch (child.kind) {
    case "mount":
      return mountBody(child.spec);
    case "port":
      return {
        publishedPort: child.spec.published,
        targetPort: child.spec.target,
        protocol: child.spec.protocol,
        publishMode: child.spec.mode,
      };
    case "domain":
      return domainBody(child.spec);
    case "redirect": {
      const { regex, replacement, permanent } = child.spec;
      return { regex, replacement, permanent };
    }
    case "basicAuth": {
      const { username, password } = child.spec;
      return { username, password };
    }
    case "schedule":
      return scheduleBody(service, child.spec);
    case "backup":
      return backupBody(service, child.spec, server);
    case "volumeBackup":
      return volumeBackupBody(service, child.spec, server);
  }
}

export interface ChildCall {
  readonly procedure: string;
  readonly input: Input;
}

/** Of a child that stores nothing. */
const nowhere: OnServer = { destinationId: "", appName: "" };

export function createChildCall(service: ServiceRef, child: Child, server = nowhere): ChildCall {
  const { kind, id } = service;
  const { create, made } = rows[child.kind];
  const own = body({ service, server }, child);
  if (child.kind !== "mount") {
    return { procedure: create, input: { ...idInput(kind, id), ...own, ...made?.(service) } };
  }
  // Without a type of service the mount would be stored for nobody.
  const owner = { serviceType: kind, serviceId: id };
  const file = child.spec.type === "file" ? { filePath: filePath(child.spec.target) } : {};
  return { procedure: create, input: { ...owner, ...own, ...file } };
}

/**
 * A file keeps its place on the server: Dokploy makes no folder for a new one on an update, and would
 * lose the content without a word.
 */
export function updateChildCall(
  service: ServiceRef,
  childId: string,
  child: Child,
  server = nowhere,
): ChildCall {
  const { update, id, changed } = rows[child.kind];
  const own = body({ service, server }, child);
  return { procedure: update, input: { [id]: childId, ...changed, ...own } };
}

export function deleteChildCall(childId: string, kind: Child["kind"]): ChildCall {
  const { remove, id } = rows[kind];
  return { procedure: remove, input: { [id]: childId } };
}
