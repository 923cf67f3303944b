// The policies of a revision: documents of kind Policy in the folder of policies, at the root of the repository and in
// the folder of the stacks (all of them hold), and those of a file outside of it. No ignore file leaves one out, and what stands in such
// a folder and cannot be read holds every stack, as it may be about each of them.
import { posix } from "node:path";
import { comparePlaces } from "../report.ts";
import type { Report } from "../report.ts";
import { isBelow } from "../files.ts";
import type { SourceFileInput, TreeInput, UnreadableFileInput } from "../files.ts";
import type { FileDocuments, PolicyDocument } from "../file-documents.ts";
import type { BrokenPolicy, Policy, PolicySet } from "./policy.ts";
import { readPolicy, unreadPolicy } from "./read-policy.ts";

export const defaultPoliciesPath = "policies";

/** POLICY_FILE as it is now. */
export type PolicyFile = SourceFileInput | UnreadableFileInput;

export interface PolicySearch {
  readonly tree: TreeInput;
  readonly root: string;
  /** POLICIES_PATH. */
  readonly path: string;
  readonly file: PolicyFile | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly documents: (file: SourceFileInput) => FileDocuments;
  readonly report: Report;
}

export interface FoundPolicies {
  readonly set: PolicySet;
  /** Whether policies are read from a file of the repository. */
  readonly isPolicyFile: (path: string) => boolean;
}

function foldersOf(search: Pick<PolicySearch, "root" | "path" | "tree">): readonly string[] {
  const { root, path, tree } = search;
  const folder = posix.normalize(path).replace(/^\.?\/+|\/+$/g, "");
  if (folder === "" || folder === ".") return foldersOf({ ...search, path: defaultPoliciesPath });
  const around = tree.policies === undefined ? [] : [tree.policies.folder];
  return [...new Set([folder, root === "" ? folder : `${root}/${folder}`, ...around])];
}

const yaml = /\.ya?ml$/i;

/** Whether something unreadable may be a policy, or a folder with some. */
function mayHold({ path, plainFile }: UnreadableFileInput, folders: readonly string[]): boolean {
  if (folders.some((folder) => isBelow(folder, path))) return yaml.test(path) || plainFile !== true;
  return plainFile !== true && folders.some((folder) => isBelow(path, folder));
}

/** Read once as long as it stays the same and has no mistake. */
const known = new WeakMap<
  PolicyDocument,
  { readonly variables: unknown; readonly policy: Policy }
>();

function policyOf(
  document: PolicyDocument,
  { variables, report }: Pick<PolicySearch, "variables" | "report">,
): Policy | BrokenPolicy {
  const before = known.get(document);
  if (before?.variables === variables) return before.policy;
  const read = readPolicy(document, variables, report);
  if (read.kind === "broken") return read.broken;
  known.set(document, { variables, policy: read.policy });
  return read.policy;
}

function isWhole(policy: Policy | BrokenPolicy): policy is Policy {
  return "text" in policy;
}

/** Everything in one file that is meant to hold policies. */
function ofFile(file: SourceFileInput, search: PolicySearch): readonly (Policy | BrokenPolicy)[] {
  const { report, root, tree } = search;
  const found = search.documents(file);
  for (const { place, message, hint, stack } of found.problems) {
    report.add(place, message, hint, stack);
  }
  const isAround = tree.policies?.files.includes(file) === true;
  const isOutside = isAround || (root !== "" && !isBelow(root, file.path));
  const misplaced = isOutside ? [...found.stacks, ...found.templates] : [];
  for (const { place } of misplaced) {
    const hint = `move it to the folder of the stacks${root === "" ? "" : `, ${root}/`}`;
    report.add(place, "is no policy, and only policies are read here", hint);
  }
  const { path } = file;
  return [
    ...found.policies.map((document) => policyOf(document, search)),
    ...found.unknown.map((place) => ({ ...unreadPolicy(path), place })),
    ...(found.incomplete ? [unreadPolicy(path)] : []),
  ];
}

function compareNames(a: Policy, b: Policy): number {
  return a.name === b.name ? comparePlaces(a.place, b.place) : a.name < b.name ? -1 : 1;
}

function tellTwins(policies: readonly Policy[], report: Report): void {
  for (const [name, group] of Map.groupBy(policies, (policy) => policy.name)) {
    for (const [index, { place }] of group.entries()) {
      const other = group[index === 0 ? 1 : 0]?.place;
      if (group.length < 2 || other === undefined) continue;
      const message = `the policy ${name} is also defined at ${other.file}:${other.line}`;
      report.add(place, message, "give one of them another name; until then both hold");
    }
  }
}

export function findPolicies(search: PolicySearch): FoundPolicies {
  const { tree, report, file } = search;
  const folders = foldersOf(search);
  const isPolicyFile = (path: string): boolean =>
    yaml.test(path) && folders.some((folder) => isBelow(folder, path));
  const files = [...tree.files, ...(tree.policies?.files ?? [])].filter(({ path }) =>
    isPolicyFile(path),
  );
  const outside = file !== null && "content" in file ? [file] : [];
  const all = [...files, ...outside].flatMap((one) => ofFile(one, search));
  const unreadable = [
    ...[...tree.unreadable, ...(tree.policies?.unreadable ?? [])].filter((one) =>
      mayHold(one, folders),
    ),
    ...(file !== null && "reason" in file ? [file] : []),
  ];
  const unread = unreadable.map(({ path, reason }) => {
    const broken = unreadPolicy(path);
    const hint = "until it can, no stack is changed that a policy in it may be about";
    report.add(broken.place, `cannot be read: ${reason}`, hint);
    return broken;
  });
  const policies = all.filter(isWhole).sort(compareNames);
  tellTwins(policies, report);
  const broken = [...all.filter((one) => !isWhole(one)), ...unread];
  return {
    set: { policies, broken: broken.sort((a, b) => comparePlaces(a.place, b.place)) },
    isPolicyFile,
  };
}
