// What a name would become: the stack that the template makes of it, without loading all other stacks.
// Quick enough to be asked while somebody types.
import { domainsOf } from "../../model/children.ts";
import type { DesiredStack, Problem } from "../../model/desired.ts";
import { loadManifests } from "../../manifest/load.ts";
import type { Desired, LoadedPolicies, LoadInput, TemplateInfo } from "../../manifest/load.ts";
import { onlyDokploy } from "../../model/dokploys.ts";
import type { Person } from "../../model/person.ts";
import type { SourceTree } from "../../ports.ts";
import type { ManifestOptions } from "../state/load-tree.ts";
import { treeWith } from "../state/tree-with.ts";
import { portalManifest } from "./manifest-text.ts";
import type { ParameterValue } from "./manifest-text.ts";

/** What stands in for each secret: only names, hosts and projects are looked at. */
const anySecret = "a-value-that-is-not-read-here";

export interface Candidate {
  /** Null when the name, or the template, cannot be used. */
  readonly stack: DesiredStack | null;
  readonly problems: readonly Problem[];
  /** What it would need for itself alone. */
  readonly claims: Desired["claims"];
}

/** A value for each parameter that has none of its own. */
function standIns({ parameters }: TemplateInfo): Readonly<Record<string, ParameterValue>> {
  const missing = parameters.filter(({ required, fallback }) => required && fallback === null);
  return Object.fromEntries(
    missing.map(({ name, type, allowed }) => {
      const byType = type === "string" ? "x" : type === "boolean" ? false : 1;
      return [name, allowed?.[0] ?? byType];
    }),
  );
}

/**
 * The stack that a manifest makes, with the template and without all other stacks: what it shares with those
 * is in its claims. Pure.
 */
export function candidateFrom(
  tree: SourceTree,
  template: TemplateInfo,
  name: string,
  file: { readonly path: string; readonly text: string },
  options: CandidateOptions,
): Candidate {
  const own = tree.files.filter(
    ({ path }) => path === template.place.file || !/\.ya?ml$/i.test(path),
  );
  const { path, text } = file;
  const { stacks, problems, claims } = loadManifests({
    tree: { ...treeWith({ ...tree, files: own }, [{ path, content: text }]), unreadable: [] },
    root: options.stacksPath,
    variables: options.variables,
    secret: () => anySecret,
    reservedNames: options.reservedNames,
    hasher: options.hasher,
    dokploys: options.dokploys ?? onlyDokploy,
    ...policiesFor(name, options.policies),
  });
  const stack = stacks.find((one) => one.name === name) ?? null;
  return { stack, problems: problems.filter((problem) => problem.stack === name), claims };
}

export interface CandidateOptions extends Pick<
  ManifestOptions,
  "stacksPath" | "variables" | "reservedNames" | "hasher" | "dokploys"
> {
  /** Those of the branch; absent: it is judged by none. */
  readonly policies?: LoadedPolicies | undefined;
}

/** The policies that a new stack is judged by, with what all others ask for. */
function policiesFor(
  name: string,
  policies: LoadedPolicies | undefined,
): Pick<LoadInput, "policies"> {
  if (policies === undefined) return {};
  const others = policies.asked.filter((one) => one.name !== name);
  return { policies: { judgedBy: policies.judged, others } };
}

/** Who asks, and the file that the manifest would be in. */
export interface CandidateFor {
  readonly path: string;
  readonly owner: Pick<Person, "id" | "name">;
}

/** The stack of that name with the template's own values. Pure. */
export function candidateOf(
  tree: SourceTree,
  template: TemplateInfo,
  name: string,
  options: CandidateOptions,
  { path, owner }: CandidateFor = {
    path: `${options.stacksPath === "" ? "" : `${options.stacksPath}/`}zz-candidate.yaml`,
    owner: { id: "nobody", name: "nobody" },
  },
): Candidate {
  const text = portalManifest(name, template.name, standIns(template), owner);
  return candidateFrom(tree, template, name, { path, text }, options);
}

/** Rules whose verdict depends on the name and the person alone, whatever parameters are chosen. */
const ofTheName: ReadonlySet<string> = new Set([
  "names",
  "projects",
  "hosts",
  "owners",
  "templates",
]);

/** What a policy has against the stack as far as that is known before parameters are chosen; null: nothing. */
export function refusalOf(template: TemplateInfo, { problems }: Candidate): Problem | null {
  const isGuess = Object.keys(standIns(template)).length > 0;
  const found = problems.find(
    ({ policy }) => policy !== undefined && (!isGuess || ofTheName.has(policy.rule)),
  );
  return found ?? null;
}

/** Where people reach it; null without a domain. */
export function addressOf(stack: DesiredStack): string | null {
  const [domain] = stack.services.flatMap(domainsOf);
  if (domain === undefined) return null;
  const { https, host, path } = domain;
  return `${https ? "https" : "http"}://${host}${path === "/" ? "" : path}`;
}

/** `.ai.example.com` where the template gives each name its own host below it; null elsewhere. */
export function suffixOf(candidate: DesiredStack): string | null {
  const [domain] = candidate.services.flatMap(domainsOf);
  return domain?.host.startsWith(`${candidate.name}.`) === true
    ? domain.host.slice(candidate.name.length)
    : null;
}
