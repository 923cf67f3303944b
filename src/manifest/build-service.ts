// One service of one environment: from its merged tree, references resolved, to a desired service and what it
// claims.
import type { Hasher } from "../lib/digest.ts";
import type { DesiredService, Place, SecretUse } from "../model/desired.ts";
import { domainsOf, portKey, portsOf } from "../model/children.ts";
import { aliasesOf } from "../model/kinds/table.ts";
import type { Section } from "../model/manifest.ts";
import { namesIn } from "../model/server-names.ts";
import type { Configured, DatabaseSpec } from "../model/specs.ts";
import { claimOf } from "./claims.ts";
import type { Claim } from "./claims.ts";
import { domainClaim } from "./domains.ts";
import { putElsewhere } from "./files.ts";
import type { MountedFiles } from "./files.ts";
import { checkTest } from "./compose-words.ts";
import type { TellAt } from "./compose/text.ts";
import { serviceHash } from "./hash.ts";
import { appName, serviceKey } from "./names.ts";
import type { Report } from "./report.ts";
import { kindsOf } from "./kinds/table.ts";
import type { AnyManifest, ManifestKind } from "./kinds/kind.ts";
import type { StackAsked } from "./policy/asked.ts";
import { askedOf } from "./policy/service-asked.ts";
import { claimsOn, serverOf } from "./servers.ts";
import { jobService, withoutJob } from "./rollout-job.ts";
import { rolloutOf } from "./service.ts";
import type { FileContents, ServiceIdentity } from "./service.ts";
import { checkService } from "./workload-rules.ts";
import type { Tell } from "./tell.ts";
import { refuseContent } from "./size-rules.ts";
import { without } from "./merge.ts";
import { at, placeOf, secretScalars } from "./tree.ts";
import type { Path, TreeNode } from "./tree.ts";
import { hasReference, salvage, showPath, validateTree } from "./validate.ts";

export interface ServiceContext {
  readonly report: Report;
  readonly hasher: Hasher;
  readonly files: MountedFiles;
  readonly project: string;
  /** null: the stack's head has problems, so that they are not known. */
  readonly variables: Readonly<Record<string, string>> | null;
  readonly secretVariables: ReadonlySet<string>;
}

export const defaultDescription = "Managed from Git by Capstan.";

/** A person's description as it can stand beside a marker; null where it cannot. */
export function descriptionOf(given: string | undefined, tell: (message: string) => void): string {
  const text = (given ?? "").trim();
  if (text.includes("[capstan:"))
    tell("cannot hold `[capstan:`: that is how Capstan marks its own");
  if (text.length > 1000) tell("must have at most 1000 characters");
  return text === "" ? defaultDescription : text;
}

/** Which service of which section it is. */
export interface BuiltIdentity extends ServiceIdentity {
  readonly section: Section;
}

export interface BuiltService {
  readonly service: DesiredService;
  /** What runs before it is rolled out. */
  readonly job: DesiredService | null;
  readonly claims: readonly Claim[];
  readonly asked: Pick<StackAsked, "asks" | "wishes" | "amounts">;
}

/** The service, or null when it has problems, which are told. */
export function buildService(
  identity: BuiltIdentity,
  keyPlace: Place,
  tree: TreeNode,
  context: ServiceContext,
): BuiltService | null {
  const { report } = context;
  const { stack, section, environment, service } = identity;
  const prefix: Path = [section, service];
  const rules = kindsOf(section);
  const before = report.count();
  const tell: Tell = (path, message, hint = null, on) => {
    // What could not be resolved has been told.
    if (hasReference(tree, path) && on !== "key") return;
    const place = path.length === 0 ? keyPlace : placeOf(tree, path, on ?? "value");
    report.add(place, `\`${showPath([...prefix, ...path])}\` ${message}`, hint, stack);
  };
  // First, so that no later message can name a host or a path with a secret in it.
  const open = refuseOpenSecrets(rules, tree, tell);
  const safe = open.size === 0 ? tree : without(tree, open, tree);
  const partial = open.size === 0 ? undefined : (): boolean => true;
  const options = {
    report,
    stack,
    prefix,
    keyPlace,
    ...(partial === undefined ? {} : { partial }),
  };
  const manifest = validateTree(rules.schema, safe, options);
  checkTest(tree, tell);
  if (manifest === null || open.size > 0) {
    const rest = salvage(rules.schema, safe, rules.placeholders, open);
    if (rest !== null) check(rules, rules.withoutProbe(rest), context.variables, tell);
    return null;
  }
  check(rules, manifest, context.variables, tell);
  const description = descriptionOf(manifest.description, (message) =>
    tell(["description"], message),
  );
  const contents = readFiles(manifest, tree, context, tell);
  const tellAt: TellAt = (place, message, hint) => {
    report.add(place, message, hint, stack);
  };
  const read = rules.read?.(manifest, { tree, files: context.files, tell, tellAt }) ?? null;
  if (report.count() > before) return null;

  const configured = rules.configured(manifest, identity, contents, read);
  for (const alias of aliasesOf(configured)) {
    if (alias.length > 63) {
      const message = `would be known as ${alias} on the network, which is longer than 63 characters`;
      tell([], message, "use shorter names", "key");
    }
  }
  if (report.count() > before) return null;
  const allUses = secretFields(rules, tree, manifest);
  const secretUses = withoutJob(allUses);
  const secrets: ReadonlySet<string> = new Set(secretUses.keys());
  const ignore = [...new Set(manifest.ignore)].sort();
  const { secretVariables, hasher } = context;
  const variables = context.variables ?? {};
  const desired: DesiredService = {
    ...configured,
    ...rules.keeping(manifest, read),
    key: serviceKey(configured.kind, environment, service),
    environment,
    name: service,
    appName: appName(context.project, environment, service),
    description,
    ...serverOf(manifest.server),
    ...(manifest.adopt === undefined ? {} : { adopts: manifest.adopt }),
    ignore,
    rollout: rolloutOf(manifest.rollout),
    // The stack says it, when all of its services are known.
    after: [],
    secrets,
    secretUses,
    place: keyPlace,
    namePlaces: namePlaces(configured, tree),
    hash: serviceHash({ service: configured, ignore, secrets, variables, secretVariables }, hasher),
  };
  const claims = claimsOf(desired, manifest, identity, tree);
  const holder = `${stack}/${desired.key}`;
  const own = (read?.claims ?? []).map((one): Claim => ({ ...one, stack, holder, hint: null }));
  const asked = rules.job?.(manifest, configured) ?? null;
  const job =
    asked === null
      ? null
      : jobService(
          { ...desired, secretUses: allUses },
          asked,
          context.project,
          (service, secretsOfJob) =>
            serviceHash(
              { service, ignore: [], secrets: secretsOfJob, variables, secretVariables },
              hasher,
            ),
        );
  const wanted = askedOf(rules.asks(manifest, configured), desired, {
    prefix,
    tree,
    keyPlace,
    read,
  });
  return { service: desired, job, claims: claimsOn([...claims, ...own], desired), asked: wanted };
}

function namePlaces(
  configured: Pick<DesiredService, "spec">,
  tree: TreeNode,
): NonNullable<DesiredService["namePlaces"]> {
  const names = namesIn(configured as Configured).map(({ path }): [string, Place] => [
    path,
    placeOf(tree, path.split(".")),
  ]);
  if (at(tree, ["server"]) !== undefined) names.push(["server", placeOf(tree, ["server"])]);
  return new Map(names);
}

function check(
  rules: ManifestKind<AnyManifest>,
  manifest: AnyManifest,
  variables: ServiceContext["variables"],
  tell: Tell,
): void {
  checkService(rules.kindOf(manifest), manifest, variables, tell);
  rules.check(manifest, tell);
}

/** Tells secrets in fields that are shown; returns the first names of those fields' paths. */
function refuseOpenSecrets(
  { secretField }: ManifestKind<AnyManifest>,
  tree: TreeNode,
  tell: Tell,
): ReadonlySet<string> {
  const fields = new Set<string>();
  for (const { path } of secretScalars(tree)) {
    const [root, index] = path;
    // A bind's path on the server is the one source that is no identifier.
    const bind =
      root === "mounts" && path[2] === "source" && isBind(at(tree, ["mounts", index ?? 0]));
    if (!bind && secretField(null, path) === null) {
      fields.add(String(root));
      tell(path, "is visible to everybody and cannot hold a secret", "use env or a password field");
    }
  }
  return fields;
}

function isBind(mount: TreeNode | undefined): boolean {
  const type = at(mount, ["type"]);
  return type?.kind === "scalar" && type.value === "bind";
}

function secretFields(
  { secretField }: ManifestKind<AnyManifest>,
  tree: TreeNode,
  manifest: AnyManifest,
): ReadonlyMap<string, SecretUse> {
  const fields = new Map<string, SecretUse>();
  for (const { path, node } of secretScalars(tree)) {
    const mount = path[0] === "mounts" ? manifest.mounts[Number(path[1])] : undefined;
    const field = mount === undefined ? secretField(manifest, path) : `mounts.${mount.target}`;
    if (field === null) continue;
    const before = fields.get(field);
    fields.set(field, {
      names: [...new Set([...(before?.names ?? []), ...node.secretNames])].sort(),
      written: `${before?.written ?? ""}\n${node.written ?? ""}`,
    });
  }
  return new Map([...fields].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readFiles(
  manifest: AnyManifest,
  tree: TreeNode,
  { files }: ServiceContext,
  tell: Tell,
): FileContents {
  const contents = new Map<number, string>();
  for (const [index, mount] of manifest.mounts.entries()) {
    if (mount.type !== "file") continue;
    const field = mount.content === undefined ? "source" : "content";
    const path = ["mounts", index, field];
    const read =
      mount.content !== undefined
        ? { content: mount.content }
        : mount.source === undefined
          ? null
          : files.read(placeOf(tree, path).file, mount.source);
    if (read === null) continue;
    if (!("content" in read)) tell(path, read.message, read.hint);
    else {
      contents.set(index, read.content);
      const tooLarge = refuseContent(read.content);
      if (tooLarge !== null) tell(path, tooLarge, putElsewhere);
    }
  }
  return contents;
}

function claimsOf(
  { spec, key }: DesiredService,
  manifest: AnyManifest,
  { stack, environment }: BuiltIdentity,
  tree: TreeNode,
): readonly Claim[] {
  const holder = `${stack}/${key}`;
  const claims: Claim[] = [];
  const inherited = (field: string): string | null =>
    environment === "production"
      ? null
      : `an environment has what its overlay does not replace: give it its own \`${field}\``;
  for (const [index, domain] of domainsOf({ spec }).entries()) {
    const place = placeOf(tree, ["domains", index, "host"]);
    const claim = claimOf("domain", domainClaim(domain), place);
    claims.push({ ...claim, stack, holder, hint: inherited("domains") });
  }
  for (const [index, port] of portsOf({ spec }).entries()) {
    const place = placeOf(tree, ["ports", index, "published"]);
    const claim = claimOf("port", portKey(port), place);
    claims.push({ ...claim, stack, holder, hint: inherited("ports") });
  }
  for (const field of ["externalPort", "externalGrpcPort", "externalAdminPort"] as const) {
    const published = field in spec ? (spec as DatabaseSpec)[field] : null;
    if (published === null) continue;
    const key = portKey({ published, protocol: "tcp" });
    const claim = claimOf("port", key, placeOf(tree, [field]));
    claims.push({ ...claim, stack, holder, hint: inherited(field) });
  }
  // Those of a compose service are claimed where its file says them.
  for (const alias of "aliases" in spec ? spec.aliases : []) {
    const index = manifest.aliases?.indexOf(alias) ?? -1;
    const place = placeOf(tree, index === -1 ? [] : ["aliases", index]);
    const hint = index === -1 ? null : inherited("aliases");
    claims.push({ ...claimOf("network name", alias, place), stack, holder, hint });
  }
  for (const [index, mount] of spec.mounts.entries()) {
    const given = manifest.mounts[index];
    if (mount.type !== "volume" || (given?.type === "volume" && given.external)) continue;
    const place = placeOf(tree, ["mounts", index, "source"]);
    // Services of one environment may share a volume.
    const claim = claimOf("volume", mount.volume, place);
    claims.push({ ...claim, stack, holder: `${stack}@${environment}`, hint: null });
  }
  return claims;
}
