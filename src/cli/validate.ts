// `capstan validate`: checks manifests without a server and without secrets; every mistake with file,
// line and column, as compilers tell them.
import { join, relative, resolve } from "node:path";
import { createHasher } from "../lib/digest.ts";
import { loadManifests } from "../manifest/load.ts";
import type { Problem } from "../model/desired.ts";
import { problemJson } from "../plan/render-json.ts";
import { createPaint } from "../plan/render-paint.ts";
import { problemLines } from "../plan/render-terminal.ts";
import { plural } from "../plan/render-words.ts";
import type { Command } from "./context.ts";

export interface ValidateOptions {
  readonly folder?: string;
  readonly json?: boolean;
}

/** Stands for every secret: it is long and plain enough for every rule, and nobody's. */
const anySecret = "a-secret-that-is-not-here";

/** 0 without a mistake, 1 otherwise. Any secret counts as present. */
export const validate: Command<ValidateOptions> = async (context, options) => {
  const { io } = context;
  const settings = context.manifestSettings();
  const folder = resolve(context.folder, options.folder ?? settings.stacksPath);
  const tree = await context.readFolder(folder);
  const { stacks, templates, problems } = loadManifests({
    tree,
    root: "",
    variables: settings.variables,
    secret: () => anySecret,
    reservedNames: settings.reservedNames,
    hasher: createHasher(new Uint8Array(32)),
  });
  // As seen from where the command was started, so that editors and terminals can open them.
  const prefix = relative(context.folder, folder);
  const seen = problems.map((problem): Problem => ({
    ...problem,
    place: { ...problem.place, file: join(prefix, problem.place.file) },
  }));
  if (options.json === true) {
    const report = {
      ok: problems.length === 0,
      stacks: stacks.map((stack) => stack.name),
      templates: templates.map((template) => template.name),
      problems: seen.map(problemJson),
    };
    io.out(`${JSON.stringify(report, null, 2)}\n`);
    return report.ok ? 0 : 1;
  }
  const style = { colour: io.outColour, width: io.width };
  for (const problem of seen) io.out(`${problemLines(problem, style).join("\n")}\n`);
  const paint = createPaint(io.outColour);
  const found = `${plural(stacks.length, "stack")} and ${plural(templates.length, "template")}`;
  io.out(
    problems.length === 0
      ? `${paint("green", "✓")} ${found} without a mistake\n`
      : `${paint("red", "✗")} ${plural(problems.length, "problem")}; ${found} without a mistake\n`,
  );
  return problems.length === 0 ? 0 : 1;
};
