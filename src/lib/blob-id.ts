// Git's id of a file's content, to compare a text with what a repository holds without reading it.
import { createHash } from "node:crypto";
import { CapstanError } from "./errors.ts";

/** `like` is an id of the same repository: its length says with which hash that one makes them. */
export function blobId(content: string, like: string): string {
  const bytes = Buffer.from(content, "utf8");
  return createHash(like.length === 64 ? "sha256" : "sha1")
    .update(`blob ${bytes.byteLength}\0`)
    .update(bytes)
    .digest("hex");
}

/** Whether a file of that id, null where there is none, holds this content, null for none. */
export function holds(blob: string | null, content: string | null): boolean {
  if (blob === null || content === null) return blob === content;
  return blobId(content, blob) === blob;
}

/** For a change that was made from another content than the branch has; `was` as in `FileChange`. */
export function notAsExpected(path: string, was: string | null): CapstanError {
  const what = was === null ? "exists already" : "was changed meanwhile";
  return new CapstanError("conflict", `${path} ${what}`, {
    hint: "nothing was committed; look at the repository, then try again",
  });
}
