// A load on its own whose files come one by one: while the next ones are still being read, each is parsed, and
// each stack that needs nothing else is built and its tree let go of. What cannot be done yet the load does.
import { isNamedLikeManifest } from "./manifest-files.ts";
import { createLoadMemory } from "./load-memory.ts";
import type { KeptMemory, LoadMemory } from "./load-memory.ts";
import type { LoadInput } from "./load.ts";
import type { MountedFiles, SourceFileInput } from "./files.ts";
import { createCounter } from "./report.ts";
import { buildStack } from "./stack.ts";
import type { BuildContext } from "./stack-document.ts";
import { at } from "./tree.ts";

export interface ReadAhead {
  /** For the load of these files; its input must have what this was made with. */
  readonly memory: LoadMemory & Pick<KeptMemory, "counts">;
  readonly onFile: (file: SourceFileInput) => void;
}

/** A stack that asks for a file has a problem now, and is built when all files are there. */
const noFiles: MountedFiles = { read: () => ({ message: "is not read yet", hint: null }) };

export function createReadAhead(
  root: string,
  input: Omit<LoadInput, "tree" | "root" | "memory">,
): ReadAhead {
  const { variables, secret, reservedNames, hasher } = input;
  const elsewhere = input.elsewhere ?? null;
  const settings = { variables, reservedNames, hasher, elsewhere };
  const memory = createLoadMemory();
  memory.begin({ root, ...settings });
  const templates: BuildContext["templates"] = new Map();
  // Problems are told by the load, which finds them again.
  const shared = { ...settings, templates, files: noFiles, report: createCounter() };
  return {
    memory,
    onFile(file) {
      if (!isNamedLikeManifest(root, file.path)) return;
      for (const document of memory.documents(file).stacks) {
        const { broken, unnamed } = document;
        if (broken || unnamed || at(document.tree(), ["spec", "template"]) !== undefined) continue;
        const asker = { stack: document.name, file: document.place.file };
        const context = { ...shared, secret: (name: string) => secret(name, asker) };
        const { isKept } = memory.stack(document, context, (given) => buildStack(document, given));
        if (isKept) document.release();
      }
    },
  };
}
