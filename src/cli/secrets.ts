// `capstan secrets`: which secrets there are, where they stand and who uses them; no value is shown.
import { z } from "zod";
import type { SecretLine, SecretReport } from "../model/secret-report.ts";
import { plural } from "../plan/render/words.ts";
import type { Command, CommandContext } from "./context.ts";
import type { OutputFormat } from "./output-option.ts";
import { createRemote } from "./remote/client.ts";
import { readAs, shown, tableOf } from "./remote/output.ts";

export interface SecretsOptions {
  readonly source?: string;
  readonly output?: OutputFormat;
}

const answer: z.ZodType<SecretReport> = z.object({
  secrets: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["used", "unused", "missing", "refused", "unreadable"]),
      source: z.string().nullable(),
      users: z.array(z.object({ stack: z.string(), fields: z.array(z.string()) })),
      problem: z.string().nullable(),
    }),
  ),
  outages: z.array(z.string()),
});

/** Of a controller where CAPSTAN_URL names one; otherwise what this environment reads itself. */
async function report(context: CommandContext, options: SecretsOptions): Promise<SecretReport> {
  if (options.source === undefined && context.remoteSettings().named) {
    return readAs(answer, await createRemote(context).get("/secrets"));
  }
  const session = await context.openSecrets({ source: options.source ?? null });
  try {
    return await session.report();
  } finally {
    await session.close();
  }
}

function rowOf({ name, state, source, users, problem }: SecretLine): readonly string[] {
  const by = users
    .map(({ stack, fields }) => (fields.length === 0 ? stack : `${stack} (${fields.join(", ")})`))
    .join(", ");
  const told = [by, problem ?? ""].filter((text) => text !== "").join(": ");
  return [name, state, source ?? "-", told === "" ? "-" : told];
}

const isWrong = ({ state }: SecretLine): boolean =>
  state === "missing" || state === "refused" || state === "unreadable";

function table({ secrets, outages }: SecretReport): string {
  if (secrets.length === 0) return "No source has a secret, and no stack asks for one.\n";
  const rows = [["NAME", "STATE", "SOURCE", "USED BY"], ...secrets.map(rowOf)];
  const count = (wanted: SecretLine["state"]): number =>
    secrets.filter(({ state }) => state === wanted).length;
  const told = (["missing", "refused", "unreadable", "unused"] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  const summary = [plural(secrets.length, "secret"), ...told].join(", ");
  return [tableOf(rows), "\n", ...outages.map((line) => `! ${line}\n`), `${summary}\n`].join("");
}

/** 0, also where some are unused; 1 when a stack does not get a secret that it asks for. */
export const secrets: Command<SecretsOptions> = async (context, options) => {
  const found = await report(context, options);
  context.io.out(shown(found, options.output, () => table(found)));
  return found.secrets.some(isWrong) ? 1 : 0;
};
