// The manifests of stacks as files in Git: where one is, what its file would be without it, or with the
// manifest of an earlier revision.
import { CapstanError } from "../../lib/errors.ts";
import type { FileChange } from "../../model/forge.ts";
import type { SourceTree } from "../../ports.ts";
import type { EngineState } from "../engine.ts";
import type { PortalDeps } from "./deps.ts";
import { documentOf, withDocument, withoutDocument } from "./documents.ts";

export interface ManifestFile {
  readonly path: string;
  /** The whole file. */
  readonly text: string;
}

export interface Manifests {
  /** Of the revision that is desired now. Throws `unavailable` before Git was read. */
  tree(): Promise<SourceTree>;
  /** Where the stack's manifest is now; null when it is not in Git. */
  fileOf(stack: string): Promise<ManifestFile | null>;
  /** Of a new stack. */
  newPath(stack: string): string;
  /** Throws `not-found`. */
  without(stack: string): Promise<FileChange>;
  /** The manifest as an earlier revision has it. Throws `not-found`, and `conflict` when it is the same. */
  asIn(stack: string, revision: string): Promise<FileChange>;
}

const decoder = new TextDecoder();

function unread({ waitsFor }: Pick<EngineState, "waitsFor">): CapstanError {
  // Who that is, operators hear elsewhere.
  return waitsFor === null
    ? new CapstanError("unavailable", "Git has not been read yet", {
        hint: "try again in a moment",
      })
    : new CapstanError("unavailable", "another process works on this server, this one waits", {
        hint: "ask at the address of that one",
      });
}

export function createManifests({
  engine,
  source,
  manifests: { stacksPath },
  settings,
}: PortalDeps): Manifests {
  let cached: SourceTree | null = null;

  async function tree(): Promise<SourceTree> {
    const loaded = engine.loaded();
    if (loaded === null) throw unread(engine.state());
    if (cached?.revision.id !== loaded.revision.id) cached = await source.read(loaded.revision);
    return cached;
  }

  /** `first` is looked at before all others. */
  function find(files: SourceTree["files"], stack: string, first: string | undefined) {
    const mayHold = files.filter(({ path }) => /\.ya?ml$/i.test(path));
    const ordered = [
      ...mayHold.filter(({ path }) => path === first),
      ...mayHold.filter(({ path }) => path !== first),
    ];
    for (const { path, content } of ordered) {
      const text = decoder.decode(content);
      // Most files do not even name it.
      if (text.includes(stack) && documentOf(text, stack) !== null) return { path, text };
    }
    return null;
  }

  async function fileOf(stack: string): Promise<ManifestFile | null> {
    const place = engine.loaded()?.byName.get(stack)?.place;
    return find((await tree()).files, stack, place?.file);
  }

  /** What an operator does when returning to a revision would write the manifest that is there. */
  async function whatElse(stack: string, revision: string, then: SourceTree): Promise<string> {
    const { touched } = await engine.preview(then);
    const at = revision.slice(0, 12);
    return touched.includes(stack)
      ? `its template, or a file that it mounts, was another at ${at}: change that in Git`
      : `nothing of it has changed since ${at}`;
  }

  return {
    tree,
    fileOf,
    newPath: (stack) =>
      [stacksPath, settings.path, `${stack}.yaml`].filter((part) => part !== "").join("/"),
    async without(stack) {
      const file = await fileOf(stack);
      if (file !== null) {
        return { path: file.path, content: withoutDocument(file.text, stack), was: file.text };
      }
      throw new CapstanError("not-found", `${stack} is not in Git`, {
        hint: "it may have been removed already",
      });
    },
    async asIn(stack, revision) {
      const then = await source.read({ id: revision, title: "" });
      const now = await fileOf(stack);
      const old = find(then.files, stack, now?.path);
      const document = old === null ? null : documentOf(old.text, stack);
      if (old === null || document === null) {
        throw new CapstanError("not-found", `${revision.slice(0, 12)} has no stack ${stack}`, {
          hint: "choose a revision that has it",
        });
      }
      if (now === null) return { path: old.path, content: document, was: null };
      const content = withDocument(now.text, stack, document);
      if (content !== null && content.trimEnd() !== now.text.trimEnd()) {
        return { path: now.path, content, was: now.text };
      }
      throw new CapstanError("conflict", `the manifest of ${stack} is the same in both revisions`, {
        hint: await whatElse(stack, revision, then),
      });
    },
  };
}
