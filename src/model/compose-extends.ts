// The services of a compose file with what they take over from others of the file (`extends`), as docker runs them.
import { isMap, mapOf, servicesOf } from "./compose-file.ts";
import type { ComposeFile, Plain, PlainMap } from "./compose-file.ts";

/** What one service says replaces what the other says; all other lists are joined. */
const replaced: ReadonlySet<string> = new Set(["command", "entrypoint", "test"]);

/** Names as the keys of a map, for what may be written either way. */
function asMap(value: Plain | undefined): PlainMap | null {
  if (isMap(value)) return value;
  if (!Array.isArray(value)) return null;
  const texts = (value as readonly Plain[]).filter((one) => typeof one === "string");
  return Object.fromEntries(texts.map((text) => [text, null]));
}

function merged(key: string, base: Plain | undefined, own: Plain | undefined): Plain {
  if (own === undefined) return base ?? null;
  if (base === undefined || replaced.has(key)) return own;
  if (Array.isArray(base) && Array.isArray(own)) {
    return [...(base as readonly Plain[]), ...(own as readonly Plain[])];
  }
  const [of, with_] = [asMap(base), asMap(own)];
  if (of === null || with_ === null) return own;
  return mergedMap(of, with_);
}

function mergedMap(base: PlainMap, own: PlainMap): PlainMap {
  const keys = [...new Set([...Object.keys(base), ...Object.keys(own)])];
  return Object.fromEntries(keys.map((key) => [key, merged(key, base[key], own[key])]));
}

/** The service of this file that another one extends; null: none, or one of another file. */
function extendedBy({ extends: given }: PlainMap): string | null {
  if (typeof given === "string") return given;
  const { file, service } = mapOf(given);
  return file === undefined && typeof service === "string" ? service : null;
}

/** By name, in the order of the file. Circles end where they close. */
export function extendedServices(file: ComposeFile): readonly (readonly [string, PlainMap])[] {
  const services = new Map(servicesOf(file));
  const whole = (service: PlainMap, seen: ReadonlySet<string>): PlainMap => {
    const name = extendedBy(service);
    const base = name === null || seen.has(name) ? undefined : services.get(name);
    if (name === null || base === undefined) return service;
    return mergedMap(whole(base, new Set([...seen, name])), service);
  };
  return [...services].map(([name, service]) => [name, whole(service, new Set([name]))]);
}
