// A module as the browser gets it: types taken out, imports named by where this server has them.
import { stripTypeScriptTypes } from "node:module";
import { posix } from "node:path";

const importPattern = /^(\s*(?:import|export)\b(?:[^"';]*?\bfrom)?\s*)"([^"\n]+)"/gm;

export interface BrowserModule {
  readonly text: string;
  /** What it imports, as paths below the folder that is served. */
  readonly imports: readonly string[];
}

/** Packages that pages use, and where they are served. */
export const libraries: Readonly<Record<string, string>> = {
  preact: "lib/preact.js",
  "preact/hooks": "lib/preact-hooks.js",
  htm: "lib/htm.js",
};

function targetOf(path: string, specifier: string): string {
  const library = libraries[specifier];
  if (library !== undefined) return library;
  if (!specifier.startsWith("."))
    throw new Error(`${path} imports ${specifier}, which is not served`);
  const target = posix.join(posix.dirname(path), specifier).replace(/\.ts$/, ".js");
  if (target.startsWith("..")) throw new Error(`${path} imports ${specifier}, which is not served`);
  return target;
}

function relativeTo(path: string, target: string): string {
  const relative = posix.relative(posix.dirname(path), target);
  return relative.startsWith(".") ? relative : `./${relative}`;
}

/**
 * `path` is where it will be served (`portal/machine.js`); `isTyped`: it is TypeScript still.
 * Throws when it imports something that no browser can have from here.
 */
export function browserModule(path: string, source: string, isTyped: boolean): BrowserModule {
  const plain = isTyped ? stripTypeScriptTypes(source) : source;
  const imports: string[] = [];
  const text = plain
    .replace(/\/\/# sourceMappingURL=.*$/m, "")
    .replace(importPattern, (_, head: string, specifier: string) => {
      const target = targetOf(path, specifier);
      imports.push(target);
      return `${head}"${relativeTo(path, target)}"`;
    });
  return { text, imports };
}
