// Manifests for what a server has, so that adopting them changes nothing. Pure: everything that is needed was read before.
import type { Hasher } from "../lib/digest.ts";
import { isCopy, parseMarker } from "../model/marker.ts";
import { isByHand, childKey, rowOf } from "../model/children.ts";
import { dnsLabelPattern, longestName } from "../model/manifest-words.ts";
import type { ComposeFile } from "../model/compose-file.ts";
import type {
  ObservedEnvironment,
  ObservedProject,
  ObservedService,
  ObservedSnapshot,
  ServiceDetails,
} from "../model/observed.ts";
import { isJobKey } from "../model/rollout-job.ts";
import type { ServerNames } from "../model/server-names.ts";
import { aliasOf } from "../manifest/names.ts";
import { edited, withoutSecrets } from "./compose-secrets.ts";
import type { Draft, Kept } from "./draft.ts";
import { composeText } from "./kinds/compose.ts";
import { fileOf, freeName, labelOf } from "./names.ts";
import type { SecretBook } from "./secret-book.ts";
import { looksSecret } from "./secret-signs.ts";
import { settleTogether } from "./settle.ts";
import type { Settling } from "./settle.ts";
import { draftTitle, oneLine } from "./stack-text.ts";
import type { StackDraft } from "./stack-text.ts";
import type { SecretsMode } from "./taking.ts";

export interface ExportInput {
  readonly snapshot: ObservedSnapshot;
  /** The projects to export, of the snapshot. */
  readonly projects: readonly ObservedProject[];
  /** By service id; null or absent: it is gone, or cannot be read. */
  readonly details: ReadonlyMap<string, ServiceDetails | null>;
  readonly names: ServerNames;
  readonly mode: SecretsMode;
  readonly book: SecretBook;
  readonly hasher: Hasher;
}

export interface Exported {
  readonly stacks: readonly StackDraft[];
  /** The manifests by stack. */
  readonly texts: ReadonlyMap<string, string>;
  /** Projects of which nothing could be exported, with why. */
  readonly nothing: readonly StackDraft[];
  readonly settling: Settling;
}

const kept = (why: string, isSaid: boolean): Kept => ({ why, isSaid });

/** Settings that no manifest has and that keep Capstan from saying what it runs. */
const strange: Readonly<Record<string, (was: string) => string>> = {
  source: (was) => `its source (${was}) is not set up, or is none that a manifest can say`,
  command: () => "it is deployed by a command of its own",
  randomize: () => "Dokploy adds random characters to the names in it (randomize)",
};

/** Settings that people may keep. */
const settingWords: Readonly<Record<string, string>> = {
  autoDeploy:
    "Dokploy deploys it on pushes; taken out of here, Capstan turns that off, and git.follow does it instead",
  createEnvFile: "Dokploy writes no .env beside the file; taken out of here, it does",
};

function byHandPaths({ children }: ServiceDetails): readonly [string, Kept][] {
  return children.filter(isByHand).map((child) => {
    const path = `${rowOf(child.kind).root}.${childKey(child)}`;
    return [
      path,
      kept("made by hand in Dokploy; taken out of here, it is Git's (no deploy)", true),
    ];
  });
}

/** Files that seem to hold a secret: no reference works in them. */
function secretFiles({ spec }: ServiceDetails): readonly [string, Kept][] {
  return spec.mounts.flatMap((mount): [string, Kept][] =>
    mount.type === "file" && looksSecret(mount.content)
      ? [
          [
            `mounts.${mount.target}`,
            kept("a file that seems to hold a secret stays in Dokploy", false),
          ],
        ]
      : [],
  );
}

function aliasPath(
  details: ServiceDetails,
  stack: string,
  { environment, name }: Pick<Draft, "environment" | "name">,
): readonly [string, Kept][] {
  if (!("aliases" in details.spec)) return [];
  const own = aliasOf(stack, environment, name);
  if (details.spec.aliases.includes(own)) return [];
  const why = `on the network it is ${details.appName}; taken out of here, it is ${own} too (one deploy)`;
  return [["aliases", kept(why, true)]];
}

function foreignPaths({ foreignFields }: ServiceDetails): readonly [string, Kept][] {
  return [...foreignFields].map((path) => [
    path,
    kept("what Dokploy has there no manifest can say", false),
  ]);
}

function besidesOf({ labels, otherNetworks, besides = [] }: ServiceDetails): readonly string[] {
  return [
    ...(Object.keys(labels).length > 0 ? ["labels of its containers"] : []),
    ...(otherNetworks.length > 0 ? ["networks beside dokploy-network"] : []),
    ...besides,
  ];
}

/** Comments may hold what the file does not. */
function maskedText(text: string, before: ComposeFile, after: ComposeFile): string {
  const own = edited(text, before, after);
  return looksSecret(own) ? composeText(after) : own;
}

interface Masked {
  readonly content: string | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly kept: readonly [string, Kept][];
}

function maskedFile(details: ServiceDetails): Masked {
  const none = { content: null, variables: {}, kept: [] };
  if (details.kind !== "compose" || details.spec.git !== null) return none;
  const { spec, fileText } = details;
  const masked = withoutSecrets(spec.file, new Set(Object.keys(spec.env)));
  // As it was written, comments included, unless a comment holds what the file itself does not.
  if (masked === null) {
    const isOpen = fileText !== undefined && !looksSecret(fileText);
    return isOpen ? { ...none, content: fileText } : none;
  }
  const why =
    "it holds secrets; taken out of here, it is this file, with variables in their place (one deploy)";
  return {
    content:
      fileText === undefined
        ? composeText(masked.file)
        : maskedText(fileText, spec.file, masked.file),
    variables: masked.variables,
    kept: [
      ["file", kept(why, true)],
      ...Object.keys(masked.variables).map((name): [string, Kept] => [
        `env.${name}`,
        kept("for `file`: a value that the file on the server has inside", true),
      ]),
    ],
  };
}

/** The name of another server; undefined where it cannot be told. */
function serverName(
  { serverId }: ObservedService,
  { servers }: ObservedSnapshot,
): string | null | undefined {
  if (serverId === null) return null;
  const name = servers?.find(({ id }) => id === serverId)?.name;
  return servers?.filter((one) => one.name === name).length === 1 ? name : undefined;
}

interface Making {
  readonly input: ExportInput;
  readonly stack: StackDraft;
}

function addDraft(
  { input, stack }: Making,
  environment: ObservedEnvironment,
  observed: ObservedService,
  taken: Set<string>,
): void {
  const { snapshot, details: all } = input;
  const skip = (why: string): void => {
    stack.leftOut.push(`${draftTitle({ observed, environment: environment.name })}: ${why}`);
  };
  const details = all.get(observed.id);
  if (details === undefined || details === null) {
    skip("it could not be read");
    return;
  }
  const other = details.sideSettings.find(({ path }) => path in strange);
  if (other !== undefined) {
    skip(strange[other.path]?.(other.was) ?? "");
    return;
  }
  const server = serverName(observed, snapshot);
  if (server === undefined) {
    skip("it stands on a server whose name is not one of its own");
    return;
  }
  const marker = stack.isOurs ? parseMarker(observed.description) : null;
  const isMarked = marker !== null && !isCopy(marker, observed.id);
  if (isMarked && isJobKey(marker.key)) {
    skip("a job of Capstan's before a rollout: write it as rollout.before");
    return;
  }
  const keyName = isMarked ? marker.key.replace(/^[^/]*\//, "").replace(/@.*$/, "") : null;
  const name = keyName ?? freeName(labelOf(observed.name, observed.kind), taken);
  taken.add(name);
  const sameName = environment.services.filter((one) => one.name === observed.name);
  const adopts =
    isMarked || (name === observed.name && sameName.length === 1)
      ? null
      : sameName.length === 1 && /^\S(?:.*\S)?$/.test(observed.name)
        ? observed.name
        : observed.id;
  const where = { environment: environment.name, name };
  const masked = maskedFile(details);
  stack.drafts.push({
    ...where,
    ...{ observed, details, adopts, server },
    content: masked.content,
    variables: masked.variables,
    besides: besidesOf(details),
    kept: new Map([
      ...foreignPaths(details),
      ...aliasPath(details, stack.name, where),
      ...details.sideSettings.map(({ path }): [string, Kept] => [
        path,
        kept(settingWords[path] ?? "", true),
      ]),
      ...byHandPaths(details),
      ...secretFiles(details),
      ...masked.kept,
    ]),
  });
}

function isEnvironmentName(name: string): boolean {
  return name.length <= longestName && dnsLabelPattern.test(name);
}

function draftOf(
  project: ObservedProject,
  input: ExportInput,
  takenNames: Set<string>,
): StackDraft {
  const marker = parseMarker(project.description);
  const isOurs = marker !== null && !isCopy(marker, project.projectId);
  const owner = isOurs ? marker.owner.slice(marker.owner.indexOf("/") + 1) : null;
  const name = freeName(labelOf(owner ?? project.name, "project"), takenNames);
  const sameName = input.snapshot.projects.filter((one) => one.name === project.name);
  const adopt = sameName.length === 1 ? (true as const) : project.projectId;
  const stack: StackDraft = { name, project, adopt, isOurs, drafts: [], leftOut: [] };
  if (project.variables === null) {
    stack.leftOut.push("all of it: the project's variables cannot be read as NAME=value lines");
    return stack;
  }
  for (const environment of project.environments) {
    if (!isEnvironmentName(environment.name)) {
      for (const observed of environment.services) {
        const why = `its environment is named "${oneLine(environment.name)}", which is no DNS label`;
        stack.leftOut.push(`${draftTitle({ observed, environment: environment.name })}: ${why}`);
      }
      continue;
    }
    const taken = new Set<string>();
    // Names that need no change come first.
    const byName = [...environment.services].sort((a, b) => {
      const rank = ({ name: one }: ObservedService): number => (labelOf(one, "") === one ? 0 : 1);
      return (
        rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1)
      );
    });
    for (const observed of byName) addDraft({ input, stack }, environment, observed, taken);
  }
  return stack;
}

/** Manifests for projects. What cannot be said of them stands in their comments. */
export function exportProjects(input: ExportInput): Exported {
  const { mode, book, hasher, snapshot, names } = input;
  const settling: Settling = { text: { mode, book }, hasher, running: snapshot, names };
  const taken = new Set<string>();
  const sorted = [...input.projects].sort((a, b) =>
    `${a.name} ${a.projectId}` < `${b.name} ${b.projectId}` ? -1 : 1,
  );
  const stacks = sorted.map((project) => draftOf(project, input, taken));
  const texts = settleTogether(stacks, settling);
  const isThere = ({ name }: StackDraft): boolean => texts.has(fileOf(name));
  return {
    stacks: stacks.filter(isThere),
    texts: new Map([...texts].map(([file, text]) => [file.replace(/\.yaml$/, ""), text])),
    nothing: stacks.filter((stack) => !isThere(stack)),
    settling,
  };
}
