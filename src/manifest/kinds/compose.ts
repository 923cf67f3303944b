// A compose service of a resolved manifest.
import { ownVolumes } from "../../model/compose-file.ts";
import { plainComposePath } from "../../model/kinds/compose.ts";
import { composeSchema } from "../../model/manifest-compose.ts";
import type { ComposeManifest } from "../../model/manifest-compose.ts";
import { readComposeFile } from "../compose/read.ts";
import type { ReadFile } from "../compose/read.ts";
import { checkTimed, composeBackupsOf, composeVolumeBackupsOf } from "../compose/timed.ts";
import { checkDomains, dnsOf, domainOf, domainSecretField } from "../domains.ts";
import { followingOf, gitOf, gitSecretField } from "../git.ts";
import { composeAsks } from "../policy/compose-asks.ts";
import type { Tell } from "../tell.ts";
import { schedulesOf, timedSecretField } from "../timed.ts";
import type { ManifestKind } from "./kind.ts";

/** What `ignore` may say of the file: all of it or nothing. */
function checkIgnore({ ignore }: ComposeManifest, tell: Tell): void {
  for (const [index, name] of ignore.entries()) {
    if (!name.startsWith("file.")) continue;
    tell(
      ["ignore", index],
      "names a part of the file",
      "people keep the whole `file`, or nothing of it",
    );
  }
}

export const compose: ManifestKind<ComposeManifest, "compose", ReadFile> = {
  schema: composeSchema,
  placeholders: () => ({}),
  kindOf: () => "compose",
  withoutProbe: (rest) => ({ ...rest, rollout: { ...rest.rollout, http: undefined } }),
  check(manifest, tell) {
    checkDomains(manifest, tell);
    checkIgnore(manifest, tell);
    checkTimed(manifest, tell);
  },
  read: readComposeFile,
  configured: (manifest, _identity, files, read) => {
    const { type, env, isolated, domains, mounts, git } = manifest;
    const file = read?.file ?? {};
    return {
      kind: "compose",
      spec: {
        ...{ type, env, isolated, file },
        git: git === undefined ? null : gitOf({ ...git, path: plainComposePath(git.path) }),
        mounts: mounts.map(({ target }, index) => ({
          ...{ type: "file" as const, target, content: files.get(index) ?? "" },
        })),
        domains: domains.map(domainOf),
        schedules: schedulesOf(manifest.schedules),
        backups: composeBackupsOf(manifest.backups),
        volumeBackups: composeVolumeBackupsOf(
          manifest.volumeBackups,
          git === undefined ? file : null,
        ),
      },
    };
  },
  secretField(manifest, path) {
    const [root, second] = path;
    if (root === "env") return `env.${String(second)}`;
    if (root === "git") return gitSecretField(path);
    if (root === "domains") return domainSecretField(manifest?.domains ?? null, path);
    return timedSecretField(path);
  },
  asks: composeAsks,
  keeping: ({ deletionPolicy, allowDataLoss, git, domains }, read) => ({
    // Its volumes are named after this one service: another one would begin with empty ones.
    deletionPolicy:
      deletionPolicy ??
      // What volumes a file elsewhere has is not known.
      (git !== undefined || ownVolumes(read?.file ?? {}).length > 0 ? "retain" : "delete"),
    allowDataLoss,
    ...dnsOf(domains),
    ...followingOf(git),
  }),
};
