// The text of a file that Capstan itself reads: a manifest or an ignore file.
import { lfsHint, lfsMessage, lfsSize } from "./lfs.ts";

export type TextRead =
  { readonly text: string } | { readonly message: string; readonly hint: string };

export const notUtf8 = { message: "is not UTF-8 text", hint: "save it as UTF-8" };

export function readText(path: string, content: Uint8Array): TextRead {
  const lfs = lfsSize(content);
  if (lfs !== null) return { message: lfsMessage(lfs), hint: lfsHint(path) };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(content) };
  } catch {
    return notUtf8;
  }
}
