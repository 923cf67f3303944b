// `capstan export`: writes manifests for what a server, or a folder of compose files, has. Reads only.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import { isMarksOnly } from "../model/plan.ts";
import { secretVariable } from "../model/secret-name.ts";
import { renderTerminal } from "../plan/render/terminal.ts";
import { listed, plural } from "../plan/render/words.ts";
import { filesOf, secretsOf } from "../export/files.ts";
import { fileOf } from "../export/names.ts";
import type { Exported } from "../export/export.ts";
import { alikeStacks } from "../export/templates.ts";
import { secretsFileName } from "../export/secrets-file.ts";
import { sopsFileName } from "../export/sops-file.ts";
import type { Command, CommandContext, Environment } from "./context.ts";
import { exportFolder } from "./export-compose.ts";
import { secretsFile, writeExport } from "./export-files.ts";
import type { ExportOptions } from "./export-options.ts";
import { exportServer } from "./export-server.ts";
import type { ReadServer } from "./export-server.ts";
import { quoted, withSession } from "./say.ts";

/** Another server than the environment's. */
async function serverOf({ url, tokenFile }: ExportOptions, folder: string): Promise<Environment> {
  if (url === undefined && tokenFile === undefined) return {};
  if (url === undefined || tokenFile === undefined) {
    throw new CapstanError("invalid", "--url and --token-file belong together", {
      hint: "name the server's address, and the file that holds its API key",
    });
  }
  const token = await readFile(resolve(folder, tokenFile), "utf8").catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new CapstanError("invalid", `${tokenFile} cannot be read: ${code ?? ""}`, {
      hint: "it holds the API key of that server, and nothing else",
      cause: error,
    });
  });
  return { DOKPLOY_URL: url, DOKPLOY_API_TOKEN: token.trim(), DOKPLOY_SERVERS_FILE: "" };
}

async function read(
  context: CommandContext,
  options: ExportOptions,
  server: Environment,
): Promise<ReadServer> {
  const session = context.openPlatform({ more: server });
  try {
    await session.platform.check();
    return await exportServer(
      session.platform,
      { projects: options.projects, mode: options.secrets ?? "detected" },
      (line) => {
        context.io.err(line);
      },
    );
  } finally {
    await session.close();
  }
}

/** What could not be exported, for whoever looks at the terminal; each manifest says it too. */
function sayLeftOut({ io }: CommandContext, { stacks, nothing }: Exported): void {
  for (const { project, leftOut } of nothing) {
    io.err(`! ${project.name}: nothing to export\n`);
    for (const line of leftOut) io.err(`    ${line}\n`);
  }
  for (const { name, leftOut, drafts } of stacks) {
    for (const line of leftOut) io.err(`! ${name}: left out: ${line}\n`);
    const kept = drafts.reduce((sum, draft) => sum + draft.kept.size, 0);
    if (kept > 0) io.err(`· ${name}: ${plural(kept, "field")} left to people under \`ignore\`\n`);
  }
}

/** Somebody who has thirty shops wants one. */
function sayAlike({ io }: CommandContext, exported: Exported): void {
  for (const { stacks } of alikeStacks(exported)) {
    const names = listed(stacks.map(({ name }) => name));
    io.err(`· ${names} are alike: --templates writes them as one template and small stacks\n`);
  }
}

/** Proves that adopting the files changes nothing: the plan that Capstan makes of them writes markers alone. */
async function check(
  context: CommandContext,
  folder: string,
  stacks: readonly string[],
  more: Environment,
): Promise<boolean> {
  const { io } = context;
  const opened = context.open({ source: folder, dryRun: true, logs: "quiet", more });
  return withSession(opened, async ({ engine }) => {
    await engine.inventory();
    const document = await engine.plan({ stacks });
    const differing = document.plans.filter((plan) => !isMarksOnly(plan));
    if (document.problems.length === 0 && differing.length === 0) {
      const what = plural(stacks.length, "stack");
      io.err(`✓ checked: adopting ${what} writes markers alone, and deploys nothing\n`);
      return true;
    }
    io.err(
      renderTerminal({ ...document, plans: differing }, { colour: io.errColour, width: io.width }),
    );
    io.err("✗ checked: adopting this would change the server, as shown above\n");
    return false;
  });
}

/** With a folder to load them from, which is gone afterwards where nobody asked for it. */
async function loaded(
  folder: string | null,
  files: ReadonlyMap<string, string>,
  use: (folder: string) => Promise<boolean>,
): Promise<boolean> {
  if (folder !== null) return use(folder);
  const made = await mkdtemp(join(tmpdir(), "capstan-export-"));
  try {
    await writeExport(made, files, new Set());
    return await use(made);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

function documentsOf(files: ReadonlyMap<string, string>): string {
  return [...files.values()].join("---\n");
}

/** What was written of an export, and what is needed to load it again. */
interface Written {
  /** Where it can be loaded with the values at hand. Null: it was printed, or stands beside values that need a key. */
  readonly folder: string | null;
  readonly files: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, string>;
}

async function write(
  { io, folder: here, clock }: CommandContext,
  { out, templates, age = [] }: ExportOptions,
  exported: Exported,
): Promise<Written> {
  const alike = templates === true ? alikeStacks(exported) : [];
  if (out === undefined) {
    const small = alike.flatMap((one) => [...one.files]);
    const whole = [...exported.texts].map(([name, text]) => [fileOf(name), text] as const);
    const files = new Map([...whole, ...small]);
    io.out(documentsOf(files));
    return { folder: null, files, secrets: secretsOf(exported, files) };
  }
  const folder = resolve(here, out);
  const files = new Map(filesOf(exported, alike));
  const secrets = secretsOf(exported, files);
  const all = new Map(files);
  if (secrets.size > 0) all.set(...(await secretsFile(secrets, age, clock.now())));
  await writeExport(folder, all, new Set([secretsFileName]));
  return { folder: all.has(sopsFileName) ? null : folder, files, secrets };
}

function sayWhere(
  { io }: CommandContext,
  { out, age }: ExportOptions,
  stacks: number,
  secrets: number,
): void {
  const what = `${plural(stacks, "stack")} exported`;
  if (out === undefined) {
    const hidden = `; ${plural(secrets, "secret")} taken out: \`--out DIR\` writes the values to a file`;
    io.err(`${what}${secrets === 0 ? "" : hidden}\n`);
    return;
  }
  const [file, how] =
    age === undefined
      ? [secretsFileName, "only you can read it; .gitignore has it"]
      : [sopsFileName, "encrypted; it may be committed"];
  const where = `; ${plural(secrets, "secret")} in ${join(out, file)} (${how})`;
  io.err(`${what} to ${out}${secrets === 0 ? "" : where}\n`);
}

function next(context: CommandContext, out: string, hasSecrets: boolean): string {
  const { url, named } = context.remoteSettings();
  if (!named) {
    return `${context.program} adopt --source ${quoted(out)}, which changes nothing that runs`;
  }
  // What is adopted from a folder that a controller's Git does not have, it would remove.
  const secrets = hasSecrets ? "; it needs the secrets before" : "";
  return `commit and push ${out} to the Git of the controller at ${url}, which takes over what says \`adopt: true\`${secrets}`;
}

/** 0 also where something was left out, which is told; 1 when a check found that adopting would change something. */
export const exportCommand: Command<ExportOptions> = async (context, options) => {
  const { io, folder: here } = context;
  if (options.age !== undefined && options.out === undefined) {
    throw new CapstanError("invalid", "--age encrypts a file, and there is none", {
      hint: "name a folder with --out",
    });
  }
  if (options.fromCompose !== undefined) return exportFolder(context, options, options.fromCompose);
  const server = await serverOf(options, here);
  const { exported, owned } = await read(context, options, server);
  const { stacks } = exported;
  sayLeftOut(context, exported);
  if (options.projects.length === 0 && owned > 0) {
    io.err(`${plural(owned, "project")} of Capstan's own left out; name one to export it\n`);
  }
  if (stacks.length === 0) {
    io.err("Nothing to export.\n");
    return 0;
  }
  if (options.templates !== true) sayAlike(context, exported);
  const { folder, files, secrets } = await write(context, options, exported);
  sayWhere(context, options, stacks.length, secrets.size);
  if (options.check === true) {
    const values = [...secrets].map(([name, value]) => [secretVariable(name), value] as const);
    const more = { ...server, ...Object.fromEntries(values) };
    const names = stacks.map(({ name }) => name);
    const isEmpty = await loaded(folder, files, (from) => check(context, from, names, more));
    if (!isEmpty) return 1;
  }
  if (options.out !== undefined) io.err(`Next: ${next(context, options.out, secrets.size > 0)}\n`);
  return 0;
};
