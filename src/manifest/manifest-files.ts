// Which files of a tree are manifests, and which would be if no ignore file left them out.
import { isSopsFile } from "../lib/sops/document.ts";
import { isBelow } from "./files.ts";
import type { SourceFileInput } from "./files.ts";
import { createIgnoreRules, isHidden } from "./ignore.ts";
import type { IgnoreRules } from "./ignore.ts";

export interface ManifestFiles {
  /** Sorted by path. */
  readonly read: readonly SourceFileInput[];
  /** Left out by an ignore file. */
  readonly leftOut: readonly SourceFileInput[];
}

/** Whether its name is a manifest's, whatever ignore files say. */
export function isNamedLikeManifest(root: string, path: string): boolean {
  return isBelow(root, path) && /\.ya?ml$/i.test(path) && !isHidden(root, path);
}

const composeName = /(?:^|[/.])(?:docker-)?compose(?:\.[\w-]+)*\.ya?ml$/i;
const ownVersion = /^["']?apiVersion["']?\s*:/m;

/** Whether a file is a compose file by its name, such as queue.compose.yaml, and no manifest by its content. */
function isComposeFile({ path, content }: SourceFileInput): boolean {
  return composeName.test(path) && !ownVersion.test(new TextDecoder("latin1").decode(content));
}

/** Whether a file is encrypted secrets by its name, and no manifest by its content. */
function isSecretsFile({ path, content }: SourceFileInput): boolean {
  return isSopsFile(path) && !ownVersion.test(new TextDecoder("latin1").decode(content));
}

export function manifestFiles(
  root: string,
  files: readonly SourceFileInput[],
  rules: IgnoreRules = createIgnoreRules(root, files),
): ManifestFiles {
  const candidates = files.filter(
    (file) => isNamedLikeManifest(root, file.path) && !isComposeFile(file) && !isSecretsFile(file),
  );
  const ignored = Map.groupBy(candidates, ({ path }) => rules.ignores(path));
  const sorted = (list: readonly SourceFileInput[] = []): readonly SourceFileInput[] =>
    list.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { read: sorted(ignored.get(false)), leftOut: sorted(ignored.get(true)) };
}
