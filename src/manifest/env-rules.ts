// What Dokploy would take as environment variables and break on: it keeps them as one dotenv text and
// resolves `${{…}}` in them, one step deep, when it deploys. Messages never show values.

export interface EnvProblem {
  readonly key: string;
  readonly message: string;
  readonly hint: string | null;
}

type Variables = Readonly<Record<string, string>>;

const keyPattern = /^[A-Za-z0-9_.-]+$/;
const dokployReference = /\$\{\{(.*?)\}\}/g;

/**
 * Whether dotenv reads the value back exactly, bare or in one of its quotes. A backslash before the
 * closing quote would swallow it, and double quotes turn `\n` into a line break.
 */
export function canBeWritten(value: string): boolean {
  if (value.includes("\r") || value.includes("\0")) return false;
  if (/^(?:[^\s#'"`](?:[^#\n]*[^\s#])?)?$/.test(value)) return true;
  if (value.endsWith("\\")) return false;
  if (!value.includes("'") || !value.includes("`")) return true;
  return !value.includes('"') && !/\\[nr]/.test(value);
}

/** Problems of keys and values alike, in a service's env and in a project's variables. */
function checkEntries(env: Variables): readonly EnvProblem[] {
  const problems: EnvProblem[] = [];
  for (const [key, value] of Object.entries(env)) {
    if (!keyPattern.test(key)) {
      const message = "is no name that Dokploy can keep: only A-Z, a-z, 0-9, _ . and -";
      problems.push({ key, message, hint: "with such a key Dokploy drops the whole environment" });
    }
    if (!canBeWritten(value)) {
      const message = value.includes("\r")
        ? "holds a carriage return, which Dokploy cannot keep"
        : "cannot be kept by Dokploy: no quote can hold it";
      const hint =
        "avoid mixing ' with ` and with \", and a backslash at the end; or mount it as a file";
      problems.push({ key, message, hint: value.includes("\r") ? "write line ends as \\n" : hint });
    }
  }
  return problems;
}

export function checkVariables(variables: Variables): readonly EnvProblem[] {
  const problems = [...checkEntries(variables)];
  for (const [key, value] of Object.entries(variables)) {
    if (value.includes("${{")) {
      const message = "holds `${{…}}`, which Dokploy resolves only in a service's own env";
      problems.push({ key, message, hint: "use Capstan's own references, $(…)" });
    }
  }
  return problems;
}

export function checkEnv(env: Variables, variables: Variables): readonly EnvProblem[] {
  const problems = [...checkEntries(env)];
  for (const [key, value] of Object.entries(env)) {
    for (const [, path = ""] of value.matchAll(dokployReference)) {
      const found = checkReference(path, env, variables);
      if (found !== null) problems.push({ key, ...found });
    }
    if (value.includes("${{vault.")) {
      const message = "refers to a vault, which Capstan cannot check";
      problems.push({ key, message, hint: "use $(secrets.name)" });
    }
  }
  return problems;
}

function checkReference(
  path: string,
  env: Variables,
  variables: Variables,
): { readonly message: string; readonly hint: string | null } | null {
  if (path.startsWith("vault.")) return null;
  const spaces = path !== path.trim() ? "write it without spaces inside the braces" : null;
  if (path.startsWith("project.")) {
    const name = path.slice("project.".length);
    if (Object.hasOwn(variables, name)) return null;
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
