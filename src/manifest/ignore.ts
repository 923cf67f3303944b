// What in the stacks' folder is no manifest: hidden folders (`.github/`), and what `.capstanignore` leaves
// out by gitignore's rules, at the root of the stacks and in any folder below it. It may still be mounted.
import ignore from "ignore";
import type { Ignore } from "ignore";
import { isBelow } from "./files.ts";
import type { SourceFileInput } from "./files.ts";
import { notUtf8, readText } from "./text.ts";

export const ignoreFileName = ".capstanignore";

/** An ignore file whose rules are not known; everything beside it could be meant to be left out. */
export interface BrokenIgnoreFile {
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

export interface IgnoreRules {
  readonly broken: readonly BrokenIgnoreFile[];
  /** Of a path below the root. */
  readonly ignores: (path: string) => boolean;
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

function below(root: string, path: string): string {
  return root === "" ? path : path.slice(root.length + 1);
}

/** Whether it lies in a folder below `root` whose name begins with a dot: workflows, editors' settings. */
export function isHidden(root: string, path: string): boolean {
  return folderOf(below(root, path))
    .split("/")
    .some((part) => part.startsWith("."));
}

/** Rules of all ignore files below `root`; deeper files have the last word, as in Git. */
export function createIgnoreRules(root: string, files: readonly SourceFileInput[]): IgnoreRules {
  const broken: BrokenIgnoreFile[] = [];
  const rules = new Map<string, Ignore>();
  for (const { path, content } of files) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (name !== ignoreFileName || !isBelow(root, path)) continue;
    const read = readText(path, content);
    if ("message" in read) broken.push({ path, ...read });
    else if (read.text.includes("\0")) broken.push({ path, ...notUtf8 });
    // Case counts, as it does in Git.
    else rules.set(folderOf(below(root, path)), ignore({ ignorecase: false }).add(read.text));
  }
  const known = new Map<string, boolean>();

  const decide = (path: string): boolean => {
    let ignored = false;
    // From the root down: the deepest rule that says something wins.
    const folders = [""];
    for (const part of folderOf(path.replace(/\/$/, "")).split("/")) {
      if (part !== "")
        folders.push(folders.at(-1) === "" ? part : `${folders.at(-1) ?? ""}/${part}`);
    }
    for (const folder of folders) {
      const rule = rules.get(folder);
      if (rule === undefined) continue;
      const relative = folder === "" ? path : path.slice(folder.length + 1);
      const result = rule.checkIgnore(relative);
      if (result.ignored) ignored = true;
      else if (result.unignored) ignored = false;
    }
    return ignored;
  };

  const folderIgnored = (folder: string): boolean => {
    if (folder === "") return false;
    const seen = known.get(folder);
    if (seen !== undefined) return seen;
    const result = folderIgnored(folderOf(folder)) || decide(`${folder}/`);
    known.set(folder, result);
    return result;
  };

  return {
    broken,
    // What is inside a folder that is left out cannot be brought back, as in Git.
    ignores(path) {
      const relative = below(root, path);
      return isHidden(root, path) || folderIgnored(folderOf(relative)) || decide(relative);
    },
  };
}
