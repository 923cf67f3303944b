/**
 * The lists of what services name: ssh keys, Git providers, registries, secrets providers. What is not recorded of
 * them follows the server's source.
 */
import { z } from "zod";
import { requirePrivilege } from "../access.ts";
import { newRegistry, type GitProviderRow } from "../namedRows.ts";
import { mutation, nothing, query, type Router } from "../procedure.ts";
import { newestFirst } from "../state.ts";

export const sshKeyRouter: Router = {
  all: query(nothing, (_input, call) => {
    requirePrivilege(call, "sshKeys");
    return newestFirst(call.world.tables.sshKeys.values()).map((row) => ({ ...row }));
  }),
  /** For everybody, and without the keys. */
  allForApps: query(nothing, (_input, call) =>
    newestFirst(call.world.tables.sshKeys.values()).map(({ sshKeyId, name }) => ({
      sshKeyId,
      name,
    })),
  ),
};

/** What the list shows of each type's own row; recorded of all but github, which follows the server's source. */
function ownView({ providerType, id, url }: GitProviderRow): object {
  switch (providerType) {
    case "github":
      return {
        githubId: id,
        ...{ githubAppName: "capstan", githubAppId: 1, githubInstallationId: "1" },
        ...{ githubUrl: url, isConfigured: true },
      };
    case "gitlab":
      return { gitlabId: id, applicationId: "c", gitlabUrl: url, isConfigured: true };
    case "gitea":
      return { giteaId: id, giteaUrl: url, clientId: "c", isConfigured: true };
    case "bitbucket":
      return { bitbucketId: id, bitbucketUsername: "u", isConfigured: true, isDeprecated: true };
  }
}

const TYPES = ["gitlab", "bitbucket", "github", "gitea"] as const;

function providerView(row: GitProviderRow): object {
  const { id, url, ...columns } = row;
  const ofTypes = TYPES.map(
    (type) => [type, type === row.providerType ? ownView({ ...columns, id, url }) : null] as const,
  );
  return { ...columns, ...(Object.fromEntries(ofTypes) as object), isOwner: true };
}

export const gitProviderRouter: Router = {
  getAll: query(nothing, (_input, call) =>
    newestFirst(call.world.tables.gitProviders.values()).map(providerView),
  ),
};

export const vaultProviderRouter: Router = {
  /** For everybody, and without what is secret of them. */
  all: query(nothing, (_input, call) =>
    [...call.world.tables.vaultProviders.values()]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map((row) => ({
        vaultProviderId: row.vaultProviderId,
        name: row.name,
        providerType: row.providerType,
        config: { providerType: row.providerType, token: "********" },
        assignments: structuredClone(row.assignments),
        organizationId: row.organizationId,
        createdAt: row.createdAt,
      })),
  ),
};

const filled = z.string().min(1);

export const registryRouter: Router = {
  /** With their passwords in clear. */
  all: query(nothing, (_input, call) => {
    requirePrivilege(call, "registry");
    return [...call.world.tables.registries.values()].map((row) => ({ ...row }));
  }),
  create: mutation(
    z.object({
      registryName: filled,
      username: filled,
      password: filled,
      registryUrl: z.string(),
      registryType: z.enum(["cloud"]),
      imagePrefix: z.string().nullable(),
    }),
    (input, call) => {
      requirePrivilege(call, "registry");
      const { tables, random } = call.world;
      const row = newRegistry(random, { ...input, organizationId: tables.organizationId });
      tables.registries.set(row.registryId, row);
      return { ...row };
    },
  ),
};
