// Where policies are read: a folder of the repository, and a file outside of it.
import { z } from "zod";
import { checked } from "./config-values.ts";
import { CapstanError } from "./lib/errors.ts";

/** All of a repository is no place for them: everybody who may write anything there could write one. */
function checkFolder(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length > 0 && !parts.includes("..") && !path.includes("\0")) return parts.join("/");
  throw new CapstanError("invalid", `${JSON.stringify(path)} is no folder of the repository`, {
    hint: "set it to a folder of its own in the repository, such as policies",
  });
}

export const policyVariables = {
  POLICIES_PATH: checked(checkFolder).default("policies"),
  POLICY_FILE: z.string().optional(),
};

export interface PolicySettings {
  readonly policiesPath: string;
  /** Null without POLICY_FILE. */
  readonly policyFile: string | null;
}

export function policySettings(value: {
  readonly POLICIES_PATH: string;
  readonly POLICY_FILE?: string | undefined;
}): PolicySettings {
  return {
    policiesPath: checkFolder(value.POLICIES_PATH),
    policyFile: value.POLICY_FILE ?? null,
  };
}
