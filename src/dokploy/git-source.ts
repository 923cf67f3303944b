// Where the code of a service is, as Dokploy stores it, both ways: `sourceType` says which of its many columns count.
import { z } from "zod";
import type { GitSource } from "../model/specs.ts";
import { nameOf, namedOne, providerTypes } from "./named.ts";
import type { NamedLists, ProviderType } from "./named.ts";

const text = z.string().nullable().default(null);

/** Those of applications; a compose service has one path for all of them. */
const paths = {
  customGitBuildPath: text,
  buildPath: text,
  gitlabBuildPath: text,
  giteaBuildPath: text,
  bitbucketBuildPath: text,
};

export const sourceShape = {
  sourceType: z.string(),
  enableSubmodules: z.boolean().nullable().default(false),
  customGitUrl: text,
  customGitBranch: text,
  customGitSSHKeyId: text,
  githubId: text,
  owner: text,
  repository: text,
  branch: text,
  gitlabId: text,
  gitlabPathNamespace: text,
  gitlabBranch: text,
  giteaId: text,
  giteaOwner: text,
  giteaRepository: text,
  giteaBranch: text,
  bitbucketId: text,
  bitbucketOwner: text,
  bitbucketRepository: text,
  bitbucketBranch: text,
};

export const applicationPaths = paths;

export type StoredSource = z.output<z.ZodObject<typeof sourceShape>>;
type Columns = Readonly<Record<string, string | boolean | null>>;

/** The column with the folder to build, by the kind of source. */
const pathColumns: Readonly<Record<ProviderType | "git", keyof typeof paths>> = {
  git: "customGitBuildPath",
  github: "buildPath",
  gitlab: "gitlabBuildPath",
  gitea: "giteaBuildPath",
  bitbucket: "bitbucketBuildPath",
};

/** The folder to build of an application's row. */
export function buildPathOf(
  row: z.output<z.ZodObject<typeof paths>> & Pick<StoredSource, "sourceType">,
): string {
  const column = pathColumns[row.sourceType as ProviderType | "git"] as
    (typeof pathColumns)["git"] | undefined;
  return column === undefined ? "/" : (row[column] ?? "/");
}

export function buildPathColumn(
  source: GitSource,
  names: NamedLists,
): Readonly<Partial<Record<keyof typeof paths, string>>> {
  return { [pathColumns[typeOf(source, names)]]: source.path };
}

interface ProviderColumns {
  readonly read: (row: StoredSource) => {
    readonly id: string | null;
    readonly repository: string;
    readonly ref: string | null;
  };
  readonly write: (id: string, owner: string, name: string, ref: string) => Columns;
}

const joined = (owner: string | null, name: string | null): string =>
  owner === null || name === null ? "" : `${owner}/${name}`;

const providers: Readonly<Record<ProviderType, ProviderColumns>> = {
  github: {
    read: (row) => ({
      id: row.githubId,
      repository: joined(row.owner, row.repository),
      ref: row.branch,
    }),
    write: (githubId, owner, repository, branch) => ({ githubId, owner, repository, branch }),
  },
  gitlab: {
    read: (row) => ({
      id: row.gitlabId,
      repository: row.gitlabPathNamespace ?? "",
      ref: row.gitlabBranch,
    }),
    // It clones by the whole path; the project's number is only for the lists on Dokploy's page.
    write: (gitlabId, gitlabOwner, gitlabRepository, gitlabBranch) => ({
      ...{ gitlabId, gitlabOwner, gitlabRepository, gitlabBranch },
      gitlabPathNamespace: `${gitlabOwner}/${gitlabRepository}`,
    }),
  },
  gitea: {
    read: (row) => ({
      id: row.giteaId,
      repository: joined(row.giteaOwner, row.giteaRepository),
      ref: row.giteaBranch,
    }),
    write: (giteaId, giteaOwner, giteaRepository, giteaBranch) => ({
      ...{ giteaId, giteaOwner, giteaRepository, giteaBranch },
    }),
  },
  bitbucket: {
    read: (row) => ({
      id: row.bitbucketId,
      repository: joined(row.bitbucketOwner, row.bitbucketRepository),
      ref: row.bitbucketBranch,
    }),
    // The slug goes before the repository's name where it is set.
    write: (bitbucketId, bitbucketOwner, bitbucketRepository, bitbucketBranch) => ({
      ...{ bitbucketId, bitbucketOwner, bitbucketRepository, bitbucketBranch },
      bitbucketRepositorySlug: bitbucketRepository,
    }),
  },
};

function isProvider(type: string): type is ProviderType {
  return providerTypes.some((one) => one === type);
}

/** Null where the row runs something else: an image, a file, or a new service that nobody has set up. */
export function readSource(row: StoredSource, path: string, names: NamedLists): GitSource | null {
  const { sourceType, enableSubmodules } = row;
  const more = { path, submodules: enableSubmodules === true };
  if (sourceType === "git") {
    const { customGitUrl, customGitBranch, customGitSSHKeyId: key } = row;
    return {
      ...{ url: customGitUrl ?? "", provider: null, repository: "", ref: customGitBranch ?? "" },
      sshKey: key === null ? null : nameOf(names, "sshKey", key),
      ...more,
    };
  }
  if (!isProvider(sourceType)) return null;
  const { id, repository, ref } = providers[sourceType].read(row);
  if (id === null && repository === "") return null;
  return {
    ...{ url: "", sshKey: null, repository, ref: ref ?? "" },
    provider: id === null ? null : nameOf(names, "provider", id),
    ...more,
  };
}

/** The kind of source. Throws `conflict` where its provider is not there any more. */
function typeOf({ provider }: GitSource, names: NamedLists): ProviderType | "git" {
  return provider === null ? "git" : (namedOne(names, "provider", provider).type ?? "git");
}

/** The columns of a source; those of the others stay as they are, and do not count. */
export function writeSource(source: GitSource, names: NamedLists): Columns {
  const { url, sshKey, provider, repository, ref, submodules } = source;
  const more = { enableSubmodules: submodules };
  if (provider === null) {
    return {
      sourceType: "git",
      customGitUrl: url,
      customGitBranch: ref,
      customGitSSHKeyId: sshKey === null ? null : namedOne(names, "sshKey", sshKey).id,
      ...more,
    };
  }
  const { id, type = "gitea" } = namedOne(names, "provider", provider);
  const slash = repository.lastIndexOf("/");
  const [owner, name] = [repository.slice(0, slash), repository.slice(slash + 1)];
  return { sourceType: type, ...providers[type].write(id, owner, name, ref), ...more };
}

/** Which field each column is. */
export const sourceFields = {
  sourceType: "git.url",
  enableSubmodules: "git.submodules",
  customGitUrl: "git.url",
  customGitBranch: "git.ref",
  customGitSSHKeyId: "git.sshKey",
  githubId: "git.provider",
  owner: "git.repository",
  repository: "git.repository",
  branch: "git.ref",
  gitlabId: "git.provider",
  gitlabOwner: "git.repository",
  gitlabRepository: "git.repository",
  gitlabPathNamespace: "git.repository",
  gitlabBranch: "git.ref",
  giteaId: "git.provider",
  giteaOwner: "git.repository",
  giteaRepository: "git.repository",
  giteaBranch: "git.ref",
  bitbucketId: "git.provider",
  bitbucketOwner: "git.repository",
  bitbucketRepository: "git.repository",
  bitbucketRepositorySlug: "git.repository",
  bitbucketBranch: "git.ref",
} as const;

export const pathFields = {
  customGitBuildPath: "git.path",
  buildPath: "git.path",
  gitlabBuildPath: "git.path",
  giteaBuildPath: "git.path",
  bitbucketBuildPath: "git.path",
} as const;
