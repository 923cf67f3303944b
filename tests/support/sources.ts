// The sources as tests of the architecture look at them: each file with its text and what it imports.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const sourceRoot = fileURLToPath(new URL("../../src", import.meta.url));

export interface SourceFile {
  /** Relative to src, with `/`. */
  readonly path: string;
  readonly floor: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const importPattern =
  /^(?:import|export)\s(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

/** The folder below src that a path is in, or the file itself. */
export function floorOf(path: string): string {
  return path.split("/")[0] ?? path;
}

/** What a text imports, in any way of writing it. */
export function importsOf(text: string): readonly string[] {
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? "");
}

/** All files of src, sorted by path. */
export function readSources(): readonly SourceFile[] {
  return readdirSync(sourceRoot, { recursive: true, encoding: "utf8" })
    .map((path) => relative(sourceRoot, join(sourceRoot, path)).replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => {
      const text = readFileSync(join(sourceRoot, path), "utf8");
      return { path, floor: floorOf(path), text, imports: importsOf(text) };
    });
}

/** The file that a relative import means, relative to src. */
export function target(from: SourceFile, specifier: string): string {
  return posix.normalize(posix.join(dirname(from.path), specifier));
}

/** Code without its comments, as far as a line tells. */
export function codeLines(text: string): readonly string[] {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""))
    .split("\n")
    .map((line) => line.replace(/(^|\s)\/\/.*$/, ""));
}
