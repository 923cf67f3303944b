// Encrypted files whose form alone makes them unusable are told when manifests are checked, without any key.
import { isCapstanError } from "../lib/errors.ts";
import { isSopsFile, parseSops } from "../lib/sops/document.ts";
import { isBelow } from "./files.ts";
import type { SourceFileInput } from "./files.ts";
import { manifestFiles } from "./manifest-files.ts";
import type { Report } from "./report.ts";

export function checkSopsFiles(
  root: string,
  files: readonly SourceFileInput[],
  report: Report,
): void {
  const found = files.filter(({ path }) => isBelow(root, path) && isSopsFile(path));
  if (found.length === 0) return;
  const manifests = new Set(manifestFiles(root, found).read);
  for (const file of found) {
    if (manifests.has(file)) continue;
    try {
      parseSops(file.path, file.content);
    } catch (error) {
      if (!isCapstanError(error)) throw error;
      const place = { file: file.path, line: 1, column: 1 };
      report.add(place, error.message.slice(file.path.length + 1), error.hint ?? null);
    }
  }
}
