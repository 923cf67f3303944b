// Which build this is: the commit that it was made from, and a digest of the schemas that it carries. A build has its
// commit in a file of its own; a checkout asks git.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { contentId } from "../lib/digest.ts";
import { apiVersion } from "../model/manifest-words.ts";
import type { Environment } from "./context.ts";

export const buildFile = "build.json";

/** Of a program in this folder; null when git cannot answer. `lines` are those that it printed. */
export type AskGit = (args: readonly string[]) => readonly string[] | null;

const short = 8;
const shortDigest = 12;
const anyCommit = /^[0-9a-f]{7,64}$/;

export function gitIn(folder: string): AskGit {
  return (args) => {
    // A hook of another repository sets GIT_DIR for all that it starts.
    const env = { ...process.env };
    for (const name of ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]) env[name] = undefined;
    const ran = spawnSync("git", ["-C", folder, ...args], { encoding: "utf8", env });
    if (ran.error !== undefined || ran.status !== 0) return null;
    return ran.stdout.trimEnd().split("\n");
  };
}

/** The commit of a checkout, with `+changes` where its files differ; null when the folder is not one of its own. */
export function commitOfCheckout(git: AskGit): string | null {
  const [prefix, commit = ""] = git(["rev-parse", "--show-prefix", "HEAD"]) ?? [];
  // Sources that were unpacked inside of another repository have a prefix there.
  if (prefix !== "" || !anyCommit.test(commit)) return null;
  const changed = git(["status", "--porcelain"]) ?? [];
  return changed.join("") === "" ? commit : `${commit}+changes`;
}

/** What a build writes down: CAPSTAN_COMMIT where it is set, as in an image's build, which has no history. */
export function commitToRecord(environment: Environment, git: AskGit): string | null {
  const named = environment.CAPSTAN_COMMIT?.trim() ?? "";
  if (named === "") return commitOfCheckout(git);
  if (anyCommit.test(named)) return named;
  throw new Error("CAPSTAN_COMMIT must be a commit's hash: 7 to 64 of 0-9 and a-f");
}

/** `75d3958a`, `75d3958a+changes` */
function shortened(commit: string): string {
  const [hash = "", ...changes] = commit.split("+");
  return [hash.slice(0, short), ...changes].join("+");
}

/** One digest of all schemas in a folder. */
export function schemasDigest(folder: string): string {
  const names = readdirSync(folder).filter((name) => name.endsWith(".schema.json"));
  const texts = names.sort().map((name) => `${name}\n${readFileSync(`${folder}/${name}`, "utf8")}`);
  return contentId(new TextEncoder().encode(texts.join("\n"))).slice(0, shortDigest);
}

function recorded(folder: string): string | null | undefined {
  try {
    const text = readFileSync(`${folder}/${buildFile}`, "utf8");
    return (JSON.parse(text) as { readonly commit: string | null }).commit;
  } catch {
    return undefined;
  }
}

/**
 * The version with what it was made from: `0.1.0 (commit 75d3958a, schema capstan/v1 1b9c3f2a1b9c)`. `code` is the
 * folder of the code, which a build leaves its file in; the schemas are beside it.
 */
export function describeBuild(
  version: string,
  code = fileURLToPath(new URL("..", import.meta.url)),
  git: AskGit = gitIn(`${code}/..`),
): string {
  const built = recorded(code);
  const commit = built === undefined ? commitOfCheckout(git) : built;
  // A build that nobody named a commit to differs from a checkout that git knows nothing of.
  const name = commit === null ? (built === null ? "unknown" : "development") : shortened(commit);
  return `${version} (commit ${name}, schema ${apiVersion} ${schemasDigest(`${code}/../schemas`)})`;
}
