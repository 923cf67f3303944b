// A compose file as plain data, the way Docker understands it: anchors and merge keys resolved, the order of keys
// without meaning. What is compared, hashed and shown of it are its leaves: a scalar or a list by its path.
import { wantLabel } from "./marker.ts";

export type Plain =
  null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

export type PlainMap = Readonly<Record<string, Plain>>;
export type ComposeFile = PlainMap;

export function isMap(value: Plain | undefined): value is PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function mapOf(value: Plain | undefined): PlainMap {
  return isMap(value) ? value : {};
}

/** What `names` says: the names themselves, or the keys of a map. */
export function namesOf(value: Plain | undefined): readonly string[] {
  if (isMap(value)) return Object.keys(value);
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** The services of a file by name, in the order in which they are written. */
export function servicesOf(file: ComposeFile): readonly (readonly [string, PlainMap])[] {
  return Object.entries(mapOf(file.services)).map(([name, service]) => [name, mapOf(service)]);
}

/** A key as a part of a path: `.web`, or `["traefik.enable"]` where a dot would be read as two parts. */
function step(path: string, key: string): string {
  if (/^[\w-]+$/.test(key)) return path === "" ? key : `${path}.${key}`;
  return `${path}[${JSON.stringify(key)}]`;
}

function leaves(value: Plain, path: string, found: Map<string, string>): void {
  if (!isMap(value)) {
    found.set(path, sorted(value));
    return;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) found.set(path, "{}");
  for (const [key, one] of entries) leaves(one, step(path, key), found);
}

/** JSON with the keys of maps in order. */
function sorted(value: Plain): string {
  return JSON.stringify(value, (_key, one: Plain) =>
    isMap(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}

const imagePrefix = "image ";

/** Whether a leaf's text is an image's name, which is no secret. */
export function isImageText(text: string): boolean {
  return text.startsWith(imagePrefix);
}

/**
 * What a file says, by path. A service itself is there as the image that it runs, so that one that joins or leaves the
 * file is named; comments, anchors and the order of keys are not there.
 */
export function leavesOf(file: ComposeFile): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(file)) {
    if (key !== "services" || !isMap(value)) leaves(value, step("", key), found);
  }
  for (const [name, { image, ...rest }] of servicesOf(file)) {
    const path = step("services", name);
    found.set(path, typeof image === "string" ? `${imagePrefix}${image}` : "built from its source");
    if (image !== undefined && typeof image !== "string") leaves(image, `${path}.image`, found);
    for (const [key, value] of Object.entries(rest)) leaves(value, step(path, key), found);
  }
  return found;
}

function mapServices(file: ComposeFile, change: (service: PlainMap) => PlainMap): ComposeFile {
  if (!isMap(file.services)) return file;
  const services = Object.entries(file.services).map(([name, service]): [string, Plain] => [
    name,
    isMap(service) ? change(service) : service,
  ]);
  return { ...file, services: Object.fromEntries(services) };
}

/** The file with the label on every service. */
export function withWant(file: ComposeFile, want: string): ComposeFile {
  return mapServices(withoutWant(file), (service) => {
    const { labels } = service;
    const more = Array.isArray(labels)
      ? [...(labels as readonly Plain[]), `${wantLabel}=${want}`]
      : { ...mapOf(labels), [wantLabel]: want };
    return { ...service, labels: more };
  });
}

/** The file without the label; labels of which nothing is left are none. */
export function withoutWant(file: ComposeFile): ComposeFile {
  return mapServices(file, (service) => {
    const { labels, ...rest } = service;
    if (Array.isArray(labels)) {
      const own = (labels as readonly Plain[]).filter(
        (label) => typeof label !== "string" || label.split("=")[0] !== wantLabel,
      );
      return own.length === 0 ? rest : { ...service, labels: own };
    }
    if (!isMap(labels)) return labels === null ? rest : service;
    const own = Object.entries(labels).filter(([name]) => name !== wantLabel);
    return own.length === 0 ? rest : { ...service, labels: Object.fromEntries(own) };
  });
}

/** The volumes that docker makes for a file, by their names in it; those of others are not among them. */
export function ownVolumes(file: ComposeFile): readonly string[] {
  return Object.entries(mapOf(file.volumes)).flatMap(([name, volume]) => {
    const { external } = mapOf(volume);
    return external === true || isMap(external) ? [] : [name];
  });
}

/** What a volume of a file is called on the server where the file says so; null: docker names it after the whole. */
export function fixedVolumeName(file: ComposeFile, name: string): string | null {
  const volume = mapOf(mapOf(file.volumes)[name]);
  if (typeof volume.name === "string") return volume.name;
  const { external } = volume;
  if (isMap(external) && typeof external.name === "string") return external.name;
  return external === true || isMap(external) ? name : null;
}

/** What docker calls a volume of a file that says nothing of its name. */
export function ownVolumeName(appName: string, name: string): string {
  return `${appName}_${name}`;
}

/** What docker calls a volume of a file. */
function nameOnServer(file: ComposeFile, name: string, appName: string): string {
  return fixedVolumeName(file, name) ?? ownVolumeName(appName, name);
}

/** What all volumes of a file are called on the server, those of others among them. */
export function allVolumeNames(file: ComposeFile, appName: string): readonly string[] {
  return Object.keys(mapOf(file.volumes)).map((name) => nameOnServer(file, name, appName));
}

/** What those volumes are called on the server. */
export function volumeNames(file: ComposeFile, appName: string): readonly string[] {
  return ownVolumes(file).map((name) => nameOnServer(file, name, appName));
}
