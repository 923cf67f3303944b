// A compose service as Dokploy stores it: the file as one text, which carries the label of what runs on each of its
// services.
import { parse, stringify } from "yaml";
import { z } from "zod";
import { listsOf } from "../../model/children.ts";
import { isMap, withWant, withoutWant } from "../../model/compose-file.ts";
import type { ComposeFile, Plain } from "../../model/compose-file.ts";
import {
  compose as model,
  defaultComposePath,
  plainComposePath,
} from "../../model/kinds/compose.ts";
import { formatWant } from "../../model/marker.ts";
import type { ServiceDetails } from "../../model/observed.ts";
import type { ComposeSpec } from "../../model/specs.ts";
import { readDomains, readMounts, storedDomains, storedMounts } from "../children.ts";
import { deploymentRows, newestFirst } from "../deployment-rows.ts";
import { readSource, sourceFields, sourceShape, writeSource } from "../git-source.ts";
import { storedNames } from "../named.ts";
import { pushesShape, readPushes } from "../pushes.ts";
import { readBackups, storedBackups } from "../backups.ts";
import {
  readSchedules,
  readVolumeBackups,
  storedSchedules,
  storedVolumeBackups,
} from "../timed.ts";
import { envRow } from "./env-row.ts";
import { readRows, unlessKept, writeRows } from "./field-row.ts";
import type { FieldRow } from "./field-row.ts";
import type { DokployKind } from "./kind.ts";

const maybeText = z.string().nullable().default(null);

/** `compose.one`. */
const stored = z.object({
  composeId: z.string(),
  name: z.string(),
  appName: z.string(),
  description: maybeText,
  composeType: z.enum(["docker-compose", "stack"]),
  composeFile: z.string().default(""),
  ...sourceShape,
  composePath: maybeText,
  names: storedNames,
  env: maybeText,
  ...pushesShape,
  command: maybeText,
  randomize: z.boolean().nullable().default(false),
  createEnvFile: z.boolean().nullable().default(true),
  isolatedDeployment: z.boolean().nullable().default(false),
  mounts: storedMounts,
  domains: storedDomains,
  deployments: deploymentRows.default([]),
  backups: storedBackups.default([]),
  /** Listed apart. */
  schedules: storedSchedules.default([]),
  volumeBackups: storedVolumeBackups.default([]),
});

type Stored = z.output<typeof stored>;

const mostAliases = 1_000;

/** Null where it is no map of names. */
function readFile(text: string): ComposeFile | null {
  try {
    const read = parse(text, {
      merge: true,
      maxAliasCount: mostAliases,
      logLevel: "silent",
    }) as Plain;
    return isMap(read) ? withoutWant(read) : null;
  } catch {
    return null;
  }
}

/** Whoever opens it in Dokploy should know. */
const heading = "# Written by Capstan from Git: what is changed here is put back.\n";

function writeFile(file: ComposeFile, want: string): string {
  const options = { lineWidth: 0, aliasDuplicateObjects: false } as const;
  return `${heading}${stringify(withWant(file, want), options)}`;
}

const pathOf = ({ composePath }: Stored): string =>
  plainComposePath(composePath ?? defaultComposePath);

const rows: readonly FieldRow<Stored, ComposeSpec>[] = [
  {
    root: "type",
    fields: { composeType: "type" },
    read: ({ composeType }) => ({ spec: { type: composeType } }),
    write: ({ type }) => ({ composeType: type }),
  },
  envRow,
  {
    root: "git",
    fields: { ...sourceFields, composePath: "git.path" },
    read: (row) => ({ spec: { git: readSource(row, pathOf(row), row.names) } }),
    write: ({ git }, { names }) =>
      git === null ? { sourceType: "raw" } : { ...writeSource(git, names), composePath: git.path },
  },
  {
    root: "isolated",
    fields: { isolatedDeployment: "isolated" },
    read: ({ isolatedDeployment }) => ({ spec: { isolated: isolatedDeployment === true } }),
    write: ({ isolated }) => ({ isolatedDeployment: isolated }),
  },
];

/** Settings of Dokploy's page by which something else than the file would run, or by another command. */
function sideSettings(row: Stored): ServiceDetails["sideSettings"] {
  const { sourceType, autoDeploy, command, randomize, createEnvFile } = row;
  const other = (path: string, was: string, is: string, needsDeploy = true) => [
    { path, was, is, needsDeploy },
  ];
  return [
    ...(sourceType === "raw" || readSource(row, "", row.names) !== null
      ? []
      : other("source", sourceType, "raw")),
    ...((command ?? "") === "" ? [] : other("command", "(a command of its own)", "Dokploy's")),
    ...(randomize === true ? other("randomize", "true", "false") : []),
    ...(createEnvFile === false ? other("createEnvFile", "false", "true") : []),
    ...(autoDeploy === true ? other("autoDeploy", "true", "false", false) : []),
  ];
}

function detailsOf(row: Stored): ServiceDetails {
  const children = [
    ...readMounts(row.mounts),
    ...readDomains(row.domains),
    ...readSchedules(row.schedules, "compose"),
    ...readBackups(row.backups),
    ...readVolumeBackups(row.volumeBackups, row.names, { kind: "compose", appName: row.appName }),
  ];
  // Of an earlier source it is still stored.
  const file = readSource(row, "", row.names) === null ? readFile(row.composeFile) : {};
  const { spec, foreignFields } = readRows<Stored, ComposeSpec>(rows, row, {
    ...model.defaults,
    file: file ?? {},
    ...listsOf(children),
  });
  return {
    kind: "compose",
    serviceId: row.composeId,
    name: row.name,
    description: row.description,
    appName: row.appName,
    spec,
    foreignFields: file === null ? new Set([...foreignFields, "file"]) : foreignFields,
    sideSettings: sideSettings(row),
    ...readPushes(row),
    ...(file === null || row.composeFile.startsWith(heading) ? {} : { fileText: row.composeFile }),
    labels: {},
    otherNetworks: [],
    children,
    deployments: [...row.deployments].sort(newestFirst),
  };
}

export const compose: DokployKind<ComposeSpec> = {
  fields: [...rows.map(({ fields }) => fields), { composeFile: "file" }],
  details: stored.transform(detailsOf),
  create: ({ type }) => ({ composeType: type, sourceType: "raw" }),
  configure: (spec, context) => ({
    ...unlessKept({ autoDeploy: false, createEnvFile: true }, context),
    command: "",
    randomize: false,
    ...(spec.git === null ? { composeFile: writeFile(spec.file, formatWant(context.want)) } : {}),
    ...writeRows(rows, spec, context),
  }),
};
