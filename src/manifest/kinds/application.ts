// An application of a resolved manifest: what it has beside what every service has.
import { applicationSchema } from "../../model/manifest-application.ts";
import type { ApplicationManifest } from "../../model/manifest-application.ts";
import type { Configured, UpdatePolicy } from "../../model/specs.ts";
import { checkDomains, dnsOf, domainOf, domainSecretField } from "../domains.ts";
import { buildOf, checkBuild, checkGit, followingOf, gitOf, gitSecretField } from "../git.ts";
import { checkImagePolicy, imagePolicyOf } from "../image-policy.ts";
import {
  domainAsks,
  gitAsks,
  imageAsks,
  targetAsks,
  workloadAsks,
} from "../policy/workload-asks.ts";
import type { ServiceAsk, ServiceAsked } from "../policy/asked.ts";
import { registryHost } from "../policy/subjects.ts";
import { checkJob, jobOf, jobSecretField } from "../rollout-job.ts";
import { ns, workloadOf, workloadSecretField } from "../service.ts";
import type { Tell } from "../tell.ts";
import {
  checkSchedules,
  checkVolumeBackups,
  schedulesOf,
  timedSecretField,
  volumeBackupsOf,
} from "../timed.ts";
import type { Path } from "../tree.ts";
import { repeated } from "../workload-rules.ts";
import type { ManifestKind } from "./kind.ts";

/** Stands for what could not be read, so that nothing more is said of it. */
const placeholder = "unknown";

function policyOf(
  given: NonNullable<ApplicationManifest["update"]>,
  order: UpdatePolicy["order"],
): UpdatePolicy | null {
  const policy: UpdatePolicy = {
    parallelism: given.parallelism ?? null,
    delayNs: ns(given.delay),
    failureAction: given.failureAction ?? null,
    monitorNs: ns(given.monitor),
    maxFailureRatio: given.maxFailureRatio ?? null,
    order: given.order ?? order,
  };
  return Object.values(policy).every((value) => value === null) ? null : policy;
}

function update({ update: given = {}, ports }: ApplicationManifest): UpdatePolicy | null {
  // Two tasks cannot hold one port of the node: with start-first the update never ends.
  const isHeld = ports.some(({ mode }) => mode === "host");
  return policyOf(given, isHeld ? "stop-first" : null);
}

function ulimits({ ulimits: given }: ApplicationManifest): Readonly<Record<string, string>> {
  const text = (limit: (typeof given)[string]): string =>
    typeof limit === "number" ? `${limit}:${limit}` : `${limit.soft}:${limit.hard}`;
  return Object.fromEntries(Object.entries(given).map(([name, limit]) => [name, text(limit)]));
}

/** The field that a secret at a path of the manifest makes secret; null where the value is shown in the open. */
export function applicationSecretField(
  manifest: Pick<ApplicationManifest, "domains" | "basicAuth" | "redirects"> | null,
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
    case "domains":
      return domainSecretField(manifest?.domains ?? null, path);
    case "schedules":
      return timedSecretField(path);
    case "git":
    case "build":
      return gitSecretField(path);
    case "rollout":
      return jobSecretField(path);
    default:
      return workloadSecretField(path);
  }
}

function checkUlimits({ ulimits: given }: ApplicationManifest, tell: Tell): void {
  for (const [name, limit] of Object.entries(given)) {
    if (typeof limit === "number" || limit.hard === -1) continue;
    if (limit.soft !== -1 && limit.soft <= limit.hard) continue;
    tell(["ulimits", name, "soft"], "must not be more than hard");
  }
}

function checkPorts({ ports, update, endpointMode }: ApplicationManifest, tell: Tell): void {
  if (endpointMode === "dnsrr" && ports.length > 0) {
    const message = "allows no ports: Dokploy would publish none of them";
    tell(["endpointMode"], message, "leave one of the two out");
  }
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

/** Where its image comes from. */
function checkSource(manifest: ApplicationManifest, tell: Tell): void {
  const { image = "", git, build, registry, rollout, ignore } = manifest;
  if (git === undefined) {
    if (image === "") tell([], "needs an `image`, or `git` to build one from", null, "key");
    if (build !== undefined) {
      tell(["build"], "needs `git`: what is to be built", "leave it out with an image", "key");
    }
    for (const [index, path] of ignore.entries()) {
      if (path !== "git" && path !== "git.url") continue;
      const message = `\`${path}\` cannot be ignored beside an \`image\`: Dokploy would go on building`;
      tell(["ignore", index], message, "leave it out, or ignore single fields such as git.ref");
    }
    return;
  }
  checkGit(git, tell);
  if (build !== undefined) checkBuild(build, tell);
  if (image !== "" && image !== placeholder) {
    tell(["image"], "stands beside `git`", "keep one of the two", "key");
  }
  if (registry !== undefined) {
    const hint = "it is the login for an image; name one of Dokploy's registries as build.registry";
    tell(["registry"], "has no effect with `git`", hint, "key");
  }
  if (rollout.after !== undefined) {
    const hint = "leave it out: Dokploy builds the image itself";
    tell(["rollout", "after"], "waits for an image, and `git` has none", hint, "key");
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

function asks(
  manifest: ApplicationManifest,
  configured: Extract<Configured, { readonly kind: "application" }>,
): ServiceAsked {
  const { spec } = configured;
  const { registry, ports } = manifest;
  const registries: readonly (readonly [value: string | null | undefined, path: Path])[] = [
    [registry === undefined ? null : registryHost(registry.url), ["registry", "url"]],
    // By its name in Dokploy.
    [spec.build?.registry, ["build", "registry"]],
  ];
  const of = workloadAsks(manifest, configured);
  return {
    ...of,
    asks: [
      ...(spec.image === "" ? [] : imageAsks(spec.image, ["image"])),
      ...gitAsks(spec.git),
      ...registries.flatMap(([value, path]): readonly ServiceAsk[] =>
        typeof value === "string" ? [{ list: "registries", value, path }] : [],
      ),
      ...domainAsks(spec.domains),
      ...targetAsks(manifest.domains),
      ...of.asks,
    ],
    wishes: [
      ...of.wishes,
      ...ports.flatMap(({ mode }, index) =>
        mode === "host" ? [{ flag: "hostPorts" as const, path: ["ports", index, "mode"] }] : [],
      ),
    ],
  };
}

export const application: ManifestKind<ApplicationManifest, "application"> = {
  schema: applicationSchema,
  placeholders: (gone) => (gone.has("image") || gone.has("git") ? { image: placeholder } : {}),
  kindOf: () => "application",
  // A probe must not miss the domains that were taken away.
  withoutProbe: (rest) => ({ ...rest, rollout: { ...rest.rollout, http: undefined } }),
  check(manifest, tell) {
    checkSource(manifest, tell);
    checkImagePolicy(manifest, tell);
    checkDomains(manifest, tell);
    checkPorts(manifest, tell);
    checkAccess(manifest, tell);
    checkUlimits(manifest, tell);
    checkSchedules(manifest.schedules, tell);
    checkVolumeBackups(manifest.volumeBackups, manifest.mounts, tell);
    checkJob(manifest, tell);
  },
  configured: (manifest, identity, files) => ({
    kind: "application",
    spec: {
      ...workloadOf({ ...manifest, image: manifest.image ?? "" }, identity, files),
      git: manifest.git === undefined ? null : gitOf(manifest.git),
      build: manifest.git === undefined ? null : buildOf(manifest.build),
      registry: manifest.registry ?? null,
      replicas: manifest.replicas,
      update: update(manifest),
      rollback: policyOf(manifest.rollback ?? {}, null),
      ulimits: ulimits(manifest),
      endpointMode: manifest.endpointMode,
      ports: manifest.ports,
      domains: manifest.domains.map(domainOf),
      redirects: manifest.redirects,
      basicAuth: manifest.basicAuth,
      schedules: schedulesOf(manifest.schedules),
      volumeBackups: volumeBackupsOf(manifest.volumeBackups, manifest.mounts, identity),
    },
  }),
  job: (manifest, { spec }) => jobOf(manifest, spec),
  secretField: applicationSecretField,
  asks,
  keeping: ({ git, imagePolicy, allowDataLoss, domains }) => ({
    ...{ deletionPolicy: "delete", allowDataLoss },
    ...dnsOf(domains),
    ...followingOf(git),
    ...imagePolicyOf({ imagePolicy }),
  }),
};
