// Replaces references in two steps. `substitute` fills in the stack's name and the template's parameters
// before merging; `finish` resolves what the merged result still needs, so that a value which was
// overridden is never asked for.
import { isCapstanError } from "../lib/errors.ts";
import type { Place } from "../model/desired.ts";
import { managedName, secretName, secretVariable } from "../model/secret-name.ts";
import type { Budget } from "./budget.ts";
import { shorten } from "./parse.ts";
import { wholeReference } from "./references.ts";
import type { Report } from "./report.ts";
import type { ReferencedValue, ServiceReferences } from "./service-references.ts";
import { didYouMean } from "./suggest.ts";
import { mapScalars, scalar, scalars } from "./tree.ts";
import type { Part, ScalarNode, TreeNode } from "./tree.ts";

export interface SubstituteScope {
  readonly name: string;
  /** null: there is no template. A parameter that is null was not given and has no default. */
  readonly parameters: ReadonlyMap<string, TreeNode | null> | null;
  readonly report: Report;
  readonly budget: Budget;
}

/** The tree with `$(name)` and `$(parameters.x)` filled in; null when the whole of it vanished. */
export function substitute(node: TreeNode, scope: SubstituteScope): TreeNode | null {
  return mapScalars(node, (found) => {
    if (!scope.budget.spend(1)) return null;
    if (found.parts === null) return found;
    const whole = wholeReference(found);
    if (whole?.startsWith("parameters.") === true) {
      const value = parameter(whole, found, scope);
      if (value === undefined) return found;
      if (value !== null && !spendTree(value, scope.budget)) return null;
      return value;
    }
    const parts: Part[] = [];
    const secretNames = new Set(found.secretNames);
    for (const part of found.parts) {
      if (part.kind === "text") parts.push(part);
      else if (part.path === "name") parts.push({ kind: "text", text: scope.name });
      else if (part.path.startsWith("parameters.")) {
        const value = parameter(part.path, found, scope);
        if (value === undefined) return found;
        if (value === null) continue;
        if (value.kind !== "scalar") {
          const message = `\`$(${part.path})\` is a ${value.kind} and cannot stand inside a text`;
          scope.report.add(found.place, message, "let it be the whole value", scope.name);
          continue;
        }
        for (const one of value.secretNames) secretNames.add(one);
        if (!spendTree(value, scope.budget)) return null;
        for (const piece of value.parts ?? [{ kind: "text" as const, text: spell(value) }]) {
          parts.push(piece);
        }
      } else parts.push(part);
    }
    return joined({ ...found, secretNames: [...secretNames] }, parts);
  });
}

function spendTree(node: TreeNode, budget: Budget): boolean {
  for (const { node: found } of scalars(node)) {
    const parts = found.parts?.length ?? 1;
    if (!budget.spend(parts + found.spelling.length)) return false;
  }
  return true;
}

function spell(node: ScalarNode): string {
  return typeof node.value === "string" ? node.value : node.spelling;
}

function parameter(
  path: string,
  node: ScalarNode,
  scope: SubstituteScope,
): TreeNode | null | undefined {
  const name = path.slice("parameters.".length);
  const value = scope.parameters?.get(name);
  if (value !== undefined) return value;
  if (scope.parameters === null) {
    const message = `\`$(${path})\` needs a template`;
    scope.report.add(
      node.place,
      message,
      "only a stack with a template has parameters",
      scope.name,
    );
  } else {
    const hint = didYouMean(name, scope.parameters.keys());
    scope.report.add(node.place, `the template has no parameter \`${name}\``, hint, scope.name);
  }
  return undefined;
}

/** A scalar of parts, final as soon as none of them is a reference. */
function joined(node: ScalarNode, parts: readonly Part[]): ScalarNode {
  if (parts.some(({ kind }) => kind === "reference"))
    return { ...node, parts, secret: node.secretNames.length > 0 };
  const text = parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
  return scalar(text, node.place, node.secretNames);
}

export interface FinishScope {
  readonly stack: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly secret: (name: string) => string | null;
  /** The services of the same environment; null: not to be named here. */
  readonly services: ServiceReferences | null;
  /** Called with each service that is named, what of it, and where. */
  readonly named?: (service: string, attribute: string, place: Place) => void;
  /** Called with each secret and each environment variable that is read, and where. */
  readonly used?: (what: "secrets" | "variables", name: string, place: Place) => void;
  readonly report: Report;
  readonly budget: Budget;
}

/** The tree with every reference resolved; unknown ones are told and stay as they are. */
export function finish(node: TreeNode, scope: FinishScope): TreeNode {
  const finished = mapScalars(node, (found) => {
    if (!scope.budget.spend(1)) return null;
    if (found.parts === null) return found;
    const secretNames = new Set(found.secretNames);
    const texts: string[] = [];
    for (const part of found.parts) {
      const value = part.kind === "text" ? plain(part.text) : lookUp(part.path, found, scope);
      // Left as it is, so that nothing else is said of it.
      if (value === null) return found;
      const { text } = value;
      for (const name of value.secretNames) secretNames.add(name);
      if (!scope.budget.spend(text.length)) return null;
      texts.push(text);
    }
    const text = scalar(texts.join(""), found.place, [...secretNames].sort());
    if (!text.secret) return text;
    const written = found.parts.map((part) =>
      part.kind === "text" ? part.text : `$(${part.path})`,
    );
    return { ...text, written: written.join("") };
  });
  return finished ?? node;
}

const plain = (text: string): ReferencedValue => ({ text, secretNames: [] });

function lookUp(path: string, node: ScalarNode, scope: FinishScope): ReferencedValue | null {
  const name = path.slice(path.indexOf(".") + 1);
  const tell: Tell = (message, hint, kind) => {
    scope.report.add(node.place, message, hint, scope.stack, kind);
    return null;
  };
  // What is wrong with the parameter has been told.
  if (path.startsWith("parameters.")) return null;
  if (path.startsWith("env.")) {
    scope.used?.("variables", name, node.place);
    const text = variable(name, scope, tell);
    return text === null ? null : plain(text);
  }
  if (path.startsWith("secrets.")) {
    scope.used?.("secrets", name, node.place);
    const text = secretValue(name, scope, tell);
    return text === null ? null : { text, secretNames: [name] };
  }
  if (path.startsWith("services.")) {
    const value = ofService(path, scope, tell);
    const [, service = "", ...rest] = path.split(".");
    // Of a compose service, one of its own stands in between.
    if (value !== null) scope.named?.(service, rest.at(-1) ?? "", node.place);
    return value;
  }
  return tell(`\`$(${shorten(path)})\` cannot be used here`, null);
}

const joinNetwork =
  "in the compose file give it `networks: [dokploy-network]`, and the file `networks: { dokploy-network: { external: true } }`";
const leaveIsolated =
  "take `isolated: true` off the compose service, or join the network in its file";

type Tell = (message: string, hint: string | null, kind?: "outage" | "follows") => null;

function ofService(path: string, scope: FinishScope, tell: Tell): ReferencedValue | null {
  const [, service = "", ...rest] = path.split(".");
  const attribute = rest.join(".");
  if (scope.services === null) {
    const hint = "only a service's own fields may name another";
    return tell(`\`$(${path})\` cannot be used here`, hint);
  }
  const answer = scope.services.get(service, attribute);
  switch (answer.kind) {
    case "value":
      return answer;
    case "no-service": {
      const message = `\`$(${path})\`: this environment has no service \`${service}\``;
      return tell(message, didYouMean(service, scope.services.names));
    }
    case "no-attribute": {
      const message = `\`$(${path})\`: \`${service}\` has no ${attribute}`;
      const { known } = answer;
      return tell(message, known.length === 0 ? null : `it has ${known.join(", ")}`);
    }
    case "which-part": {
      const message = `\`$(${path})\`: \`${service}\` is a compose file, and each of its services has a host of its own`;
      const ways = answer.known.map((part) => `$(services.${service}.${part}.host)`);
      return tell(message, ways.length === 0 ? joinNetwork : `write ${ways.join(" or ")}`);
    }
    case "no-part": {
      const { part, known } = answer;
      const message = `\`$(${path})\`: the compose file of \`${service}\` has no service \`${part}\``;
      return tell(message, didYouMean(part, known) ?? `it has ${known.join(", ")}`);
    }
    case "unreachable": {
      const message = `\`$(${path})\`: \`${answer.part}\` is not on dokploy-network, where the others would find it`;
      return tell(message, answer.isolated ? leaveIsolated : joinNetwork);
    }
    case "circle":
      return tell(`\`$(${path})\` leads back to itself`, null);
    case "broken":
      // Told where it stands, or by the schema.
      return tell(
        `\`$(${path})\` cannot be resolved: \`${service}\` has problems`,
        null,
        "follows",
      );
  }
}

function variable(name: string, scope: FinishScope, tell: Tell): string | null {
  const value = Object.hasOwn(scope.variables, name) ? scope.variables[name] : undefined;
  // Where logs go is optional: without it nothing is shipped.
  if (name === "LOG_INGEST_URL") return value ?? "";
  if (!name.startsWith("STACK_")) {
    return tell(
      `\`$(env.${name})\` cannot be read`,
      "only variables that begin with STACK_, and LOG_INGEST_URL; secrets are $(secrets.name)",
    );
  }
  if (value !== undefined) return value;
  return tell(
    `the environment variable ${name} is not set`,
    didYouMean(name, Object.keys(scope.variables)) ??
      `set ${name} where Capstan runs (in CI: in the job's env)`,
  );
}

function secretValue(name: string, scope: FinishScope, tell: Tell): string | null {
  let value: string | null;
  try {
    value = scope.secret(name) ?? scope.secret(secretName(name));
  } catch (error) {
    if (!isCapstanError(error)) throw error;
    const message = `the secret \`${name}\` cannot be read: ${error.message}`;
    return tell(message, error.hint ?? null, error.retryable ? "outage" : undefined);
  }
  if (value !== null) return value;
  return tell(
    `there is no secret \`${name}\``,
    managedName(name) === null
      ? `encrypt it in a *.sops.yaml in the manifest's folder or above, put a file \`${name}\` into SECRETS_DIR, or set ${secretVariable(name)}`
      : "add it there, or give Capstan's token the right to read it",
  );
}
