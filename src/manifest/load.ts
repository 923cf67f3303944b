// From the files of one revision to what is desired and what is wrong. Pure: the same input in any order
// gives the same result, and a mistake in one manifest never reaches another.
import type { Hasher } from "../lib/digest.ts";
import type { DesiredStack, Place, Problem, SecretAsk } from "../model/desired.ts";
import type { DokployView } from "../model/dokploys.ts";
import { checkClaims, checkNeighbours } from "./claims.ts";
import type { BuiltStack, Claim } from "./claims.ts";
import { readDocuments } from "./documents.ts";
import { dokploysNamed, stacksOfDokploy } from "./dokploys.ts";
import type { FileDocuments, TemplateDocument } from "./file-documents.ts";
import { createMountedFiles, isBelow, rootOf } from "./files.ts";
import type { SourceFileInput, TreeInput, UnreadableFileInput } from "./files.ts";
import { createIgnoreRules, ignoreFileName } from "./ignore.ts";
import type { IgnoreRules } from "./ignore.ts";
import { noMemory } from "./load-memory.ts";
import type { LoadMemory } from "./load-memory.ts";
import { manifestFiles } from "./manifest-files.ts";
import { withReserved } from "./names.ts";
import type { NameRule } from "./names.ts";
import { parameterInfos } from "./parameter-info.ts";
import type { ParameterInfo } from "./parameter-info.ts";
import type { StackAsked } from "./policy/asked.ts";
import { admitDocuments, enforce, tellMisplaced } from "./policy/enforce.ts";
import { defaultPoliciesPath, findPolicies } from "./policy/find-policies.ts";
import type { PolicyFile } from "./policy/find-policies.ts";
import type { PolicySet } from "./policy/policy.ts";
import { checkTaken, previewContext, previewDocuments } from "./preview/documents.ts";
import type { PreviewLoad } from "./preview/documents.ts";
import { createReport, withoutStack } from "./report.ts";
import type { Report } from "./report.ts";
import { createSecretAsks } from "./secret-asks.ts";
import { checkSopsFiles } from "./sops-files.ts";
import { buildStack } from "./stack.ts";
import { nameHint } from "./suggest.ts";
import { readTemplate } from "./template.ts";
import type { Template } from "./template.ts";
import { tellDuplicates, uniqueStacks, withoutPreviewNames } from "./unique-stacks.ts";

export interface LoadInput {
  readonly tree: TreeInput;
  /** The stacks' folder inside the repository; "" for all of it. */
  readonly root: string;
  /** `STACK_…` and LOG_INGEST_URL of the environment. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * A secret's value, already read; null when there is none. May throw CapstanError: `invalid`, or a retryable one where
   * its source cannot be read.
   */
  readonly secret: (
    name: string,
    asker: { readonly stack: string; readonly file: string },
  ) => string | null;
  readonly reservedNames: readonly string[];
  readonly hasher: Hasher;
  /** Where only a part of the stacks was read: what to do about names that are not found in it. */
  readonly elsewhere?: string;
  /** Of the same source, for whoever loads more than once. */
  readonly memory?: LoadMemory;
  readonly policies?: PolicyOptions;
  /** Which stacks are read, where one controller has several Dokploys; absent: all. */
  readonly dokploys?: DokployView;
  /** Builds previews instead of the stacks themselves; see preview/load. */
  readonly previews?: PreviewLoad;
}

export interface PolicyOptions {
  /** POLICIES_PATH: a folder at the root of the repository and in that of the stacks. */
  readonly path?: string;
  /** POLICY_FILE; null or absent: there is none. */
  readonly file?: PolicyFile | null;
  /** Judge by these instead of the tree's own: by those of the branch that a pull request goes to (P9). */
  readonly judgedBy?: PolicySet;
  /** Stacks that are not in this tree, and count in what all ask for together. */
  readonly others?: readonly StackAsked[];
}

export interface TemplateInfo {
  readonly name: string;
  readonly place: Place;
  readonly description: string | null;
  /** For `checkName`, reserved names of the environment included. */
  readonly names: NameRule;
  /** In the order in which the template names them. */
  readonly parameters: readonly ParameterInfo[];
  /** H8; null is no limit. */
  readonly rollout: { readonly maxParallel: number | null; readonly stopOnFailure: boolean };
}

export interface Desired {
  /** The valid ones, sorted by name. */
  readonly stacks: readonly DesiredStack[];
  /** Sorted by file, line and column; what follows from another problem stands last in its file. */
  readonly problems: readonly Problem[];
  /** Where a source of secrets cannot be read: the stacks of these are broken until it can (P11). Sorted likewise. */
  readonly outages: readonly Problem[];
  /** All secrets that stacks asked for, sorted by name and stack. */
  readonly secretAsks: readonly SecretAsk[];
  /** In Git but not usable: never pruned. */
  readonly brokenStacks: ReadonlySet<string>;
  /** Not in Git although stacks that are in Git depend on them: never pruned. */
  readonly missingStacks: ReadonlySet<string>;
  /** Names that stacks in Git had before, broken ones included: their projects are not gone. */
  readonly previousNames: ReadonlySet<string>;
  /** Stacks whose manifest an ignore file leaves out, with that manifest. */
  readonly leftOut: ReadonlyMap<string, string>;
  /** A file could not be read so far that its stacks' names are known: prune nothing at all (O5). */
  readonly namesUnknown: boolean;
  /** The valid ones, sorted by name. */
  readonly templates: readonly TemplateInfo[];
  /** What stacks were judged by, and what they ask for: all that could be read, refused ones among them. */
  readonly policies: LoadedPolicies;
  /** What only one stack may have (projects, domains, ports, names, volumes), in words, and which one has it. */
  readonly claims: ReadonlyMap<string, string>;
  /** The Dokploys that stacks name, whether there are such or not. */
  readonly dokploysNamed: ReadonlySet<string>;
}

export interface LoadedPolicies {
  /** By these they were judged. */
  readonly judged: PolicySet;
  /** Those of the tree itself. */
  readonly own: PolicySet;
  /** Sorted by name. */
  readonly asked: readonly StackAsked[];
}

export function loadManifests(input: LoadInput): Desired {
  const report = createReport();
  const root = rootOf(input.root);
  const { tree } = input;
  const rules = createIgnoreRules(root, tree.files);
  const unreadable = readUnreadable(root, tree.unreadable, rules, report);
  const candidates = manifestFiles(root, tree.files, rules);
  const manifests = candidates.read.filter(
    ({ path }) => !unreadable.folders.some((folder) => isBelow(folder, path)),
  );

  const { variables, reservedNames, hasher } = input;
  const elsewhere = input.elsewhere ?? null;
  const memory = input.memory ?? noMemory(root);
  memory.begin({ root, variables, reservedNames, hasher, elsewhere });
  const readFile = (file: SourceFileInput): FileDocuments => memory.documents(file);
  const { path = defaultPoliciesPath, file = null, others = [] } = input.policies ?? {};
  const search = { tree, root, path, file, variables, report };
  const own = findPolicies({ ...search, documents: readFile });
  const judged = input.policies?.judgedBy ?? own.set;
  const documents = readDocuments(manifests, readFile, report);
  tellMisplaced(documents.policies, own, path, report);
  const admitted = admitDocuments(documents, judged, { root, report });
  const { isShared } = memory;
  const here = stacksOfDokploy(admitted.stacks, input.dokploys, { root, report, isShared });
  const broken = new Set([...admitted.broken.keys(), ...admitted.refused, ...here.broken]);
  const templates = readTemplates(admitted.templates, memory, report);
  const named = here.stacks.filter((document) => !document.unnamed);
  const alone = uniqueStacks(named, admitted.broken, broken, report);
  const { previews } = input;
  const unique =
    previews === undefined
      ? withoutPreviewNames(alone, broken, report)
      : previewDocuments(alone, previews, report);

  checkSopsFiles(root, tree.files, report);
  const built = new Map<string, BuiltStack>();
  const asks = createSecretAsks(input.secret);
  const context = {
    ...input,
    report,
    templates,
    files: createMountedFiles(root, tree.files, tree.unreadable),
    ...(input.dokploys === undefined ? {} : { dokploy: input.dokploys.own }),
    elsewhere,
  };
  for (const document of here.stacks.filter(({ unnamed }) => unnamed)) {
    buildStack(document, { ...context, ...asks.of(document), report: withoutStack(report) });
    document.release();
  }
  for (const document of unique) {
    const asking = { ...context, ...asks.of(document) };
    const own = previews === undefined ? asking : previewContext(asking, document, previews);
    const { built: result } = memory.stack(document, own, (given) => buildStack(document, given));
    document.release();
    if (result === null || document.broken) broken.add(document.name);
    else built.set(document.name, result);
  }
  const asked = [...built.values()].map((one) => one.asked);
  const made: Claim[] = [...built.values()].flatMap((one) => one.claims);
  const { refused, claims } = enforce(judged, asked, made, { root, others, report });
  for (const name of refused) broken.add(name);
  for (const name of checkClaims(claims, report)) broken.add(name);
  if (previews !== undefined) {
    for (const name of checkTaken(claims, previews, report)) broken.add(name);
  }
  const known = new Set([...built.keys(), ...broken]);
  const stacks = [...built.values()].map(({ stack }) => stack);
  const suggest = (name: string): string => {
    const at = here.elsewhere.get(name);
    if (at === undefined) return nameHint(name, "other stack", known, elsewhere);
    return `${name} is on ${at}: only stacks of the same one are waited for`;
  };
  for (const name of checkNeighbours(stacks, known, suggest, report)) broken.add(name);
  const needed = stacks.flatMap(({ dependsOn }) => dependsOn);
  // Of a broken manifest as it is written: what it renames is not to be removed (O5).
  const formerOfBroken = [...broken].flatMap((name) => documents.formerNames.get(name) ?? []);

  const all = report.sorted();

  return {
    stacks: stacks
      .filter(({ name }) => !broken.has(name))
      .sort((a, b) => compareTexts(a.name, b.name)),
    problems: all.filter(({ outage }) => outage !== true),
    outages: all.filter(({ outage }) => outage === true),
    secretAsks: asks.all(),
    brokenStacks: new Set([...broken].sort()),
    missingStacks: new Set(needed.filter((name) => !known.has(name)).sort()),
    previousNames: new Set([
      ...stacks.flatMap(({ previousName }) => previousName ?? []),
      ...formerOfBroken.flatMap((former) => former ?? []),
    ]),
    leftOut: stacksOf(candidates.leftOut, readFile),
    namesUnknown:
      documents.namesUnknown || unreadable.namesUnknown || formerOfBroken.includes(null),
    templates: templateInfos(templates, input),
    policies: {
      ...{ judged, own: own.set },
      asked: asked.sort((a, b) => compareTexts(a.name, b.name)),
    },
    claims: claimants(claims),
    dokploysNamed: dokploysNamed(admitted.stacks),
  };
}

function claimants(claims: readonly Claim[]): ReadonlyMap<string, string> {
  const holders = new Map<string, string>();
  for (const { what, stack } of claims) holders.set(what, stack);
  return holders;
}

/** The stacks of files that are not read as manifests; what is wrong in them is nobody's concern. */
function stacksOf(
  files: readonly SourceFileInput[],
  read: (file: SourceFileInput) => FileDocuments,
): ReadonlyMap<string, string> {
  const { stacks, broken } = readDocuments(files, read, createReport());
  for (const stack of stacks) stack.release();
  const named = stacks.filter(({ unnamed }) => !unnamed);
  return new Map([
    ...[...broken].flatMap(([name, [place]]) => (place ? [[name, place.file] as const] : [])),
    ...named.map(({ name, place }) => [name, place.file] as const),
  ]);
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Unreadable manifests, and what may stand for a folder of them; other files matter only where mounted. */
function readUnreadable(
  root: string,
  unreadable: readonly UnreadableFileInput[],
  { ignores, broken }: IgnoreRules,
  report: Report,
): { readonly namesUnknown: boolean; readonly folders: readonly string[] } {
  let namesUnknown = false;
  const folders: string[] = [];
  // Without its rules everything in the folder would go live.
  const refuseFolder = (path: string, message: string, hint: string): void => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    folders.push(path.slice(0, Math.max(0, path.length - name.length - 1)));
    namesUnknown = true;
    report.add({ file: path, line: 1, column: 1 }, message, hint);
  };
  for (const { path, message, hint } of broken) {
    refuseFolder(path, message, `${hint}; until then nothing beside it is used or removed`);
  }
  for (const { path, reason, plainFile } of unreadable) {
    if (!isBelow(root, path)) continue;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const place = { file: path, line: 1, column: 1 };
    if (name === ignoreFileName) {
      refuseFolder(path, `cannot be read: ${reason}`, "nothing beside it is used until it can");
    } else if (!ignores(path) && (/\.ya?ml$/i.test(name) || mayBeFolder(name, plainFile))) {
      namesUnknown = true;
      const hint = `until it can, or ${ignoreFileName} leaves it out, nothing is removed anywhere`;
      report.add(place, `cannot be read: ${reason}`, hint);
    }
  }
  return { namesUnknown, folders };
}

/** Hidden folders hold no manifests, whatever is behind them. */
function mayBeFolder(name: string, plainFile: true | undefined): boolean {
  return plainFile !== true && !name.startsWith(".");
}

/** Templates by name; null for those with problems, or with a name that two have. */
function readTemplates(
  documents: readonly TemplateDocument[],
  memory: LoadMemory,
  report: Report,
): ReadonlyMap<string, Template | null> {
  const templates = new Map<string, Template | null>();
  const named = documents.filter(({ unnamed }) => !unnamed);
  for (const { name, place, root } of documents.filter(({ unnamed }) => unnamed)) {
    readTemplate(name, place, root, report);
    templates.set(name, null);
  }
  for (const [name, group] of Map.groupBy(named, (document) => document.name)) {
    const read = group.map((one) =>
      memory.template(one, () => readTemplate(name, one.place, one.root, report)),
    );
    const [first] = read;
    const usable = group.length === 1 && group[0]?.broken === false;
    templates.set(name, usable ? (first ?? null) : null);
    if (group.length > 1) tellDuplicates(`the template ${name}`, group, null, report);
  }
  return templates;
}

function templateInfos(
  templates: ReadonlyMap<string, Template | null>,
  { reservedNames, variables }: Pick<LoadInput, "reservedNames" | "variables">,
): readonly TemplateInfo[] {
  return [...templates.values()]
    .filter((template) => template !== null)
    .map(({ name, place, description, names, parameters, rollout }) => ({
      name,
      place,
      description,
      names: withReserved(names, reservedNames),
      parameters: parameterInfos(parameters, variables),
      rollout: {
        maxParallel: rollout.maxParallel ?? null,
        stopOnFailure: rollout.stopOnFailure,
      },
    }))
    .sort((a, b) => compareTexts(a.name, b.name));
}
