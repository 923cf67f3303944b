// Where the stacks are read from.
import { z } from "zod";
import { checked } from "./config-values.ts";
import { checkBranch, parseAddress } from "./git/address.ts";

export interface GitConfig {
  readonly url: string;
  readonly username: string | null;
  readonly token: string | null;
  readonly sshKeyFile: string | null;
  readonly knownHostsFile: string | null;
}

export const gitVariables = {
  GIT_URL: checked((value) => parseAddress(value, (path) => path)).optional(),
  GIT_BRANCH: checked(checkBranch).default("main"),
  GIT_USERNAME: z.string().optional(),
  GIT_TOKEN: z.string().optional(),
  GIT_SSH_KEY_FILE: z.string().optional(),
  GIT_KNOWN_HOSTS_FILE: z.string().optional(),
};

/** Null without GIT_URL. */
export function gitConfig(value: {
  readonly GIT_URL?: string | undefined;
  readonly GIT_USERNAME?: string | undefined;
  readonly GIT_TOKEN?: string | undefined;
  readonly GIT_SSH_KEY_FILE?: string | undefined;
  readonly GIT_KNOWN_HOSTS_FILE?: string | undefined;
}): GitConfig | null {
  if (value.GIT_URL === undefined) return null;
  return {
    url: value.GIT_URL,
    username: value.GIT_USERNAME ?? null,
    token: value.GIT_TOKEN ?? null,
    sshKeyFile: value.GIT_SSH_KEY_FILE ?? null,
    knownHostsFile: value.GIT_KNOWN_HOSTS_FILE ?? null,
  };
}
