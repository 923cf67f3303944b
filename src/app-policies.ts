// POLICY_FILE as it is now: it is read anew with each look at Git, so that a change of it counts without a restart.
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type { Config } from "./config.ts";
import { readLimits } from "./git/limits.ts";
import { readBounded } from "./git/read-file.ts";
import type { PolicyFile } from "./manifest/policy/find-policies.ts";

/** Nothing without POLICY_FILE. */
export function policyFileOf(
  { policyFile }: Pick<Config, "policyFile">,
  folder: string,
): { readonly policyFile?: () => Promise<PolicyFile> } {
  if (policyFile === null) return {};
  const place = resolve(folder, policyFile);
  const path = policyFile;
  return {
    async policyFile() {
      try {
        // The operator's own: a link is theirs, as where a secret or a config map is mounted.
        const read = await readBounded(await realpath(place), readLimits.fileBytes);
        if ("reason" in read) return { path, reason: read.reason };
        return { path, content: read.bytes };
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? "it cannot be opened";
        return { path, reason: `it cannot be opened (${code})` };
      }
    },
  };
}
