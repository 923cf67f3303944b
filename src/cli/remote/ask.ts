// What an operator asks of a running controller: each command is one request, and says what will happen.
import { z } from "zod";
import type { Command, CommandContext } from "../context.ts";
import { createRemote } from "./client.ts";
import { plain, readAs, shown } from "./output.ts";
import type { OutputOptions } from "../output-option.ts";

export interface AskOptions extends OutputOptions {
  readonly name: string;
}

const answerSchema = z.object({ message: z.string() });

async function ask(
  context: CommandContext,
  options: OutputOptions,
  path: string,
  body: object = {},
): Promise<number> {
  const value = await createRemote(context).post(path, body);
  context.io.out(
    shown(value, options.output, () => `${plain(readAs(answerSchema, value).message)}\n`),
  );
  return 0;
}

const pathOf = (name: string, what: string): string =>
  `/stacks/${encodeURIComponent(name)}/${what}`;

export const reconcile: Command<AskOptions> = (context, options) =>
  ask(context, options, pathOf(options.name, "reconcile"));

export const redeploy: Command<AskOptions & { readonly service?: string }> = (context, options) =>
  ask(
    context,
    options,
    pathOf(options.name, "redeploy"),
    options.service === undefined ? {} : { service: options.service },
  );

export const suspend: Command<AskOptions> = (context, options) =>
  ask(context, options, pathOf(options.name, "suspend"));

export const resume: Command<AskOptions> = (context, options) =>
  ask(context, options, pathOf(options.name, "resume"));

export const approvePrune: Command<OutputOptions & { readonly digest: string }> = (
  context,
  options,
) => ask(context, options, "/approve-prune", { digest: options.digest });
