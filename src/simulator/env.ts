/**
 * How Dokploy turns the text of an env field into what a container gets: comments and quotes go,
 * references to the project's and the environment's variables resolve, an unknown one fails the
 * deployment. One key outside [A-Za-z0-9_.-] makes the whole env vanish (as measured).
 */
const KEY = /^[\w.-]+$/;

export type EnvResult = { ok: true; env: string[] } | { ok: false; message: string };

export function parseEnv(text: string): Map<string, string> {
  const out = new Map<string, string>();
  const source = text.replaceAll("\r\n", "\n");
  let at = 0;
  while (at < source.length) {
    const lineEnd = endOfLine(source, at);
    const line = source.slice(at, lineEnd);
    const equals = line.indexOf("=");
    if (line.trim() === "" || line.trimStart().startsWith("#") || equals === -1) {
      at = lineEnd + 1;
      continue;
    }
    const key = line
      .slice(0, equals)
      .trim()
      .replace(/^export\s+/, "");
    if (!KEY.test(key)) return new Map();
    const value = readValue(source, at + equals + 1);
    out.set(key, value.text);
    at = value.next;
  }
  return out;
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf("\n", from);
  return end === -1 ? source.length : end;
}

/** A quoted value may span lines; an unquoted one ends at a `#` or at the end of its line. */
function readValue(source: string, from: number): { text: string; next: number } {
  let start = from;
  while (source[start] === " " || source[start] === "\t") start++;
  const quote = source[start];
  if (quote === '"' || quote === "'" || quote === "`") {
    const close = source.indexOf(quote, start + 1);
    if (close !== -1) {
      const inner = source.slice(start + 1, close);
      const text = quote === '"' ? inner.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : inner;
      return { text, next: endOfLine(source, close) + 1 };
    }
  }
  const end = endOfLine(source, from);
  const raw = source.slice(from, end);
  const comment = raw.indexOf("#");
  return { text: (comment === -1 ? raw : raw.slice(0, comment)).trim(), next: end + 1 };
}

export function resolveEnv(
  service: string | null,
  project: string,
  environment: string,
): EnvResult {
  const own = parseEnv(service ?? "");
  const ofProject = parseEnv(project);
  const ofEnvironment = parseEnv(environment);
  const env: string[] = [];
  for (const [key, raw] of own) {
    let unknown: string | undefined;
    const value = raw.replace(/\$\{\{(.*?)\}\}/g, (_match, reference: string) => {
      const found = lookUp(reference, own, ofProject, ofEnvironment);
      if (!found.ok) unknown ??= found.message;
      return found.ok ? found.value : "";
    });
    if (unknown !== undefined) return { ok: false, message: unknown };
    env.push(`${key}=${value}`);
  }
  return { ok: true, env };
}

function lookUp(
  reference: string,
  own: Map<string, string>,
  project: Map<string, string>,
  environment: Map<string, string>,
): { ok: true; value: string } | { ok: false; message: string } {
  const [scope, name] = reference.startsWith("project.")
    ? (["project", reference.slice("project.".length)] as const)
    : reference.startsWith("environment.")
      ? (["environment", reference.slice("environment.".length)] as const)
      : (["service", reference] as const);
  const found = { project, environment, service: own }[scope].get(name);
  if (found !== undefined) return { ok: true, value: found };
  const messages = {
    project: `Invalid project environment variable: project.${name}`,
    environment: `Invalid environment variable: environment.${name}`,
    service: `Invalid service environment variable: ${name}`,
  };
  return { ok: false, message: messages[scope] };
}
