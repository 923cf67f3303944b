// What one load leaves for the next, so that a revision costs what it changes: the documents of each file by its
// content, and each stack by everything that it was made of. Only what is without a problem is kept; what has
// one is made again, so that it is told again.
import { contentId } from "../lib/digest.ts";
import type { BuiltStack } from "./claims.ts";
import { readFileDocuments } from "./file-documents.ts";
import type { FileDocuments } from "./file-documents.ts";
import type { MountedFiles, SourceFileInput } from "./files.ts";
import type { SharedDocuments } from "./shared-documents.ts";
import type { BuildContext, StackDocument } from "./stack-document.ts";
import type { Template } from "./template.ts";

/** What all loads of one memory have in common; a load that differs in it uses nothing of the others. */
export interface LoadSettings {
  readonly root: string;
  readonly variables: unknown;
  readonly reservedNames: unknown;
  readonly hasher: unknown;
  readonly elsewhere: unknown;
}

/** What a stack was made of beside its own document and the settings. */
interface Inputs {
  readonly template: string | null;
  readonly templateSeen: Template | null | undefined;
  readonly secrets: ReadonlyMap<string, string | null>;
  readonly files: readonly (readonly [from: string, source: string, content: string])[];
}

export interface LoadMemory {
  /** Whether its documents are those of other memories too: what is not built here may be built there. */
  readonly isShared: boolean;
  /** Called once at the beginning of each load. */
  begin(settings: LoadSettings): void;
  documents(file: SourceFileInput): FileDocuments;
  /** The stack as it was made before, where the same things would make it now; otherwise made by `build`. */
  stack(
    document: StackDocument,
    context: BuildContext,
    build: (context: BuildContext) => BuiltStack | null,
  ): { readonly built: BuiltStack | null; readonly isKept: boolean };
  template(key: object, read: () => Template | null): Template | null;
}

export interface KeptMemory extends LoadMemory {
  /** Uses what is kept and changes nothing of it: for revisions that are looked at once. */
  readonly readOnly: LoadMemory;
  /** Forgets files that no load has used since the last call. */
  sweep(): void;
  readonly counts: { readonly parsed: number; readonly built: number };
}

interface KeptFile {
  readonly id: string;
  readonly documents: FileDocuments;
}

/** For a load on its own. */
export function noMemory(root: string): LoadMemory {
  return {
    isShared: false,
    begin: () => undefined,
    documents: (file) => readFileDocuments(root, file),
    stack: (_document, context, build) => ({ built: build(context), isKept: false }),
    template: (_key, read) => read(),
  };
}

/** Of one source, in one process. `shared`: by all memories of that source. */
export function createLoadMemory(shared?: SharedDocuments): KeptMemory {
  let settings: LoadSettings | null = null;
  let files = new Map<string, KeptFile>();
  let used = new Map<string, KeptFile>();
  let stacks = new WeakMap<
    StackDocument,
    { readonly built: BuiltStack; readonly inputs: Inputs }
  >();
  let templates = new WeakMap<object, Template>();
  const counts = { parsed: 0, built: 0 };

  function fits(other: LoadSettings): boolean {
    const names = ["root", "variables", "reservedNames", "hasher", "elsewhere"] as const;
    return settings !== null && names.every((name) => settings?.[name] === other[name]);
  }

  function forgetAll(): void {
    files = new Map();
    used = new Map();
    stacks = new WeakMap();
    templates = new WeakMap();
  }

  function memory(isKept: boolean): LoadMemory {
    let isUsable = true;
    let root = "";
    return {
      isShared: shared !== undefined,
      begin(now) {
        root = now.root;
        isUsable = fits(now);
        if (isUsable || !isKept) return;
        forgetAll();
        settings = now;
        isUsable = true;
      },
      documents(file) {
        const id = file.id ?? contentId(file.content);
        const known = used.get(file.path) ?? files.get(file.path);
        if (isUsable && known?.id === id) {
          if (isKept) used.set(file.path, known);
          return known.documents;
        }
        counts.parsed += 1;
        const documents = shared?.read(root, file, id) ?? readFileDocuments(root, file);
        if (isKept) used.set(file.path, { id, documents });
        return documents;
      },
      stack(document, context, build) {
        const known = isUsable ? stacks.get(document) : undefined;
        if (known !== undefined && isSame(known.inputs, context)) {
          return { built: known.built, isKept: true };
        }
        counts.built += 1;
        const before = context.report.count();
        const { watched, inputs } = watchInputs(context);
        const built = build(watched);
        const isClean = built !== null && !document.broken && context.report.count() === before;
        if (isKept && isClean) stacks.set(document, { built, inputs: inputs(built) });
        return { built, isKept: isKept && isClean };
      },
      template(key, read) {
        const known = isUsable ? templates.get(key) : undefined;
        if (known !== undefined) return known;
        const made = read();
        if (isKept && made !== null) templates.set(key, made);
        return made;
      },
    };
  }

  return {
    ...memory(true),
    readOnly: memory(false),
    counts,
    sweep() {
      files = used;
      used = new Map();
    },
  };
}

function isSame(inputs: Inputs, context: BuildContext): boolean {
  const { template, templateSeen, secrets, files } = inputs;
  if (template !== null && context.templates.get(template) !== templateSeen) return false;
  try {
    for (const [name, value] of secrets) if (context.secret(name) !== value) return false;
  } catch {
    // It cannot be read now, which the stack's own problem is to tell.
    return false;
  }
  return files.every(([from, source, content]) => {
    const now = context.files.read(from, source);
    return "content" in now && now.content === content;
  });
}

/** The same context, and a list of all that was asked of it. */
function watchInputs(context: BuildContext): {
  readonly watched: BuildContext;
  readonly inputs: (built: BuiltStack) => Inputs;
} {
  const secrets = new Map<string, string | null>();
  const read: (readonly [string, string, string])[] = [];
  const files: MountedFiles = {
    read(from, source) {
      const found = context.files.read(from, source);
      if ("content" in found) read.push([from, source, found.content]);
      return found;
    },
  };
  const secret = (name: string): string | null => {
    const value = context.secret(name);
    secrets.set(name, value);
    return value;
  };
  const inputs = ({ stack: { template } }: BuiltStack): Inputs => ({
    template,
    templateSeen: template === null ? undefined : context.templates.get(template),
    secrets: secrets.size === 0 ? none : secrets,
    files: read,
  });
  return { watched: { ...context, secret, files }, inputs };
}

const none: ReadonlyMap<string, string | null> = new Map();
