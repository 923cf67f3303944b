// An application of a resolved manifest: what it has beside what every service has.
import { domainKey } from "../../model/children.ts";
import { applicationSchema } from "../../model/manifest-application.ts";
import type { ApplicationManifest } from "../../model/manifest-application.ts";
import type { UpdatePolicy } from "../../model/specs.ts";
import { domainClaim } from "../domain-claim.ts";
import { ns, workloadOf, workloadSecretField } from "../service.ts";
import type { Tell } from "../tell.ts";
import type { Path } from "../tree.ts";
import { repeated } from "../workload-rules.ts";
import type { ManifestKind } from "./kind.ts";

function update(manifest: ApplicationManifest): UpdatePolicy | null {
  const given = manifest.update ?? {};
  const host = manifest.ports.some(({ mode }) => mode === "host");
  const policy: UpdatePolicy = {
    parallelism: given.parallelism ?? null,
    delayNs: ns(given.delay),
    failureAction: given.failureAction ?? null,
    monitorNs: ns(given.monitor),
    maxFailureRatio: given.maxFailureRatio ?? null,
    // Two tasks cannot hold one port of the node: with start-first the update never ends.
    order: given.order ?? (host ? "stop-first" : null),
  };
  return Object.values(policy).every((value) => value === null) ? null : policy;
}

/** The field that a secret at a path of the manifest makes secret; null where the value is shown in the open. */
export function applicationSecretField(
  manifest: ApplicationManifest | null,
  path: Path,
): string | null {
  const [root, second, third] = path;
  const index = Number(second);
  switch (root) {
    case "registry":
      return `registry.${String(second)}`;
    case "basicAuth":
      return third === "password"
        ? `basicAuth.${manifest?.basicAuth[index]?.username ?? ""}`
        : null;
    case "redirects":
      return third === "replacement"
        ? `redirects.${manifest?.redirects[index]?.regex ?? ""}`
        : null;
    case "domains": {
      if (third !== "internalPath" && third !== "middlewares") return null;
      const domain = manifest?.domains[index];
      if (domain === undefined) return "domains.";
      return `domains.${domainKey({ host: domain.host.toLowerCase(), path: domain.path })}`;
    }
    default:
      return workloadSecretField(path);
  }
}

function checkDomains({ domains, rollout }: ApplicationManifest, tell: Tell): void {
  const seen = new Map<string, number>();
  for (const [index, domain] of domains.entries()) {
    const key = domainClaim(domain);
    repeated(seen, key, index, "domains", "host", `the domain ${key}`, tell);
    if (domain.stripPath && domain.path === "/") {
      tell(["domains", index, "stripPath"], "needs a path other than /");
    }
    if (!domain.https && domain.certificate !== "none") {
      tell(["domains", index, "certificate"], "needs https: true");
    }
  }
  if (rollout.http !== undefined && domains.length === 0) {
    tell(
      ["rollout", "http"],
      "needs a domain to send its request to",
      "add one under domains",
      "key",
    );
  }
}

function checkPorts({ ports, update }: ApplicationManifest, tell: Tell): void {
  const seen = new Map<string, number>();
  for (const [index, port] of ports.entries()) {
    const key = `${port.published}/${port.protocol}`;
    repeated(seen, key, index, "ports", "published", `the port ${key}`, tell);
    if (port.mode === "host" && update?.order === "start-first") {
      const message = "cannot be start-first with a port in mode host: the update would never end";
      tell(["update", "order"], message, "use stop-first, or leave it out");
    }
  }
}

function checkAccess({ redirects, basicAuth }: ApplicationManifest, tell: Tell): void {
  const patterns = new Map<string, number>();
  for (const [index, { regex }] of redirects.entries()) {
    repeated(patterns, regex, index, "redirects", "regex", "the pattern", tell);
  }
  const users = new Map<string, number>();
  for (const [index, { username }] of basicAuth.entries()) {
    repeated(users, username, index, "basicAuth", "username", "the name", tell);
  }
}

export const application: ManifestKind<ApplicationManifest, "application"> = {
  schema: applicationSchema,
  placeholders: { image: "unknown" },
  kindOf: () => "application",
  // A probe must not miss the domains that were taken away.
  withoutProbe: (rest) => ({ ...rest, rollout: { ...rest.rollout, http: undefined } }),
  check(manifest, tell) {
    checkDomains(manifest, tell);
    checkPorts(manifest, tell);
    checkAccess(manifest, tell);
  },
  configured: (manifest, identity, files) => ({
    kind: "application",
    spec: {
      ...workloadOf(manifest, identity, files),
      registry: manifest.registry ?? null,
      replicas: manifest.replicas,
      update: update(manifest),
      ports: manifest.ports,
      domains: manifest.domains.map((domain) => ({ ...domain, host: domain.host.toLowerCase() })),
      redirects: manifest.redirects,
      basicAuth: manifest.basicAuth,
    },
  }),
  secretField: applicationSecretField,
  keeping: () => ({ deletionPolicy: "delete", allowDataLoss: false }),
};
