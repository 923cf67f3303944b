// What a manifest says of a compose service: the file stands in it as one text.
import { stringify } from "yaml";
import type { ComposeFile } from "../../model/compose-file.ts";
import { defaultComposePath } from "../../model/kinds/compose.ts";
import { composeSchema } from "../../model/manifest-compose.ts";
import type { ComposeSpec } from "../../model/specs.ts";
import {
  backupsBody,
  domainBody,
  mountBody,
  schedulesBody,
  volumeBackupsWithin,
} from "./children.ts";
import { gitBody } from "./git.ts";
import { say, sayAll, sayList } from "./kind.ts";
import type { ExportKind } from "./kind.ts";

export function composeText(file: ComposeFile): string {
  return stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

export const compose: ExportKind<ComposeSpec> = {
  section: "compose",
  order: Object.keys(composeSchema.shape),
  head: {},
  said: {
    type: ({ type }) => say("type", type, "docker-compose"),
    file: ({ file, git }) => (git === null ? { content: composeText(file) } : {}),
    git: ({ git }) => gitBody(git, defaultComposePath),
    env: ({ env }) => sayAll("env", env),
    isolated: ({ isolated }) => say("isolated", isolated, false),
    domains: ({ domains }) => sayList("domains", domains.map(domainBody)),
    mounts: ({ mounts }) => sayList("mounts", mounts.map(mountBody)),
    schedules: ({ schedules }) => sayAll("schedules", schedulesBody(schedules)),
    backups: ({ backups }) => sayAll("backups", backupsBody(backups, "")),
    volumeBackups: ({ volumeBackups, file, git }) =>
      sayAll("volumeBackups", volumeBackupsWithin(volumeBackups, git === null ? file : null)),
  },
};
