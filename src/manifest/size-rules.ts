// Sizes at which a container would not start, or a request to Dokploy would be refused. All of a service
// but its mounts, ports and domains travels in one request, and so do a project's variables and each file.
import { formatEnvText } from "../model/env-text.ts";
import type { WorkloadManifest } from "../model/manifest-workload.ts";
import { largestRequestBytes } from "../model/request-size.ts";
import { dokployReference } from "./env-rules.ts";
import type { Tell } from "./tell.ts";

type Variables = Readonly<Record<string, string>>;

/** The kernel's MAX_ARG_STRLEN, for each argument and each entry of the environment, less its last byte. */
const largestArgumentBytes = 128 * 1024 - 1;
/** Of a whole environment: arguments share what the kernel takes, which is 2 MiB as a rule. */
const largestEnvironmentBytes = 1024 * 1024;
/** What else is in a request: names of fields, description, marker, labels, limits. */
const restOfRequestBytes = 30_000;

const bytesOf = (text: string): number => Buffer.byteLength(text);
const jsonBytesOf = (value: unknown): number => bytesOf(JSON.stringify(value));

function startsNone(subject: string, bytes: number): string {
  const limit = `Linux starts no container with more than ${largestArgumentBytes} in one`;
  return `is too large: ${subject} has ${bytes} bytes, and ${limit}`;
}

const asFile = "mount it as a file instead";
const asFiles = "mount large values as files instead";

/** A problem's words where a value does not fit into a request; null where it does. */
function tooLargeToSend(bytes: number): string | null {
  if (bytes <= largestRequestBytes - restOfRequestBytes) return null;
  const limit = "it takes 1 MB in one request";
  return `is too large for Dokploy: ${limit}, and this one would have ${bytes} bytes`;
}

/** Of a mounted file's content. */
export function refuseContent(content: string): string | null {
  return tooLargeToSend(jsonBytesOf(content));
}

/** Of a project's variables: message and hint. */
export function refuseVariables(variables: Variables): readonly [string, string] | null {
  const message = tooLargeToSend(jsonBytesOf(formatEnvText(variables)));
  return message === null ? null : [message, asFiles];
}

export function checkSizes(
  manifest: WorkloadManifest,
  variables: Variables | null,
  tell: Tell,
): void {
  const { args, command, healthcheck, env } = manifest;
  const test = healthcheck?.test ?? [];
  const single = typeof test === "string" ? [[["healthcheck", "test"], test] as const] : [];
  const parts = typeof test === "string" ? [] : test;
  const words = [
    ...args.map((text, index) => [["args", index], text] as const),
    ...(command === undefined ? [] : [[["command"], command] as const]),
    ...single,
    ...parts.map((text, index) => [["healthcheck", "test", index], text] as const),
  ];
  for (const [path, text] of words) {
    const bytes = bytesOf(text);
    if (bytes > largestArgumentBytes) tell(path, startsNone("it", bytes), asFile);
  }
  checkEnvSizes(env, variables, tell);
  const envBytes = jsonBytesOf(formatEnvText(env));
  const argsBytes = jsonBytesOf(args);
  const message = tooLargeToSend(envBytes + argsBytes + jsonBytesOf([command, healthcheck]));
  if (message !== null) tell([envBytes < argsBytes ? "args" : "env"], message, asFiles, "key");
}

/** Of a command that is sent with the environment of its service. */
export function checkCommandSizes(
  words: readonly string[],
  env: Variables,
  path: readonly (string | number)[],
  tell: Tell,
): void {
  const largest = Math.max(0, ...words.map(bytesOf));
  if (largest > largestArgumentBytes) {
    tell(path, startsNone("it", largest), asFile);
    return;
  }
  const message = tooLargeToSend(jsonBytesOf(formatEnvText(env)) + jsonBytesOf(words));
  if (message !== null) tell(path, message, asFile, "key");
}

export function checkEnvSizes(env: Variables, variables: Variables | null, tell: Tell): void {
  let total = 0;
  const sizes = new Map<string, number>();
  for (const [key, value] of Object.entries(env)) {
    const bytes = bytesOf(key) + 1 + resolvedBytes(value, env, variables, sizes);
    total += bytes + 1;
    if (bytes > largestArgumentBytes) {
      tell(["env", key], startsNone(`${key}=value`, bytes), asFile);
    }
  }
  const written = Object.entries(env).reduce(
    (sum, [key, value]) => sum + key.length + value.length,
    0,
  );
  // What is too large as it is written does not fit into a request either, which is told.
  if (total <= largestEnvironmentBytes || tooLargeToSend(written) !== null) return;
  const message = `is too large: with its references resolved it has ${total} bytes, and a container gets at most ${largestEnvironmentBytes}`;
  tell(["env"], message, asFiles, "key");
}

/** Counted, not built: a thousand references to one long value are more than memory holds. */
function resolvedBytes(
  value: string,
  env: Variables,
  variables: Variables | null,
  sizes: Map<string, number>,
): number {
  let bytes = bytesOf(value);
  for (const [whole, path = ""] of value.matchAll(dokployReference)) {
    const own = Object.hasOwn(env, path) ? env[path] : undefined;
    const name = path.startsWith("project.") ? path.slice("project.".length) : null;
    const text = name === null ? own : variables?.[name];
    if (text === undefined) continue;
    const size = sizes.get(path) ?? bytesOf(text);
    sizes.set(path, size);
    bytes += size - bytesOf(whole);
  }
  return bytes;
}
