// How previews of pull requests are called: `pr-7-shop` is the preview of the stack shop for pull request 7. No stack in
// Git may have such a name, so that whatever is called so on a server is a preview, or was one.
import { longestName } from "./manifest-words.ts";

const form = /^pr-([1-9]\d{0,9})-([a-z0-9].*)$/;

export function previewName(pull: number, stack: string): string {
  return `pr-${pull}-${stack}`;
}

/** The pull request and the stack that a preview is of; null for any other name. */
export function previewOf(name: string): { readonly pull: number; readonly stack: string } | null {
  const match = form.exec(name);
  return match === null ? null : { pull: Number(match[1]), stack: match[2] ?? "" };
}

export function isPreviewName(name: string): boolean {
  return form.test(name);
}

export function isTooLong(name: string): boolean {
  return name.length > longestName;
}

/** The host of a preview in the place of its stack's. */
export function previewHostPrefix(pull: number): string {
  return `pr-${pull}.`;
}
