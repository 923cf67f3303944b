// Loads manifests from texts or folders with fixed variables and secrets, and shows the result as text.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createHasher } from "../../src/lib/digest.ts";
import { loadManifests } from "../../src/manifest/load.ts";
import type { Desired, LoadInput } from "../../src/manifest/load.ts";
import type { DesiredService, DesiredStack, Problem } from "../../src/model/desired.ts";
import { secretName } from "../../src/model/secret-name.ts";

export const hasher = createHasher(new Uint8Array(32).fill(7));

/** Every value is recognisable in any output. */
export const secretValue = (name: string): string => `canary-${secretName(name)}`;

export const variables = {
  STACK_IMAGE: "ghcr.io/acme/opencode:1.2.3",
  STACK_DOMAIN_SUFFIX: "ai.example.com",
  STACK_REPLICAS: "2",
  LOG_INGEST_URL: "http://logs.example.com/ingest",
};

export type Texts = Readonly<Record<string, string | Uint8Array>>;

export function load(texts: Texts, options: Partial<LoadInput> = {}): Desired {
  const files = Object.entries(texts).map(([path, text]) => ({
    path,
    content: typeof text === "string" ? new TextEncoder().encode(text) : text,
  }));
  return loadManifests({
    tree: { files, unreadable: [] },
    root: "",
    variables,
    secret: (name) => (name.startsWith("missing") ? null : secretValue(name)),
    reservedNames: ["billing"],
    hasher,
    ...options,
  });
}

/** A folder's files by their path, those that the runner itself reads left out. */
export function readFolder(folder: string, leaveOut: (path: string) => boolean): Texts {
  const texts: Record<string, Uint8Array> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name));
    if (entry.isFile() && !leaveOut(path)) texts[path] = readFileSync(join(folder, path));
  }
  return texts;
}

export function problemText({ place, message, hint, stack }: Problem): string {
  const at = `${place.file}:${place.line}:${place.column}`;
  return `${at} ${stack === null ? "" : `[${stack}] `}${message}${hint === null ? "" : ` (${hint})`}`;
}

export function resultText(desired: Desired): string {
  const names = (list: readonly string[]): string => (list.length === 0 ? "none" : list.join(", "));
  return [
    ...desired.problems.map(problemText),
    `stacks: ${names(desired.stacks.map(({ name }) => name))}`,
    `broken: ${names([...desired.brokenStacks])}`,
    `names unknown: ${desired.namesUnknown ? "yes" : "no"}`,
    "",
  ].join("\n");
}

/** The one stack of a manifest that must be valid. */
export function stackOf(desired: Desired, name?: string): DesiredStack {
  if (desired.problems.length > 0) throw new Error(resultText(desired));
  const found = desired.stacks.find((stack) => name === undefined || stack.name === name);
  if (found === undefined) throw new Error(`no stack ${name ?? ""}`);
  return found;
}

export function serviceOf(stack: DesiredStack, key: string): DesiredService {
  const found = stack.services.find((service) => service.key === key);
  if (found === undefined) throw new Error(`no service ${key}`);
  return found;
}

/** A stack with one service, its fields given as a flow map or as lines. */
export function oneService(fields: string, name = "shop"): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    "  applications:",
    "    web:",
    "      image: nginx",
    ...fields.split("\n").map((line) => `      ${line}`),
    "",
  ].join("\n");
}

/** The messages of a manifest's problems, with hints. */
export function messages(desired: Desired): readonly string[] {
  return desired.problems.map(({ message, hint }) =>
    hint === null ? message : `${message} (${hint})`,
  );
}
