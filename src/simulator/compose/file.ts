/** A compose file as docker reads it: parsed, merged, with variables filled in. */
import { parse, stringify } from "yaml";

export interface ComposeService {
  image?: string;
  command?: string | string[];
  restart?: string;
  container_name?: string;
  profiles?: string[];
  labels?: Record<string, string> | string[];
  environment?: unknown;
  healthcheck?: { test?: string | string[]; disable?: boolean };
  networks?: string[] | Record<string, unknown>;
  scale?: number;
  deploy?: {
    replicas?: number;
    labels?: Record<string, string> | string[];
    restart_policy?: { condition?: string };
    update_config?: { order?: string; failure_action?: string };
  };
  [key: string]: unknown;
}

export interface ComposeFile {
  services?: Record<string, ComposeService>;
  volumes?: Record<string, { name?: string; external?: boolean } | null>;
  networks?: Record<string, unknown>;
  [key: string]: unknown;
}

/** As Dokploy reads it: merge keys stay keys. Throws what the parser throws. */
export function parseFile(text: string): ComposeFile | null {
  return parse(text, { maxAliasCount: 10_000 }) as ComposeFile | null;
}

/** As Dokploy writes it. */
export function writeFile(file: ComposeFile): string {
  return stringify(file, { lineWidth: 1000 });
}

/** As docker reads what Dokploy wrote. Throws for a variable that must be set and is not. */
export function readByDocker(text: string, env: ReadonlyMap<string, string>): ComposeFile {
  const file = parse(text, { maxAliasCount: 10_000, merge: true }) as ComposeFile;
  return filled(file, env) as ComposeFile;
}

function filled(value: unknown, env: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return interpolate(value, env);
  if (Array.isArray(value)) return value.map((one) => filled(one, env));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, env)]));
}

const VARIABLE = /\$(?:\$|(\w+)|\{(\w+)(?:(:?[-?+])((?:[^{}]|\{[^{}]*\})*))?\})/g;

export function interpolate(text: string, env: ReadonlyMap<string, string>): string {
  return text.replaceAll(VARIABLE, (...found: (string | undefined)[]) => {
    const [whole, bare, braced, how, rest] = found;
    return whole === "$$" ? "$" : valueOf(bare ?? braced ?? "", how ?? "", rest ?? "", env);
  });
}

function valueOf(
  name: string,
  how: string,
  rest: string,
  env: ReadonlyMap<string, string>,
): string {
  const value = env.get(name);
  const isSet = value !== undefined && (value !== "" || !how.startsWith(":"));
  switch (how.at(-1)) {
    case "-":
      return isSet ? value : interpolate(rest, env);
    case "+":
      return isSet ? interpolate(rest, env) : "";
    case "?":
      if (!isSet) throw new Error(`required variable ${name} is missing a value: ${rest}`);
      return value;
    default:
      return value ?? "";
  }
}

/** `labels` and the like, written as a map or as a list of `name=value`. */
export function entriesOf(given: unknown): Record<string, string> {
  if (Array.isArray(given)) {
    return Object.fromEntries(
      given.map((line: unknown) => {
        const [name = "", ...rest] = String(line).split("=");
        return [name, rest.join("=")];
      }),
    );
  }
  if (typeof given !== "object" || given === null) return {};
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value === null ? "" : String(value)]),
  );
}

/** The services that `up` starts: those of a profile only when that is asked for, which Dokploy never does. */
export function startedServices(file: ComposeFile): [name: string, service: ComposeService][] {
  return Object.entries(file.services ?? {}).filter(
    ([, { profiles }]) => profiles === undefined || profiles.length === 0,
  );
}

export function commandOf({ command }: ComposeService): string {
  return Array.isArray(command) ? command.join(" ") : (command ?? "");
}
