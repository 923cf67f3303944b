/**
 * The repositories that Dokploy clones: what their refs are, and how a build of one ends. Where nobody says what a
 * repository holds, each address has one commit of its own.
 */
import type { ApplicationRow, ComposeRow } from "./serviceRows.ts";
import type { Tables } from "./state.ts";

export interface Commit {
  hash: string;
  title: string;
  /** What its build logs where it fails. */
  failure?: string;
  /** Those of its files that matter, by their paths. */
  files?: Readonly<Record<string, string>>;
}

export interface Branch {
  name: string;
  hash: string;
}

/** The repositories that there are. */
export interface Repositories {
  /** What one holds at a branch or tag; null: there is no such repository; `ref`: no such branch. */
  at(url: string, ref: string): Promise<Commit | null | "ref">;
  /** Null: there is no such repository. */
  branches(url: string): Promise<Branch[] | null>;
  /** Those that a provider lists, as `owner/name`. */
  paths: readonly string[];
}

/** Something to clone, as a row says it; null where the row lacks its provider. */
export interface Source {
  url: string;
  ref: string;
  /** As the log shows it. */
  shown: string;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The columns in which each provider's repository stands. */
const COLUMNS: Readonly<Record<string, Record<"owner" | "name" | "ref" | "id", string>>> = {
  github: { owner: "owner", name: "repository", ref: "branch", id: "githubId" },
  gitlab: { owner: "gitlabOwner", name: "gitlabRepository", ref: "gitlabBranch", id: "gitlabId" },
  gitea: { owner: "giteaOwner", name: "giteaRepository", ref: "giteaBranch", id: "giteaId" },
  bitbucket: {
    owner: "bitbucketOwner",
    name: "bitbucketRepository",
    ref: "bitbucketBranch",
    id: "bitbucketId",
  },
};

export function sourceOf(tables: Tables, row: ApplicationRow | ComposeRow): Source | null {
  if (row.sourceType === "git") {
    const url = text(row.customGitUrl);
    const ref = text(row.customGitBranch);
    return url === "" || ref === "" ? null : { url, ref, shown: `Custom ${url}` };
  }
  const columns = COLUMNS[row.sourceType];
  if (columns === undefined) return null;
  const { owner, name, ref, id } = columns;
  const provider = [...tables.gitProviders.values()].find((one) => one.id === row[id]);
  if (provider === undefined) return null;
  // Dokploy clones from GitLab by this column alone.
  const path =
    row.sourceType === "gitlab"
      ? text(row.gitlabPathNamespace)
      : `${text(row[owner])}/${text(row[name])}`;
  return { url: `${provider.url}/${path}.git`, ref: text(row[ref]), shown: `${path}.git` };
}

/** One commit for each address, always the same. */
export function syntheticCommit(url: string): Commit {
  const repository = /([^/]+?)(\.git)?$/.exec(url)?.[1] ?? url;
  return { title: `commit of ${repository}`, hash: hashOf(url) };
}

/** Not a digest, only a text that looks like a commit and stays the same for one address. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  let out = "";
  for (let i = 0; out.length < 40; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i % Math.max(text.length, 1)), 0x01000193) >>> 0;
    out += hash.toString(16).padStart(8, "0");
  }
  return out.slice(0, 40);
}
