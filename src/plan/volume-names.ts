// What docker calls a volume of a compose file, only the server knows; a file may say the same name itself. Then what is
// stored and what Git says are one volume by two names.
import { ownVolumeName } from "../model/compose-file.ts";
import { childrenOf, listsOf } from "../model/children.ts";
import type { StoredChild } from "../model/children.ts";
import type { DesiredService } from "../model/desired.ts";
import type { ServiceDetails } from "../model/observed.ts";

/** The service with such volumes by the names that Git has for them. */
export function withNamesOfGit<Details extends ServiceDetails>(
  desired: DesiredService,
  details: Details,
): Details {
  const written = new Map(
    childrenOf(desired.spec).flatMap(({ kind, spec }): [string, string][] =>
      kind === "volumeBackup" && typeof spec.volume === "string" ? [[spec.name, spec.volume]] : [],
    ),
  );
  if (written.size === 0) return details;
  const children = details.children.map((child): StoredChild => {
    if (child.kind !== "volumeBackup") return child;
    const { name, volume } = child.spec;
    if (typeof volume === "string" || volume === null) return child;
    const called = ownVolumeName(details.appName, volume.own);
    return written.get(name) === called
      ? { ...child, spec: { ...child.spec, volume: called } }
      : child;
  });
  const { volumeBackups = [] } = listsOf(children);
  return { ...details, children, spec: { ...details.spec, volumeBackups } };
}
