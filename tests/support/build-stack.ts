// Desired stacks from their parts, with the hashes and secrets that the loader would find in them.
import { keeping, specOf } from "./kinds.ts";
import { createHasher } from "../../src/lib/digest.ts";
import type { Hasher } from "../../src/lib/digest.ts";
import { serviceHash } from "../../src/manifest/hash.ts";
import { jobOf, jobService } from "../../src/manifest/rollout-job.ts";
import { domainKey } from "../../src/model/children.ts";
import type { DesiredService, DesiredStack } from "../../src/model/desired.ts";
import { usedVariables } from "../../src/model/hash-input.ts";
import { flatten } from "../../src/model/fields.ts";
import { kindOf } from "../../src/model/kinds/table.ts";
import type { ApplicationManifest } from "../../src/model/manifest-application.ts";
import type { ApplicationSpec, Configured } from "../../src/model/specs.ts";

/** What holds this word is a secret. */
export const canary = "canary";
export const testHasher = createHasher(Buffer.from("a key for tests"));
const place = { file: "stacks/shop.yaml", line: 1, column: 1 };

/** Field paths of a spec whose value holds a canary. */
function secretPaths(configured: Configured): ReadonlySet<string> {
  if (configured.kind === "application") return applicationSecrets(configured.spec);
  const found = [...flatten(configured)].filter(([, text]) => text.includes(canary));
  return new Set(found.map(([path]) => path));
}

function applicationSecrets(spec: ApplicationSpec): ReadonlySet<string> {
  const paths = new Set<string>();
  const look = (path: string, value: unknown): void => {
    if (JSON.stringify(value ?? null).includes(canary)) paths.add(path);
  };
  for (const [name, value] of Object.entries(spec.env)) look(`env.${name}`, value);
  for (const [name, value] of Object.entries(spec.registry ?? {})) look(`registry.${name}`, value);
  look("command", spec.command);
  look("args", spec.args);
  look("healthcheck.test", spec.healthcheck?.test);
  for (const one of spec.schedules) look(`schedules.${one.name}.command`, one.command);
  for (const one of spec.mounts) look(`mounts.${one.target}`, one);
  for (const one of spec.domains) look(`domains.${domainKey(one)}`, one);
  for (const one of spec.redirects) look(`redirects.${one.regex}`, one.replacement);
  for (const one of spec.basicAuth) look(`basicAuth.${one.username}`, one.password);
  return paths;
}

/** An application where no kind is named. */
export type PartsSpec =
  | { readonly kind?: never; readonly spec: ApplicationSpec }
  | Exclude<Configured, { readonly kind: "application" }>;

export type ServiceParts = ServicePartsBase & PartsSpec;

interface ServicePartsBase {
  readonly environment: string;
  readonly name: string;
  readonly ignore: readonly string[];
  readonly description: string;
  /** What runs before it is rolled out, if anything. */
  readonly before?: string | readonly string[] | undefined;
}

/** A service with its hashes, as the loader would make it. */
export function service(
  parts: ServiceParts,
  variables: Readonly<Record<string, string>>,
  hasher: Hasher = testHasher,
): DesiredService {
  const { environment, name, ignore } = parts;
  const known = Object.entries(parts.spec.env).filter(([, value]) =>
    usedVariables({ value }).every((used) => Object.hasOwn(variables, used)),
  );
  const spec = { ...parts.spec, env: Object.fromEntries(known) };
  const configured = { kind: parts.kind ?? "application", spec } as Configured;
  const secrets = secretPaths(configured);
  const secretVariables = secretNames(variables);
  const key = `${kindOf(configured.kind).prefix}/${name}`;
  return {
    ...configured,
    ...keeping,
    key: environment === "production" ? key : `${key}@${environment}`,
    environment,
    name,
    appName: `shop-${name}`,
    description: parts.description,
    ignore,
    rollout: { timeoutMs: 600_000, stableForMs: 0, http: null, onFailure: "keep", after: null },
    after: [],
    secrets,
    place,
    hash: serviceHash({ service: configured, ignore, secrets, variables, secretVariables }, hasher),
  };
}

/** A service with what runs before it, as the loader would make them. */
function withJob(
  parts: ServiceParts,
  variables: Readonly<Record<string, string>>,
  hasher: Hasher,
): readonly DesiredService[] {
  const made = service(parts, variables, hasher);
  const { before } = parts;
  if (before === undefined) return [made];
  const command = typeof before === "string" ? before : [...before];
  const rollout = { before: { command, timeout: "5m" } } as ApplicationManifest["rollout"];
  const asked = jobOf({ rollout }, specOf(made));
  if (asked === null) return [made];
  const uses = [...made.secrets].map((field) => [field, { names: [], written: "" }] as const);
  const inCommand = JSON.stringify(command).includes(canary);
  const secretUses = new Map([
    ...uses,
    ...(inCommand ? [["rollout.before.command", { names: [], written: "" }] as const] : []),
  ]);
  const secretVariables = secretNames(variables);
  const job = jobService({ ...made, secretUses }, asked, "shop", (configured, secrets) =>
    serviceHash({ service: configured, ignore: [], secrets, variables, secretVariables }, hasher),
  );
  return [{ ...made, after: [...made.after, job.key].sort() }, job];
}

function secretNames(variables: Readonly<Record<string, string>>): ReadonlySet<string> {
  const secret = Object.entries(variables).filter(([, value]) => value.includes(canary));
  return new Set(secret.map(([name]) => name));
}

export interface StackParts {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly services: readonly ServiceParts[];
  readonly more: Partial<DesiredStack>;
}

/** A stack of which nothing but its name is said. */
export function emptyStack(name: string): DesiredStack {
  return {
    name,
    place,
    template: null,
    labels: {},
    previousName: null,
    description: "",
    project: name,
    dependsOn: [],
    deletionPolicy: "delete",
    suspend: false,
    adopt: false,
    sync: { selfHeal: true, prune: true, windows: [] },
    variables: {},
    secretVariables: new Set(),
    environments: ["production"],
    services: [],
  };
}

/** A stack as the loader would make it. */
export function buildStack(parts: StackParts, hasher: Hasher = testHasher): DesiredStack {
  const { name, variables } = parts;
  const services = parts.services.flatMap((one) => withJob(one, variables, hasher));
  const environments = new Set(["production", ...services.map(({ environment }) => environment)]);
  return {
    ...emptyStack(name),
    variables,
    secretVariables: secretNames(variables),
    environments: [...environments],
    services: services.sort((a, b) => (a.key < b.key ? -1 : 1)),
    ...parts.more,
  };
}
