// What `capstan export` reads of a server: its list, and each service of the projects whole.
import { createHasher } from "../lib/digest.ts";
import { CapstanError } from "../lib/errors.ts";
import { isCopy, parseMarker } from "../model/marker.ts";
import type { ObservedProject, ObservedSnapshot, ServiceDetails } from "../model/observed.ts";
import { namesIn } from "../model/server-names.ts";
import type { Configured } from "../model/specs.ts";
import { plural } from "../plan/render/words.ts";
import { exportProjects } from "../export/export.ts";
import type { Exported } from "../export/export.ts";
import { createSecretBook } from "../export/secret-book.ts";
import type { SecretsMode } from "../export/taking.ts";
import type { Platform } from "../ports.ts";

type Reading = Pick<Platform, "list" | "details" | "names">;

/** Whose a project is by its marker; null: nobody's. */
export function ownerOf({ description, projectId }: ObservedProject): string | null {
  const marker = parseMarker(description);
  return marker === null || isCopy(marker, projectId) ? null : marker.owner;
}

/** Those that are named, by name or id, and all that are nobody's where none is. */
function chosen(
  { projects }: ObservedSnapshot,
  named: readonly string[],
): readonly ObservedProject[] {
  if (named.length === 0) return projects.filter((project) => ownerOf(project) === null);
  const found = new Map<string, ObservedProject>();
  for (const name of named) {
    const same = projects.filter((one) => one.name === name || one.projectId === name);
    if (same.length === 0) {
      throw new CapstanError("not-found", `the server has no project ${name}`, {
        hint: `it has ${projects
          .map((one) => one.name)
          .slice(0, 10)
          .join(", ")}`,
      });
    }
    for (const one of same) found.set(one.projectId, one);
  }
  return [...found.values()];
}

async function detailsOf(
  projects: readonly ObservedProject[],
  platform: Reading,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, ServiceDetails | null>> {
  const refs = projects.flatMap(({ environments }) =>
    environments.flatMap(({ services }) =>
      services.map(({ id, kind }) => ({ id, kind, apart: true as const })),
    ),
  );
  let unread = 0;
  const details = await platform.details(refs, () => (unread += 1));
  if (unread > 0) say(`${plural(unread, "service")} could not be read and are left out\n`);
  return details;
}

export interface ReadServer {
  readonly exported: Exported;
  /** How many of the server's projects some Capstan has already. */
  readonly owned: number;
}

export async function exportServer(
  platform: Reading,
  options: { readonly projects: readonly string[]; readonly mode: SecretsMode },
  say: (line: string) => void,
): Promise<ReadServer> {
  const snapshot = await platform.list();
  if (snapshot.swarm === null) {
    throw new CapstanError("unavailable", "the swarm does not answer: what runs cannot be told", {
      hint: "look at docker on the server, and try again",
    });
  }
  const projects = chosen(snapshot, options.projects);
  const details = await detailsOf(projects, platform, say);
  const read = [...details.values()].filter((one) => one !== null);
  const things = new Set(
    read.flatMap((one) => namesIn(one as Configured).map(({ thing }) => thing)),
  );
  const names = things.size === 0 ? {} : await platform.names([...things]);
  const exported = exportProjects({
    ...{ snapshot, projects, details, names, mode: options.mode },
    book: createSecretBook(),
    // Only to compare within this process.
    hasher: createHasher(new Uint8Array(32)),
  });
  const owned = snapshot.projects.filter((project) => ownerOf(project) !== null).length;
  return { exported, owned };
}
