// A compose service: a file that docker compose, or a stack of the swarm, runs as a whole.
import { countParts, partsDrift, wantedParts } from "../compose-parts.ts";
import { allVolumeNames, isImageText, leavesOf, servicesOf, volumeNames } from "../compose-file.ts";
import { composeAccess } from "../compose-access.ts";
import { namesOnNetwork } from "../compose-network.ts";
import type { EntriesRow } from "../field-table.ts";
import { fieldRow, mapRow } from "../field-table.ts";
import type { ComposeSpec } from "../specs.ts";
import { gitFields, sourceTitle } from "./git.ts";
import type { DataLoss, Kind } from "./kind.ts";
import { childField } from "./workload.ts";

/** The file is written as one: people keep all of it or nothing. */
const file: EntriesRow<ComposeSpec> = {
  ...{ type: "entries", path: "file", live: false },
  texts: ({ file: content }) => leavesOf(content),
  keep: (want, have, isKept) => (isKept("services") ? { ...want, file: have.file } : want),
  maySecret: (text) => !isImageText(text),
};

/** Where the file is in its repository. */
export const defaultComposePath = "docker-compose.yml";

/** Dokploy's page writes `./` before it; people do too. */
export function plainComposePath(path: string): string {
  return path.replace(/^(?:\.\/+)+/, "");
}

const defaults: ComposeSpec = {
  ...{ type: "docker-compose", git: null, file: {}, env: {}, isolated: false },
  ...{ mounts: [], domains: [], schedules: [], backups: [], volumeBackups: [] },
};

function losses(want: ComposeSpec, have: ComposeSpec): readonly DataLoss[] {
  if (want.type === have.type) return [];
  return [
    {
      path: "type",
      why: `what runs as ${have.type} would go on running beside the new ${want.type}, on the same volumes`,
      instead: "give the service another name in the manifest: the old one is removed then",
      allowable: false,
    },
  ];
}

export const compose: Kind<ComposeSpec> = {
  title: "compose service",
  prefix: "compose",
  defaults,
  fields: [
    fieldRow<ComposeSpec, ComposeSpec["type"]>({
      path: "type",
      get: ({ type }) => type,
      set: (spec, type) => ({ ...spec, type: type ?? "docker-compose" }),
      ...{ text: String, default: "docker-compose", live: false, maySecret: false },
    }),
    file,
    ...gitFields<ComposeSpec>(defaultComposePath),
    mapRow<ComposeSpec>({
      path: "env",
      get: ({ env }) => env,
      set: (spec, env) => ({ ...spec, env }),
      ...{ live: false, maySecret: true },
    }),
    fieldRow<ComposeSpec, boolean>({
      path: "isolated",
      get: ({ isolated }) => isolated,
      set: (spec, isolated) => ({ ...spec, isolated: isolated ?? false }),
      ...{ text: String, default: "false", live: false, maySecret: false },
    }),
    childField("mount", false),
    // They become labels of the containers.
    childField("domain", false),
    childField("schedule", true),
    childField("backup", true),
    childField("volumeBackup", true),
  ],
  settings: ["autoDeploy", "createEnvFile"],
  deploys: "queued",
  runsAs: "parts",
  losses,
  replicas: wantedParts,
  count: countParts,
  drift: partsDrift,
  aliases: (spec) => namesOnNetwork(spec).map(({ name }) => name),
  runs: ({ file: content, git }) => {
    if (git !== null) return sourceTitle(git);
    const count = servicesOf(content).length;
    return `${count} ${count === 1 ? "service" : "services"}`;
  },
  image: () => null,
  source: ({ git }) => git,
  // The file is not Capstan's to write.
  carriesLabel: ({ git }) => git === null,
  hostAccess: composeAccess,
  volumes: ({ file: content }, appName) => volumeNames(content, appName),
  data: ({ file: content }, appName) => allVolumeNames(content, appName),
};
