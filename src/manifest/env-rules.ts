// What Dokploy would take as environment variables and break on: it keeps them as one dotenv text and
// resolves `${{…}}` in them, one step deep, when it deploys. Messages never show values.
import { hasBrokenVault, withoutVaults } from "../model/server-names.ts";
import { isWritableEnvName, isWritableEnvValue } from "../model/env-text.ts";

export interface EnvProblem {
  readonly key: string;
  readonly message: string;
  readonly hint: string | null;
  /** The key itself is wrong, not its value. */
  readonly on?: "key";
}

type Variables = Readonly<Record<string, string>>;

/** Dokploy's own references, resolved when it deploys. */
export const dokployReference = /\$\{\{(.*?)\}\}/g;

/** Problems of keys and values alike, in a service's env and in a project's variables. */
function checkEntries(env: Variables): readonly EnvProblem[] {
  const problems: EnvProblem[] = [];
  for (const [key, value] of Object.entries(env)) {
    if (!isWritableEnvName(key)) {
      const message = "is not a name that Dokploy can keep: only A-Z, a-z, 0-9, _ . and -";
      const hint = "with such a key Dokploy drops the whole environment";
      problems.push({ key, message, hint, on: "key" });
    }
    if (!isWritableEnvValue(value)) {
      const carriage = value.includes("\r");
      const message = carriage
        ? "holds a carriage return, which Dokploy cannot keep"
        : "cannot be kept by Dokploy: no quote can hold it";
      const hint = carriage
        ? "write line ends as \\n"
        : "it holds all of ', ` and \" and needs one of them; mount it as a file instead";
      problems.push({ key, message, hint });
    }
  }
  return problems;
}

function checkVaults(key: string, value: string): readonly EnvProblem[] {
  if (!hasBrokenVault(value)) return [];
  const message = "holds a `${{vault.…}}` that Dokploy does not know";
  const hint = "write ${{vault.PROVIDER.SECRET}}, with the provider's name in Dokploy";
  return [{ key, message, hint }];
}

/** What a build gets: Dokploy's secrets providers may be in it, its own references may not. */
export function checkBuildVariables(variables: Variables): readonly EnvProblem[] {
  const problems: EnvProblem[] = [];
  for (const [key, value] of Object.entries(variables)) {
    const broken = checkVaults(key, value);
    problems.push(...broken);
    if (broken.length === 0) problems.push(...checkVariables({ [key]: withoutVaults(value) }));
  }
  return problems;
}

export function checkVariables(variables: Variables): readonly EnvProblem[] {
  const problems = [...checkEntries(variables)];
  for (const [key, value] of Object.entries(variables)) {
    if (value.includes("${{vault.")) {
      const message = "holds `${{vault.…}}`, which stands in the `env` of services only";
      problems.push({ key, message, hint: "write it in each service that needs it" });
    } else if (value.includes("${{")) {
      const message = "holds `${{…}}`, which Dokploy resolves only in a service's own env";
      problems.push({ key, message, hint: "use Capstan's own references, $(…)" });
    }
  }
  return problems;
}

/** `variables` are the project's; null where they are not known, and what refers to them is not judged. */
export function checkEnv(env: Variables, variables: Variables | null): readonly EnvProblem[] {
  const problems = [...checkEntries(env)];
  for (const [key, value] of Object.entries(env)) {
    for (const [, path = ""] of value.matchAll(dokployReference)) {
      const found = checkReference(path, env, variables);
      if (found !== null) problems.push({ key, ...found });
    }
    problems.push(...checkVaults(key, value));
  }
  return problems;
}

function checkReference(
  path: string,
  env: Variables,
  variables: Variables | null,
): { readonly message: string; readonly hint: string | null } | null {
  if (path.startsWith("vault.")) return null;
  const spaces = path !== path.trim() ? "write it without spaces inside the braces" : null;
  if (path.startsWith("project.")) {
    const name = path.slice("project.".length);
    if (variables === null || Object.hasOwn(variables, name)) return null;
    const message = "refers with `${{project.…}}` to a variable that the stack does not have";
    return { message, hint: spaces ?? "add it under spec.variables" };
  }
  if (path.startsWith("environment.")) {
    const message = "refers with `${{environment.…}}` to variables that Capstan does not manage";
    return { message, hint: "use spec.variables and ${{project.NAME}}" };
  }
  if (!Object.hasOwn(env, path)) {
    const message = "holds a `${{…}}` that Dokploy cannot resolve";
    return { message, hint: spaces ?? "with it the deployment fails; mount such text as a file" };
  }
  if ((env[path] ?? "").includes("${{")) {
    const message = "refers to a variable that holds a `${{…}}` itself; Dokploy resolves one step";
    return { message, hint: "write out what that variable refers to" };
  }
  return null;
}
