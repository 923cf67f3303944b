// Manifests that were written, loaded as Capstan would load them.
import type { Hasher } from "../lib/digest.ts";
import { loadManifests } from "../manifest/load.ts";
import type { Desired } from "../manifest/load.ts";
import type { LoadMemory } from "../manifest/load-memory.ts";
import type { SecretBook } from "./secret-book.ts";

/** Equal ones, so that what was loaded before counts. */
const nothing = { variables: {}, reservedNames: [] };

/** `files`: texts by path. */
export function loadTexts(
  files: ReadonlyMap<string, string>,
  how: {
    readonly book: Pick<SecretBook, "value">;
    readonly hasher: Hasher;
    readonly memory?: LoadMemory | undefined;
  },
): Desired {
  const encoder = new TextEncoder();
  return loadManifests({
    tree: {
      files: [...files].map(([path, text]) => ({ path, content: encoder.encode(text) })),
      unreadable: [],
    },
    root: "",
    ...nothing,
    secret: (name) => how.book.value(name),
    hasher: how.hasher,
    ...(how.memory === undefined ? {} : { memory: how.memory }),
  });
}
