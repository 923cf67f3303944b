// Files that Git LFS keeps elsewhere: in Git stands a small text, a pointer, and Capstan does not fetch what it
// points to. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md

/** A pointer is less than this, says its specification. */
const largestPointerBytes = 1024;

const pointerForm =
  /^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\/v1\r?\n(?:ext-[^\r\n]*\r?\n)*oid sha256:[0-9a-f]{64}\r?\nsize (\d{1,15})\s*$/;

/** The size of the file that a pointer stands for; null: it is not a pointer. */
export function lfsSize(content: Uint8Array): number | null {
  if (content.byteLength >= largestPointerBytes) return null;
  const size = pointerForm.exec(new TextDecoder("latin1").decode(content))?.[1];
  return size === undefined ? null : Number(size);
}

/** Goes on after the file's name. */
export function lfsMessage(size: number): string {
  return `is a Git LFS pointer to a file of ${sizeText(size)}, which Capstan does not fetch`;
}

export function lfsHint(path: string): string {
  return `take it out of LFS: git lfs untrack ${path}, then git add --renormalize ${path} and commit`;
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const isSmall = bytes < 1024 * 1024;
  const amount = bytes / (isSmall ? 1024 : 1024 * 1024);
  return `${Number(amount.toFixed(1))} ${isSmall ? "KiB" : "MiB"}`;
}
