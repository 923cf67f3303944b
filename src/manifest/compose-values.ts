// Short forms of Compose taken apart, and shown as a manifest writes them.
import { stringify } from "yaml";
import type { TreeNode } from "./tree.ts";

const longestShown = 240;

/** A tree as it is written: references unresolved, secrets never. */
export function plainOf(node: TreeNode | undefined): unknown {
  switch (node?.kind) {
    case undefined:
      return undefined;
    case "scalar":
      if (node.parts !== null) {
        const texts = node.parts.map((part) =>
          part.kind === "text" ? part.text : `$(${part.path})`,
        );
        return texts.join("");
      }
      return node.secret ? (node.written ?? "…") : node.value;
    case "list":
      return node.items.map(plainOf);
    case "map":
      return Object.fromEntries(
        [...node.entries].map(([key, { node: one }]) => [key, plainOf(one)]),
      );
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

/** On one line: `{ published: 80, target: 80 }`. */
export function show(value: unknown): string {
  const text = stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();
  return text.length > longestShown ? `${text.slice(0, longestShown - 1)}…` : text;
}

/** `env` of a list (`A=1`; `A` alone is the shell's) or of a map; null where it is neither. */
export function envOf(value: unknown): Readonly<Record<string, unknown>> | null {
  if (isRecord(value)) return value;
  if (!Array.isArray(value)) return null;
  return Object.fromEntries(
    value.map((one: unknown) => {
      const text = typeof one === "string" ? one : isRecord(one) ? pairOf(one) : String(one);
      const at = text.indexOf("=");
      return at === -1 ? [text, `$(env.STACK_${text})`] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** `- A: 1`, a list of maps of one. */
function pairOf(map: Readonly<Record<string, unknown>>): string {
  const [first] = Object.entries(map);
  return first === undefined ? "" : `${first[0]}=${String(first[1])}`;
}

/** `80:80`, `127.0.0.1:53:53/udp`, `8080`; null where it is none of them. */
export function portOf(value: unknown): unknown {
  const form = /^(?:.*:)?(?:(\d+):)?(\d+)(?:\/(tcp|udp))?$/.exec(String(value));
  if (form === null) return null;
  const [, published, target, protocol] = form;
  return {
    published: Number(published ?? target),
    target: Number(target),
    ...(protocol === "udp" ? { protocol } : {}),
  };
}

/** `data:/var/lib/data`, `./app.conf:/etc/app.conf:ro`, `/srv:/srv`; null where it is none of them. */
export function mountOf(value: unknown): unknown {
  if (isRecord(value)) return { type: value.type, source: value.source, target: value.target };
  const form = /^([^:]+):(\/[^:]*)(?::[a-z,]+)?$/i.exec(String(value));
  if (form === null) return null;
  const [, source = "", target] = form;
  const type = source.startsWith("/") ? "bind" : /^[.~]/.test(source) ? "file" : "volume";
  return { type, source, target };
}

/** Compose's 512M is 512 MiB, which a manifest calls 512Mi. */
export function memoryOf(value: unknown): unknown {
  const form = /^(\d+(?:\.\d+)?)([kmg])b?$/i.exec(String(value));
  if (form === null) return value;
  return `${form[1] ?? ""}${(form[2] ?? "").toUpperCase()}i`;
}
