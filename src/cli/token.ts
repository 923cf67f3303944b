// `capstan token NAME`: makes a token for the API. It is shown once; only its hash is kept anywhere.
import { randomBytes } from "node:crypto";
import { hashToken, tokenFrom } from "../lib/api-token.ts";
import { CapstanError } from "../lib/errors.ts";
import { tokenLine, tokenNamePattern } from "../model/api-token.ts";
import type { Role } from "../model/person.ts";
import type { Command } from "./context.ts";

export interface TokenOptions {
  readonly name: string;
  readonly role: Role;
}

const tokenBytes = 32;

export const token: Command<TokenOptions> = async ({ io, program }, { name, role }) => {
  if (!tokenNamePattern.test(name)) {
    throw new CapstanError("invalid", `${JSON.stringify(name)} cannot name a token`, {
      hint: "use 1 to 64 of A-Z, a-z, 0-9 and . _ @ -, beginning with a letter or digit",
    });
  }
  const made = tokenFrom(randomBytes(tokenBytes));
  io.out(`CAPSTAN_TOKEN=${made}\n`);
  io.out(`API_TOKENS=${tokenLine({ name, role, hash: hashToken(made) })}\n`);
  io.err(
    `The first line is for ${name}, and is not shown again. The second one goes into the environment of\n` +
      `\`${program} run\`; separate several entries with commas.\n`,
  );
  return 0;
};
