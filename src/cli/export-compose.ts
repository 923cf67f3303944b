// `capstan export --from-compose`: manifests for a folder of compose files. Asks no server.
import { basename, join, relative, resolve } from "node:path";
import { createHasher } from "../lib/digest.ts";
import { CapstanError } from "../lib/errors.ts";
import { problemLines } from "../plan/render/terminal.ts";
import { plural } from "../plan/render/words.ts";
import { exportCompose } from "../export/from-compose.ts";
import { createSecretBook } from "../export/secret-book.ts";
import { secretsFileName, secretsIn } from "../export/secrets-file.ts";
import type { CommandContext } from "./context.ts";
import { secretsFile, writeExport } from "./export-files.ts";
import type { ExportOptions } from "./export-options.ts";
import { quoted } from "./say.ts";

function refuseOthers(options: ExportOptions): void {
  const { projects, check, url, templates } = options;
  if (projects.length === 0 && check !== true && url === undefined && templates !== true) return;
  throw new CapstanError("invalid", "--from-compose reads a folder, and no server", {
    hint: "drop the names of projects, --check, --templates and --url",
  });
}

/** 1 where a file has a mistake; the others are written all the same. */
export async function exportFolder(
  context: CommandContext,
  options: ExportOptions,
  named: string,
): Promise<number> {
  refuseOthers(options);
  const { io, folder: here, program } = context;
  const folder = resolve(here, named);
  const tree = await context.readFolder(folder);
  const book = createSecretBook();
  const { stacks, files, problems } = exportCompose(tree.files, {
    title: basename(folder),
    mode: options.secrets ?? "detected",
    ...{ book, hasher: createHasher(new Uint8Array(32)) },
  });
  const style = { colour: io.errColour, width: io.width };
  for (const problem of problems) {
    const { file } = problem.place;
    const shown = { ...problem.place, file: join(relative(here, folder), file) };
    io.err(`${problemLines({ ...problem, place: shown }, style).join("\n")}\n`);
  }
  if (stacks.length === 0) {
    io.err("Nothing to export: no folder holds a compose file that Dokploy can run.\n");
    return problems.length === 0 ? 0 : 1;
  }
  const secrets = secretsIn(files.values(), book);
  if (options.out === undefined) {
    throw new CapstanError("invalid", "compose files stand beside their manifests", {
      hint: "name a folder with --out",
    });
  }
  const all = new Map(files);
  const { age = [] } = options;
  if (secrets.size > 0) all.set(...(await secretsFile(secrets, age, context.clock.now())));
  await writeExport(resolve(here, options.out), all, new Set([secretsFileName]));
  io.err(`${plural(stacks.length, "stack")} written to ${options.out}\n`);
  io.err(`Next: ${program} plan --source ${quoted(options.out)}\n`);
  return problems.length === 0 ? 0 : 1;
}
