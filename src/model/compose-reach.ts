// The words that everything about a compose file's reach shares.
import type { Plain } from "./compose-file.ts";
import type { HostAccess, Reached } from "./host-access.ts";

/** What is reached, and where below its service, or in the file, it stands. */
export type FileReached = Reached & Pick<HostAccess, "within">;

export const textOf = (value: Plain | undefined): string | null =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : null;

export function listOf(value: Plain | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly Plain[]) : [];
}

export const isFolder = (source: string): boolean => /^[/~]|^\.\.?(?:\/|$)/.test(source);

/** Files that Dokploy writes for the service itself; nothing above them. */
export const isOwnFile = (source: string): boolean =>
  /^(?:\.\/)?\.\.\/files(?:\/(?!(?:.*\/)?\.\.(?:\/|$))|$)/.test(source);

/** A right over the host that is one word in a policy; `shown`: as it is written. */
export function rightOf(
  text: string,
  value: string,
  within: HostAccess["within"],
  shown = value,
): FileReached {
  return { id: text, text, name: text, ask: { list: "hostAccess", value, shown }, within };
}
