// Hints for keys that a manifest does not have: what comes later, and what Compose and Dokploy call
// differently.
import { didYouMean } from "./suggest.ts";

const comingInStacks = ["servers", "notifications"];
const comingInServices = ["server", "previews"];

/** What a service has and a stack has not. */
const ofServices: Readonly<Record<string, string>> = {
  schedules: "it belongs to a service; what runs on the host itself is kept in Dokploy",
  backups: "it belongs to a database or a compose service",
  volumeBackups: "it belongs to a service",
};

const otherWords: Readonly<Record<string, string>> = {
  environment: "env",
  env_file: "env",
  dockerfile: "build.dockerfile",
  source: "git",
  repository: "git.repository",
  branch: "git.ref",
  volumes: "mounts",
  scale: "replicas",
  entrypoint: "command",
  cmd: "args",
  deploy: "replicas, resources, restart, update and placement",
  limits: "resources.limits",
  memory: "resources.limits.memory",
  cpu: "resources.limits.cpu",
  cpus: "resources.limits.cpu",
  security: "basicAuth",
  auth: "basicAuth",
  hosts: "domains",
  hostname: "aliases",
  restart_policy: "restart",
  update_config: "update",
  start_period: "startPeriod",
  failure_action: "failureAction",
  max_attempts: "maxAttempts",
  max_failure_ratio: "maxFailureRatio",
  max_replicas_per_node: "maxReplicasPerNode",
  services: "applications",
};

/** What to tell about an unknown key beside the keys that its map knows. */
export function unknownKey(
  key: string,
  known: readonly string[],
): { readonly message: string; readonly hint: string | null } {
  const service = known.includes("image") && known.includes("env");
  const stack = known.includes("applications") && known.includes("dependsOn");
  const later = service ? comingInServices : stack ? comingInStacks : [];
  if (later.includes(key)) {
    return { message: "is not supported yet", hint: "leave it out until Capstan knows it" };
  }
  if (stack && Object.hasOwn(ofServices, key)) {
    return { message: "is unknown", hint: ofServices[key] ?? null };
  }
  if (key === "<<") {
    return { message: "is unknown", hint: "merge keys are not read; use a template or an alias" };
  }
  const other = Object.hasOwn(otherWords, key) ? otherWords[key] : undefined;
  const root = other?.split(/[., ]/)[0] ?? "";
  const hint =
    didYouMean(key, known) ??
    (other !== undefined && known.includes(root) ? `here it is called ${other}` : null) ??
    (known.length > 0 && known.length <= 40 ? `known are ${[...known].sort().join(", ")}` : null);
  return { message: "is unknown", hint };
}
