// Where the branches of other repositories point: those that services are built from. Their addresses stand in manifests;
// Capstan's own login is sent only to the host for which it was given.
import type { Logger } from "../lib/logger.ts";
import type { Branches } from "../ports.ts";
import { parseAddress } from "./address.ts";
import { changedFiles } from "./changed-files.ts";
import { openRemote } from "./remote.ts";
import type { Remote, RemoteOptions } from "./remote.ts";

export interface BranchesOptions {
  /** The repository of the stacks and its login; null: it has none. */
  readonly own: Pick<RemoteOptions, "url" | "credentials"> | null;
  readonly stateDir: string;
  readonly logger: Logger;
  readonly timeoutMs?: number;
}

const mostRemotes = 1_000;

/** The part of an address that says to whom a login is sent; null for a folder. */
function hostOf(url: string): string | null {
  const address = parseAddress(url, (path) => path);
  if (address.kind === "local") return null;
  const { host, protocol } = URL.canParse(address.url)
    ? new URL(address.url)
    : { host: /@([^:/]+):/.exec(address.url)?.[1] ?? "", protocol: "ssh:" };
  return host === "" ? null : `${protocol}//${host}`.toLowerCase();
}

export function createBranches(options: BranchesOptions): Branches {
  const { own, stateDir, logger, timeoutMs } = options;
  const remotes = new Map<string, Remote>();
  const ownHost = own === null ? null : hostOf(own.url);

  function remoteOf(url: string): Remote {
    const known = remotes.get(url);
    if (known !== undefined) return known;
    const isOwn = own !== null && ownHost !== null && hostOf(url) === ownHost;
    const remote = openRemote({
      ...{ url, stateDir, logger, credentials: isOwn ? own.credentials : {} },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    remotes.set(url, remote);
    for (const oldest of remotes.keys()) {
      if (remotes.size <= mostRemotes) break;
      remotes.delete(oldest);
    }
    return remote;
  }

  return {
    changed: ({ url }, from, to) => changedFiles(remoteOf(url), from, to),
    async heads({ url }, refs) {
      const remote = remoteOf(url);
      // A tag of its own kind points to the commit by another line.
      const names = refs.flatMap((ref) => [
        `refs/heads/${ref}`,
        `refs/tags/${ref}`,
        `refs/tags/${ref}^{}`,
      ]);
      const found = await remote.refs(remote.git(), names);
      return new Map(
        refs.flatMap((ref): [string, string][] => {
          const head =
            found.get(`refs/heads/${ref}`) ??
            found.get(`refs/tags/${ref}^{}`) ??
            found.get(`refs/tags/${ref}`);
          return head === undefined ? [] : [[ref, head]];
        }),
      );
    },
  };
}
