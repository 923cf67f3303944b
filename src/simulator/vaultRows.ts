/** Dokploy's secrets providers. Nothing of them is recorded: this follows the server's source. */
export interface VaultProviderRow {
  vaultProviderId: string;
  name: string;
  providerType: "hashicorp";
  /** For which projects it may be used; no environments: all of the project's. */
  assignments: { projectId: string; environmentIds: string[] }[];
  organizationId: string;
  createdAt: string;
  /** What the manager behind it holds; never in an answer. */
  secrets: Record<string, string>;
}
