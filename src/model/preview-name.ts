// How previews of pull requests are called: `pr-7-shop` is the preview of the stack shop for pull request 7 of the stacks'
// repository, `pr-7--k3f9x2-shop` the one for pull request 7 of another repository, which is told apart by six
// characters made of its name. No stack in Git may have such a name, so that whatever is called so on a server is a
// preview, or was one.
import { longestName } from "./manifest-words.ts";

/** Which pull request. */
export interface PullId {
  /** `owner/name`; null: the repository of the stacks. Upper and lower case are the same, as on all Git hosts. */
  readonly repository: string | null;
  readonly pull: number;
}

/** The tag has no hyphen, and no stack's name begins with one: what is between the two can be read in one way only. */
const form = /^pr-([1-9]\d{0,9})(?:--([a-z0-9]{6}))?-([a-z0-9].*)$/;
const tagLength = 6;

/** FNV-1a over UTF-16, with an end that lets each bit reach all others. */
function hash32(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Six letters and digits for a repository, always the same; one of two thousand million. */
export function repositoryTag(repository: string): string {
  const name = repository.toLowerCase();
  const number = hash32(name, 0x811c9dc5) * 2 ** 20 + (hash32(name, 0x9e3779b9) >>> 12);
  return (number % 36 ** tagLength).toString(36).padStart(tagLength, "0");
}

/** A DNS label: what names and hosts of its previews begin with. */
function prefixOf({ repository, pull }: PullId): string {
  return repository === null ? `pr-${pull}` : `pr-${pull}--${repositoryTag(repository)}`;
}

export function previewName(pull: PullId, stack: string): string {
  return `${prefixOf(pull)}-${stack}`;
}

/** What a preview is of, as its name tells; null for any other name. */
export function previewOf(name: string): {
  readonly pull: number;
  /** Of its repository; null: it is that of the stacks. */
  readonly tag: string | null;
  readonly stack: string;
} | null {
  const match = form.exec(name);
  return match === null
    ? null
    : { pull: Number(match[1]), tag: match[2] ?? null, stack: match[3] ?? "" };
}

export function isPreviewName(name: string): boolean {
  return form.test(name);
}

export function isTooLong(name: string): boolean {
  return name.length > longestName;
}

/** The host of a preview in the place of its stack's. */
export function previewHostPrefix(pull: PullId): string {
  return `${prefixOf(pull)}.`;
}

/** Whether a host has the pull request's name in it, as its own label or at the beginning of one. */
export function isPreviewHost(host: string, pull: PullId): boolean {
  const prefix = prefixOf(pull);
  return host.split(".").some((label) => label === prefix || isBegin(label, prefix));
}

function isBegin(label: string, prefix: string): boolean {
  // With two hyphens it is the name of another repository's.
  return label.startsWith(`${prefix}-`) && label[prefix.length + 1] !== "-";
}

/** For people: `#7`, `acme/web#7`. */
export function pullTitle({ repository, pull }: PullId): string {
  return `${repository ?? ""}#${pull}`;
}

/** By which it is known; the same for all spellings of its repository. */
export function pullKey(pull: PullId): string {
  return pullTitle(pull).toLowerCase();
}

export function isSameRepository(one: string | null, other: string | null): boolean {
  return one?.toLowerCase() === other?.toLowerCase();
}
