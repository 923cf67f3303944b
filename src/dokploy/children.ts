// The children of an application both ways: rows of Dokploy to specs with their ids, and a spec to the
// body that creates or updates it. What a row holds that no manifest can say reads as a text that no
// manifest has, so that a comparison finds it.
import type { DomainSpec, MountSpec } from "../model/desired.ts";
import type { ServiceDetails, Stored } from "../model/observed.ts";
import type { Child } from "../model/plan.ts";
import type { StoredApplication } from "./answers.ts";
import type { Input } from "./calls.ts";

type Children = ServiceDetails["children"];
type StoredDomain = StoredApplication["domains"][number];
type StoredMount = StoredApplication["mounts"][number];

/** What Dokploy's router uses for a domain that was stored without a port. */
const portOfNone = 80;

function readCertificate(domain: StoredDomain): string {
  if (!domain.enabled) return "(domain disabled)";
  if (domain.certificateType !== "custom") return domain.certificateType;
  const resolver = domain.customCertResolver ?? "";
  return resolver === "" || resolver === "none" ? "(no resolver)" : resolver;
}

function readDomain(domain: StoredDomain): Stored<DomainSpec> {
  return {
    id: domain.domainId,
    host: domain.host,
    path: domain.path ?? "/",
    port: domain.port ?? portOfNone,
    https: domain.https,
    certificate: readCertificate(domain),
    stripPath: domain.stripPath,
    internalPath: domain.internalPath ?? "/",
    middlewares: domain.middlewares ?? [],
  };
}

function readMount(mount: StoredMount): Stored<MountSpec> {
  const at = { id: mount.mountId, target: mount.mountPath };
  switch (mount.type) {
    case "volume":
      return { ...at, type: "volume", volume: mount.volumeName ?? "" };
    case "bind":
      return { ...at, type: "bind", source: mount.hostPath ?? "" };
    case "file":
      // Without a path it breaks the application's other files: only a new row helps.
      return (mount.filePath ?? "") === ""
        ? { ...at, type: "bind", source: "(a file without a path)" }
        : { ...at, type: "file", content: mount.content ?? "" };
  }
}

export function readChildren(stored: StoredApplication): Children {
  return {
    mounts: stored.mounts.map(readMount),
    ports: stored.ports.map((port) => ({
      id: port.portId,
      published: port.publishedPort,
      target: port.targetPort,
      protocol: port.protocol,
      mode: port.publishMode,
    })),
    domains: stored.domains.map(readDomain),
    redirects: stored.redirects.map(({ redirectId, regex, replacement, permanent }) => ({
      id: redirectId,
      regex,
      replacement,
      permanent,
    })),
    basicAuth: stored.security.map(({ securityId, username, password }) => ({
      id: securityId,
      username,
      password,
    })),
  };
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
    domainType: "application",
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

/** Below the application's own folder of files on the server. */
function filePath(target: string): string {
  return target.replace(/^\/+/, "");
}

interface ChildRow {
  readonly create: string;
  readonly update: string;
  readonly remove: string;
  readonly id: string;
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
};

function body(child: Child): Input {
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
  }
}

export interface ChildCall {
  readonly procedure: string;
  readonly input: Input;
}

export function createChildCall(applicationId: string, child: Child): ChildCall {
  const { create } = rows[child.kind];
  if (child.kind !== "mount") {
    return { procedure: create, input: { applicationId, ...body(child) } };
  }
  // Without a type of service the mount would be stored for nobody.
  const owner = { serviceType: "application", serviceId: applicationId };
  const file = child.spec.type === "file" ? { filePath: filePath(child.spec.target) } : {};
  return { procedure: create, input: { ...owner, ...body(child), ...file } };
}

/**
 * A file keeps its place on the server: Dokploy makes no folder for a new one on an update, and would
 * lose the content without a word. A domain that was disabled by hand is enabled.
 */
export function updateChildCall(childId: string, child: Child): ChildCall {
  const { update, id } = rows[child.kind];
  const more = child.kind === "domain" ? { enabled: true } : {};
  return { procedure: update, input: { [id]: childId, ...body(child), ...more } };
}

export function deleteChildCall(childId: string, kind: Child["kind"]): ChildCall {
  const { remove, id } = rows[kind];
  return { procedure: remove, input: { [id]: childId } };
}
