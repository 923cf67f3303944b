// The ports of the server that the services of a compose file take.
import { mapOf, servicesOf } from "../../model/compose-file.ts";
import type { ComposeFile, Plain } from "../../model/compose-file.ts";
import { filledIn } from "../../model/compose-variables.ts";
import type { Path } from "../tree.ts";

export interface Published {
  readonly port: number;
  readonly protocol: string;
  /** Where it stands in the file. */
  readonly path: Path;
}

/** More than this of one entry are not told apart. */
const longestRange = 100;

function range(text: string): readonly number[] {
  const [from = NaN, to = from] = text.split("-").map(Number);
  if (!Number.isInteger(from) || !Number.isInteger(to) || to < from) return [];
  return Array.from({ length: Math.min(to - from + 1, longestRange) }, (_, index) => from + index);
}

/** `8080:80`, `127.0.0.1:8080:80/tcp`, `53:53/udp`; a port of the container alone takes a free one. */
function ofText(text: string): { readonly published: string; readonly protocol: string } | null {
  const [ports = "", protocol = "tcp"] = text.split("/");
  const parts = ports.replace(/^\[[^\]]*\]:/, "ip:").split(":");
  const published = parts.at(-2);
  return published === undefined ? null : { published, protocol };
}

function ofEntry(entry: Plain): ReturnType<typeof ofText> {
  if (typeof entry === "string") return ofText(entry);
  const { published, protocol } = mapOf(entry);
  const text = typeof published === "number" ? String(published) : published;
  if (typeof text !== "string") return null;
  return { published: text, protocol: typeof protocol === "string" ? protocol : "tcp" };
}

export function publishedPorts(
  file: ComposeFile,
  env: Readonly<Record<string, string>>,
): readonly Published[] {
  return servicesOf(mapOf(filledIn(file, env))).flatMap(([name, { ports }]) => {
    const list: readonly Plain[] = Array.isArray(ports) ? (ports as readonly Plain[]) : [];
    return list.flatMap((entry, index) => {
      const found = ofEntry(entry);
      if (found === null) return [];
      const path = ["services", name, "ports", index];
      return range(found.published).map((port) => ({ port, protocol: found.protocol, path }));
    });
  });
}
