// Refs of a repository on this machine, read from its files: asking git for them costs two processes, at every
// poll. Only what is certain is answered; git is asked for everything else.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const idLine = /^([0-9a-f]{40}|[0-9a-f]{64})\s*$/;
/** Where git's own files begin with this, they are of the format that is read here. */
const packedHeader = "# pack-refs with:";

async function textOf(path: string): Promise<string | null> {
  return readFile(path, "latin1").catch(() => null);
}

async function namesIn(path: string): Promise<readonly string[] | null> {
  return readdir(path).catch(() => null);
}

/** Empty where nothing is packed; null: of another format. */
async function packedRefs(folder: string): Promise<ReadonlyMap<string, string> | null> {
  const text = (await textOf(join(folder, "packed-refs"))) ?? packedHeader;
  if (!text.startsWith(packedHeader)) return null;
  const refs = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [id = "", ref = ""] = line.split(" ");
    if (idLine.test(id) && ref.startsWith("refs/")) refs.set(ref, id);
  }
  return refs;
}

/** The commits of these refs by their whole names; null when git must be asked, because one is not found here. */
export async function localRefs(
  repository: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string> | null> {
  if (names.length === 0) return null;
  const inner = join(repository, ".git");
  const folder = (await textOf(join(inner, "HEAD"))) === null ? repository : inner;
  // Without it git would not call this a repository either.
  if ((await textOf(join(folder, "HEAD"))) === null) return null;
  const found = new Map<string, string>();
  let packed: ReadonlyMap<string, string> | null = null;
  for (const name of names) {
    // A ref's own file counts before the packed ones. Git writes those before it removes the file, so that this
    // order never misses a ref that is packed meanwhile.
    const own = await textOf(join(folder, name));
    const id = own === null ? undefined : (idLine.exec(own)?.[1] ?? null);
    if (id === null) return null;
    const known: string | undefined = id ?? (packed ??= await packedRefs(folder))?.get(name);
    if (known === undefined) return null;
    found.set(name, known);
  }
  return found;
}

/**
 * The last parts of all refs right below `prefix` (with its slash) that are named by a commit; null when git must be
 * asked. Other files there are no refs: a git that was killed leaves its `.lock` behind.
 */
export async function commitRefsBelow(
  folder: string,
  prefix: string,
): Promise<ReadonlySet<string> | null> {
  // A file where the folder should be: refs are kept in tables.
  if ((await namesIn(join(folder, "refs", "heads"))) === null) return null;
  const own = (await namesIn(join(folder, prefix))) ?? [];
  const packed = await packedRefs(folder);
  if (packed === null) return null;
  const names = [...packed.keys()].filter((ref) => ref.startsWith(prefix));
  const all = [...own, ...names.map((ref) => ref.slice(prefix.length))];
  return new Set(all.filter((name) => idLine.test(name)));
}
