// Which file a proposed manifest changes: the one that is named, the one that holds its stack, or a new one.
import { CapstanError } from "../../lib/errors.ts";
import type { FileChange } from "../../model/forge.ts";
import { stacksIn, withDocument } from "./documents.ts";
import type { Manifests } from "./manifests.ts";

export interface ProposedManifest {
  /** YAML: one document or several. */
  readonly manifest: string;
  /** The file to write; null: where the stack's manifest is, or `<name>.yaml` in the folder of stacks. */
  readonly path: string | null;
}

/** No hidden folder either: a workflow in one would run on the branch of the pull request, before any review. */
const pathPattern = /^(?!.*(?:^|\/)(?:\.|\/|$))[\w@ ./+-]{1,300}\.ya?ml$/;

/** Throws `invalid` for what cannot hold a manifest of Capstan's. `stacksPath`: empty for the whole repository. */
export function checkedPath(path: string, stacksPath: string): string {
  const folder = folderOf(stacksPath);
  if (pathPattern.test(path) && path.startsWith(folder)) return path;
  // Not repeated: an error's words are masked, which would tell whoever guesses a secret.
  throw new CapstanError("invalid", "the path cannot hold a manifest", {
    hint: `name a .yaml file below ${stacksPath === "" ? "the repository" : stacksPath}, such as ${folder}shop.yaml`,
  });
}

/**
 * The file as it would be; the stack's document is replaced where other documents stand beside it. Throws
 * `invalid`, and `conflict` where a new file would replace one that holds something else.
 */
export async function proposedFile(
  { manifest, path }: ProposedManifest,
  manifests: Pick<Manifests, "tree" | "fileOf">,
  stacksPath: string,
): Promise<FileChange> {
  const content = manifest.endsWith("\n") ? manifest : `${manifest}\n`;
  if (path !== null) {
    const named = checkedPath(path, stacksPath);
    return { path: named, content, was: await textOf(named, manifests) };
  }
  const name = onlyStackOf(manifest);
  const present = await manifests.fileOf(name);
  if (present !== null) {
    const changed = withDocument(present.text, name, content) ?? content;
    return { path: present.path, content: changed, was: present.text };
  }
  const fresh = checkedPath(`${folderOf(stacksPath)}${name}.yaml`, stacksPath);
  const other = await textOf(fresh, manifests);
  if (other === null) return { path: fresh, content, was: null };
  throw new CapstanError("conflict", `${fresh} exists and does not hold ${name}`, {
    hint: "say with `path` which file it is",
  });
}

function folderOf(stacksPath: string): string {
  return stacksPath === "" ? "" : `${stacksPath}/`;
}

function onlyStackOf(manifest: string): string {
  const [name, ...others] = stacksIn(manifest);
  if (name !== undefined && others.length === 0) return name;
  const what = name === undefined ? "no stack" : "several stacks";
  throw new CapstanError("invalid", `the manifest describes ${what}`, {
    hint: "say with `path` which file it is; one stack alone needs no path",
  });
}

async function textOf(path: string, manifests: Pick<Manifests, "tree">): Promise<string | null> {
  const { files } = await manifests.tree();
  const found = files.find((file) => file.path === path);
  return found === undefined ? null : new TextDecoder().decode(found.content);
}
