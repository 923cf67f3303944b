// What no schema can say of a compose file: what docker would refuse, and what would be lost when Dokploy deploys a file
// that stands alone, as it writes its folder anew each time.
import { isMap, mapOf, namesOf, servicesOf } from "../../model/compose-file.ts";
import type { ComposeFile, Plain, PlainMap } from "../../model/compose-file.ts";
import { wantLabel } from "../../model/marker.ts";
import { sharedNetwork } from "../../model/compose-network.ts";
import { didYouMean } from "../suggest.ts";
import type { Tell } from "../tell.ts";
import type { Path } from "../tree.ts";

export interface RuleContext {
  readonly type: "docker-compose" | "stack";
  readonly isolated: boolean;
  readonly tell: Tell;
}

const beside = "mount it: `mounts: [{ type: file, source: …, target: /NAME }]` is ../files/NAME";

/** Whether a path leads to what stays when Dokploy deploys again. */
function isKept(path: string): boolean {
  return path.startsWith("/") || path.startsWith("~") || /^\.\.\/files(?:\/|$)/.test(path);
}

function checkLabels({ labels, deploy }: PlainMap, path: Path, { tell }: RuleContext): void {
  const places: readonly (readonly [Path, Plain | undefined])[] = [
    [[...path, "labels"], labels],
    [[...path, "deploy", "labels"], mapOf(deploy).labels],
  ];
  for (const [at, given] of places) {
    const list: readonly Plain[] = Array.isArray(given) ? (given as readonly Plain[]) : [];
    const index = list.findIndex(
      (one) => typeof one === "string" && one.split("=")[0] === wantLabel,
    );
    if (index === -1 && !(isMap(given) && Object.hasOwn(given, wantLabel))) continue;
    const where = index === -1 ? [...at, wantLabel] : [...at, index];
    tell(where, "is Capstan's own label", "leave it out: every service gets it", "key");
  }
}

function checkSources(service: PlainMap, path: Path, { tell }: RuleContext): void {
  if (service.build !== undefined) {
    const hint = "build the image elsewhere, and name it as `image`";
    tell([...path, "build"], "builds an image, and Dokploy has this file alone", hint, "key");
  }
  const { file } = mapOf(service.extends);
  if (typeof file === "string") {
    const hint = "put both into this file: extends a service of it by its name";
    tell([...path, "extends", "file"], "extends another file, which Dokploy does not have", hint);
  }
  const given = service.env_file;
  const files: readonly Plain[] = Array.isArray(given)
    ? (given as readonly Plain[])
    : [given ?? null];
  for (const [index, one] of files.entries()) {
    const name = typeof one === "string" ? one : mapOf(one ?? null).path;
    if (typeof name !== "string" || isKept(name) || /^(?:\.\/)?\.env$/.test(name)) continue;
    const at = Array.isArray(given) ? [...path, "env_file", index] : [...path, "env_file"];
    tell(
      at,
      "names a file that Dokploy does not have",
      `write its lines under env: .env has them; or ${beside}`,
    );
  }
}

function checkVolumes(
  service: PlainMap,
  path: Path,
  file: ComposeFile,
  { tell }: RuleContext,
): void {
  const known = Object.keys(mapOf(file.volumes));
  const volumes: readonly Plain[] = Array.isArray(service.volumes)
    ? (service.volumes as readonly Plain[])
    : [];
  for (const [index, volume] of volumes.entries()) {
    const at = [...path, "volumes", index];
    const short = typeof volume === "string" ? volume.split(":") : null;
    const type = short === null ? mapOf(volume).type : null;
    const source = short === null ? mapOf(volume).source : short.length > 1 ? short[0] : undefined;
    if (typeof source !== "string" || source === "" || source.includes("$")) continue;
    const isPath = type === "bind" || /^[./~]/.test(source);
    if (isPath && !isKept(source)) {
      const message = "mounts a folder beside the file, which Dokploy empties with each deployment";
      tell(at, message, `use a named volume; or a file: ${beside}`);
    } else if (!isPath && type !== "tmpfs" && type !== "npipe" && !known.includes(source)) {
      const hint = didYouMean(source, known) ?? `add \`${source}: {}\` to \`volumes\``;
      tell(at, `names the volume \`${source}\`, which the file does not define`, hint);
    }
  }
}

function checkNames(service: PlainMap, path: Path, file: ComposeFile, context: RuleContext): void {
  const { tell, type } = context;
  const services = Object.keys(mapOf(file.services));
  const networks = [
    ...Object.keys(mapOf(file.networks)),
    "default",
    ...(context.isolated ? [] : [sharedNetwork]),
  ];
  const dependsOn = service.depends_on;
  for (const name of namesOf(dependsOn)) {
    if (services.includes(name) || name.includes("$")) continue;
    const optional = mapOf(mapOf(dependsOn)[name] ?? null).required === false;
    if (!optional)
      tell(
        [...path, "depends_on"],
        `names no service of the file: ${name}`,
        didYouMean(name, services),
      );
  }
  if (type === "stack" && isMap(dependsOn)) {
    tell(
      [...path, "depends_on"],
      "must be a list in a stack: docker knows no conditions there",
      null,
      "key",
    );
  }
  for (const name of namesOf(service.networks)) {
    if (networks.includes(name) || name.includes("$")) continue;
    tell(
      [...path, "networks"],
      `names no network of the file: ${name}`,
      didYouMean(name, networks),
    );
  }
  const { container_name: container, scale, deploy } = service;
  const replicas = scale ?? mapOf(deploy).replicas;
  if (container !== undefined && typeof replicas === "number" && replicas > 1) {
    tell([...path, "container_name"], "allows one container only", "leave it out, or run one");
  }
  const extended =
    typeof service.extends === "string" ? service.extends : mapOf(service.extends).service;
  const isHere = mapOf(service.extends).file === undefined;
  if (isHere && typeof extended === "string" && !services.includes(extended)) {
    tell(
      [...path, "extends"],
      `names no service of the file: ${extended}`,
      didYouMean(extended, services),
    );
  }
}

function checkShared(file: ComposeFile, { tell }: RuleContext): void {
  if (file.include !== undefined) {
    tell(
      ["include"],
      "includes other files, which Dokploy does not have",
      "put all into this file",
      "key",
    );
  }
  for (const [name, network] of Object.entries(mapOf(file.networks))) {
    const { external, name: given } = mapOf(network);
    const isShared = name === sharedNetwork || given === sharedNetwork;
    if (!isShared || external === true || isMap(external)) continue;
    tell(["networks", name], `is Dokploy's own network`, "add `external: true`", "key");
  }
  for (const root of ["configs", "secrets"] as const) {
    for (const [name, one] of Object.entries(mapOf(file[root]))) {
      const { file: source } = mapOf(one);
      if (typeof source !== "string" || isKept(source) || source.includes("$")) continue;
      tell([root, name, "file"], "names a file that Dokploy does not have", beside);
    }
  }
}

export function checkComposeFile(file: ComposeFile, context: RuleContext): void {
  const services = servicesOf(file);
  if (services.length === 0) context.tell([], "has no services: there is nothing to run");
  checkShared(file, context);
  for (const [name, service] of services) {
    const path = ["services", name];
    checkLabels(service, path, context);
    checkSources(service, path, context);
    checkVolumes(service, path, file, context);
    checkNames(service, path, file, context);
    if (
      service.image === undefined &&
      service.build === undefined &&
      service.extends === undefined
    ) {
      context.tell(path, "has no `image`", null, "key");
    }
  }
}
