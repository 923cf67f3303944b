// The files of an export: a manifest for each stack, and compose files beside them.
import type { Draft } from "./draft.ts";
import type { Exported } from "./export.ts";
import { fileOf } from "./names.ts";
import { secretsIn } from "./secrets-file.ts";
import { stackText } from "./stack-text.ts";
import type { Alike } from "./templates.ts";

/** Beside its manifest, which no compose file is mistaken for. */
function composeName(stack: string, { environment, name }: Draft): string {
  const words = environment === "production" ? [stack, name] : [stack, environment, name];
  return `${words.join(".")}.compose.yaml`;
}

/** The manifests with their compose files beside them, by path. `alike`: groups of stacks that have a template. */
export function filesOf(
  { stacks, settling }: Exported,
  alike: readonly Alike[] = [],
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { files: own } of alike) for (const [path, text] of own) files.set(path, text);
  for (const stack of stacks) {
    if (files.has(fileOf(stack.name))) continue;
    const composeFileOf = (draft: Draft, content: string): string => {
      const path = composeName(stack.name, draft);
      files.set(path, content);
      return `./${path}`;
    };
    files.set(fileOf(stack.name), stackText(stack, { ...settling.text, composeFileOf }));
  }
  return files;
}

/** The secrets that files name, with their values. */
export function secretsOf(
  { settling }: Exported,
  files: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  return secretsIn(files.values(), settling.text.book);
}
