// `capstan promote`: what one Dokploy, or environment, runs becomes what the manifest of the next one says. A controller
// opens a pull request; with `--source` the files of a folder are changed, for whoever commits them.
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { createHasher } from "../lib/digest.ts";
import { CapstanError } from "../lib/errors.ts";
import { loadManifests } from "../manifest/load.ts";
import { promote as promotionOf, promotionShown } from "../manifest/promote.ts";
import type { PromotionShown } from "../manifest/promote.ts";
import { createPaint } from "../plan/render/paint.ts";
import type { Command, CommandContext } from "./context.ts";
import { createRemote } from "./remote/client.ts";
import { plain, readAs } from "./remote/output.ts";

export interface PromoteOptions {
  readonly stack: string;
  readonly from?: string;
  readonly to?: string;
  readonly field?: readonly string[];
  readonly source?: string;
  readonly dryRun?: boolean;
}

const line = z.object({ service: z.string(), field: z.string() });
const answerSchema = z.object({
  path: z.string(),
  changes: z.array(line.extend({ from: z.string().nullable(), to: z.string().nullable() })),
  refused: z.array(line.extend({ why: z.string() })),
  left: z.array(line),
  message: z.string(),
});

type Answer = PromotionShown & { readonly message: string };

/** Stands in for each secret: what holds one is not promoted, and two of them differ. */
const standIn = (name: string): string => `a-secret-that-is-not-here-${name}`;

function say({ io }: CommandContext, answer: Answer): void {
  const paint = createPaint(io.outColour);
  const { path, changes, refused, left } = answer;
  if (changes.length > 0) io.out(`${paint("bold", plain(path))}\n`);
  for (const { service, field, from, to } of changes) {
    io.out(`  ${plain(`${service} ${field}: ${from ?? "(nothing)"} → ${to ?? "(nothing)"}`)}\n`);
  }
  for (const { service, field, why } of refused) {
    io.out(`  ${paint("red", "✗")} ${plain(`${service} ${field}: ${why}`)}\n`);
  }
  if (left.length > 0) {
    const names = left.map(({ service, field }) => `${service} ${field}`).join(", ");
    io.out(`Also different, and left: ${plain(names)} (--field promotes what it names)\n`);
  }
}

interface Asked {
  readonly stack: string;
  readonly from: string;
  readonly to: string;
  readonly fields: readonly string[];
}

async function inFolder(
  context: CommandContext,
  asked: Asked,
  source: string,
  isDryRun: boolean,
): Promise<Answer> {
  const settings = context.manifestSettings();
  const folder = resolve(context.folder, source);
  const tree = await context.readFolder(folder);
  const given = {
    variables: settings.variables,
    secret: standIn,
    reservedNames: settings.reservedNames,
    hasher: createHasher(new Uint8Array(32)),
    policies: { path: settings.policiesPath, file: await settings.policyFile() },
  };
  const { dokploys } = settings;
  const made = promotionOf({
    ...{ asked, tree, dokploys },
    load: (files, own) =>
      loadManifests({
        ...{ ...given, tree: { ...tree, ...files }, root: "" },
        ...(dokploys === null ? {} : { dokploys: { ...dokploys, own } }),
      }),
  });
  const isSame = made.text === made.was;
  if (!isSame && !isDryRun) await writeFile(join(folder, made.path), made.text);
  const message = isSame
    ? "It is the same there already"
    : isDryRun
      ? "Nothing was written"
      : `${join(source, made.path)} is changed: look at it, and commit it`;
  return { ...promotionShown(made), message };
}

/** 0 also when there is nothing to do; 1 when something that was asked for is not there, or cannot be written. */
export const promote: Command<PromoteOptions> = async (context, options) => {
  const { stack, from, to, field: fields = [], source, dryRun = false } = options;
  if (from === undefined || to === undefined) {
    throw new CapstanError("invalid", "promote needs --from and --to", {
      hint: "name two Dokploys, or two environments of the stack",
    });
  }
  const asked = { stack, from, to, fields };
  const answer =
    source === undefined
      ? readAs(answerSchema, await createRemote(context).post("/promotions", { ...asked, dryRun }))
      : await inFolder(context, asked, source, dryRun);
  say(context, answer);
  context.io.out(`${plain(answer.message)}\n`);
  return answer.refused.length === 0 ? 0 : 1;
};
