// Resolves `$(secrets.name)` from the files of SECRETS_DIR, then from SECRET_… variables. Values are read
// when asked for, kept nowhere, and shown in no error.
import { createHash } from "node:crypto";
import { CapstanError } from "../lib/errors.ts";
import { secretName } from "../model/secret-name.ts";
import type { Secrets } from "../ports.ts";
import { listSecretFiles, readSecretFile, stampOf } from "./secret-files.ts";

export interface SecretsOptions {
  /** The environment, or only its SECRET_… variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** SECRETS_DIR; null without one. */
  readonly dir: string | null;
}

const prefix = "SECRET_";

/** Throws nothing itself; the methods say `invalid` for names that meet in one source. */
export function createSecrets({ env, dir }: SecretsOptions): Secrets {
  const variables = Object.keys(env)
    .filter((name) => name.startsWith(prefix) && name.length > prefix.length)
    .filter((name) => env[name] !== undefined)
    .sort();

  const files = async () => (dir === null ? [] : await listSecretFiles(dir));

  return {
    async get(name) {
      const wanted = secretName(name);
      const inFolder = (await files()).filter((file) => secretName(file.name) === wanted);
      const file = only(inFolder, (one) => one.name, "files in SECRETS_DIR");
      if (file !== null) return await readSecretFile(file);
      const inEnv = variables.filter((variable) => nameOf(variable) === wanted);
      const variable = only(inEnv, (one) => one, "variables");
      return variable === null ? null : (env[variable] ?? null);
    },
    async names() {
      const named = (await files()).map((file) => secretName(file.name));
      return [...new Set([...named, ...variables.map(nameOf)])].sort();
    },
    async version() {
      const names = createHash("sha256").update(variables.join("\n")).digest("hex");
      return `${stampOf(await files()).slice(0, 16)}-${names.slice(0, 16)}`;
    },
  };
}

function nameOf(variable: string): string {
  return secretName(variable.slice(prefix.length));
}

function only<T>(found: readonly T[], spelling: (one: T) => string, what: string): T | null {
  if (found.length > 1) {
    const names = found.map(spelling).sort().join(" and ");
    throw new CapstanError("invalid", `the ${what} ${names} are one secret's name`, {
      hint: "names of secrets ignore case, and `_`, `-` and `.` are the same: remove all but one",
    });
  }
  return found[0] ?? null;
}
