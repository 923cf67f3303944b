/** What services name and people set up in Dokploy's settings: ssh keys, Git providers, registries. */
import type { Random } from "./random.ts";
import { isoNow } from "./time.ts";

export interface SshKeyRow {
  sshKeyId: string;
  name: string;
  description: string;
  privateKey: string;
  publicKey: string;
  createdAt: string;
  lastUsedAt: string | null;
  organizationId: string;
}

export type ProviderType = "github" | "gitlab" | "gitea" | "bitbucket";

export interface GitProviderRow {
  gitProviderId: string;
  name: string;
  providerType: ProviderType;
  createdAt: string;
  organizationId: string;
  userId: string;
  sharedWithOrganization: boolean;
  /** The id of the row of its own type, by which services name it. */
  id: string;
  /** Where it clones from. */
  url: string;
}

export interface RegistryRow {
  registryId: string;
  registryName: string;
  imagePrefix: string | null;
  username: string;
  password: string;
  registryUrl: string;
  createdAt: string;
  registryType: string;
  organizationId: string;
}

export function newSshKey(
  random: Random,
  given: Pick<SshKeyRow, "name" | "organizationId">,
): SshKeyRow {
  return {
    sshKeyId: random.id(),
    privateKey: "canary-private-key",
    publicKey: "ssh-ed25519 AAAA",
    name: given.name,
    description: "",
    createdAt: isoNow(),
    lastUsedAt: null,
    organizationId: given.organizationId,
  };
}

export function newGitProvider(
  random: Random,
  given: Pick<GitProviderRow, "name" | "providerType" | "organizationId" | "userId" | "url">,
): GitProviderRow {
  const { name, providerType, organizationId, userId, url } = given;
  return {
    gitProviderId: random.id(),
    ...{ name, providerType, createdAt: isoNow(), organizationId, userId },
    sharedWithOrganization: false,
    ...{ id: random.id(), url },
  };
}

export function newRegistry(
  random: Random,
  given: Omit<RegistryRow, "registryId" | "createdAt">,
): RegistryRow {
  const { registryName, imagePrefix, username, password, registryUrl, ...rest } = given;
  return {
    registryId: random.id(),
    ...{ registryName, imagePrefix, username, password, registryUrl },
    createdAt: isoNow(),
    ...rest,
  };
}
