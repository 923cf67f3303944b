// `capstan validate`: checks manifests without a server and without secrets; every mistake with file,
// line and column, as compilers tell them.
import { isAbsolute, join, relative, resolve } from "node:path";
import { createHasher } from "../lib/digest.ts";
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import { ignoreFileName } from "../manifest/ignore.ts";
import { rootOf } from "../manifest/files.ts";
import { loadDokploys, problemsOf, stackNames } from "../manifest/load-dokploys.ts";
import { manifestFiles } from "../manifest/manifest-files.ts";
import { createReadAhead } from "../manifest/read-ahead.ts";
import type { SourceTree } from "../ports.ts";
import { problemJson } from "../plan/render/json.ts";
import { createPaint } from "../plan/render/paint.ts";
import { problemLines } from "../plan/render/terminal.ts";
import { plural } from "../plan/render/words.ts";
import type { Command, CommandContext } from "./context.ts";

export interface ValidateOptions {
  readonly folder?: string;
  readonly json?: boolean;
}

/** Stands for every secret: it is long and plain enough for every rule, and nobody's. */
const anySecret = "a-secret-that-is-not-here";

function shownFolder(prefix: string): string {
  return prefix === "" ? "this folder" : prefix;
}

/** Why nothing was found in a folder. */
function nothingFound(prefix: string, { files }: SourceTree): string {
  const { read, leftOut } = manifestFiles(rootOf(prefix), files);
  const folder = shownFolder(prefix);
  const [only] = read;
  if (only !== undefined) {
    return read.length === 1
      ? `${only.path} holds no manifest: it is empty, or all of it is comments`
      : `the ${read.length} YAML files in ${folder} hold no manifest: they are empty, or all of it is comments`;
  }
  const [hidden] = leftOut;
  if (hidden === undefined) return `${folder} holds no manifests (*.yaml, *.yml)`;
  return leftOut.length === 1
    ? `${ignoreFileName} leaves out ${hidden.path}`
    : `${ignoreFileName} leaves out all ${leftOut.length} YAML files in ${folder}`;
}

async function readTree(
  context: CommandContext,
  folder: string,
  more: Parameters<CommandContext["readFolder"]>[1],
): Promise<SourceTree> {
  try {
    return await context.readFolder(folder, more);
  } catch (error) {
    if (!isCapstanError(error, "not-found")) throw error;
    // The source speaks of --source, which this command does not have.
    const hint = "name the folder that holds the manifests, as in: validate stacks";
    throw new CapstanError("not-found", error.message, { hint, cause: error });
  }
}

/** Files by their paths as the folder was named, so that editors and terminals can open them. */
function seenFrom(prefix: string, tree: SourceTree): SourceTree {
  const seen = <T extends { readonly path: string }>(file: T): T => ({
    ...file,
    path: join(prefix, file.path),
  });
  const { policies } = tree;
  const around =
    policies === undefined
      ? {}
      : {
          policies: {
            folder: rootOf(join(prefix, policies.folder)),
            files: policies.files.map(seen),
            unreadable: policies.unreadable.map(seen),
          },
        };
  const { files, unreadable } = tree;
  return { ...tree, files: files.map(seen), unreadable: unreadable.map(seen), ...around };
}

/** How many manifests an ignore file hides: somebody who wonders where they are looks there. */
function leftOutWords(prefix: string, { files }: SourceTree): string {
  const { length } = manifestFiles(rootOf(prefix), files).leftOut;
  return length === 0 ? "" : ` (${plural(length, "file")} left out by ${ignoreFileName})`;
}

/** 0 without a mistake, also where there is nothing to check; 1 otherwise. Any secret counts as present. */
export const validate: Command<ValidateOptions> = async (context, options) => {
  const { io } = context;
  const settings = context.manifestSettings();
  const named = options.folder ?? settings.stacksPath;
  const folder = resolve(context.folder, named);
  const prefix = isAbsolute(named) ? folder : relative(context.folder, folder);
  const part = `only ${shownFolder(prefix)} was read: if it is elsewhere, check the whole stacks folder`;
  const given = {
    ...(options.folder === undefined ? {} : { elsewhere: part }),
    variables: settings.variables,
    secret: () => anySecret,
    reservedNames: settings.reservedNames,
    hasher: createHasher(new Uint8Array(32)),
    policies: { path: settings.policiesPath, file: await settings.policyFile() },
  };
  const { memory, onFile } = createReadAhead(rootOf(prefix), given);
  const read = await readTree(context, folder, {
    onFile: (file) => onFile({ ...file, path: join(prefix, file.path) }),
    policies: {
      path: settings.policiesPath,
      // A folder that is named, and in no repository, is all there is.
      ...(options.folder === undefined ? { otherwise: context.folder } : {}),
    },
  });
  const tree = seenFrom(prefix, read);
  const loaded = loadDokploys({ ...given, tree, root: prefix, memory }, settings.dokploys);
  const stacks = stackNames(loaded);
  const problems = problemsOf(loaded);
  // Those of the whole repository, whosever its stacks are.
  const templates = loaded[0]?.[1].templates ?? [];
  const policies = (loaded[0]?.[1].policies.own.policies ?? []).map(({ name }) => name);
  if (options.json === true) {
    const report = {
      ok: problems.length === 0,
      stacks,
      templates: templates.map((template) => template.name),
      policies,
      problems: problems.map(problemJson),
    };
    io.out(`${JSON.stringify(report, null, 2)}\n`);
    return report.ok ? 0 : 1;
  }
  const leftOut = leftOutWords(prefix, tree);
  const style = { colour: io.outColour, width: io.width };
  for (const problem of problems) io.out(`${problemLines(problem, style).join("\n")}\n`);
  if (stacks.length + templates.length + policies.length + problems.length === 0) {
    io.out(`Nothing to check: ${nothingFound(prefix, tree)}\n`);
    return 0;
  }
  const paint = createPaint(io.outColour);
  const counts = [plural(stacks.length, "stack"), plural(templates.length, "template")];
  const found =
    policies.length === 0
      ? counts.join(" and ")
      : `${counts.join(", ")} and ${policies.length === 1 ? "1 policy" : `${policies.length} policies`}`;
  const files = new Set(problems.map(({ place }) => place.file)).size;
  io.out(
    problems.length === 0
      ? `${paint("green", "✓")} ${found} without a mistake${leftOut}\n`
      : `${paint("red", "✗")} ${plural(problems.length, "problem")} in ${plural(files, "file")}${leftOut}\n`,
  );
  return problems.length === 0 ? 0 : 1;
};
