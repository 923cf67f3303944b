/**
 * Dokploy's secrets providers and the references to them, `${{vault.NAME.SECRET}}`, which it resolves before any
 * other reference when it deploys. Nothing of them is recorded: this follows the server's source.
 */
import type { EnvResult } from "./env.ts";
import { resolveEnv } from "./env.ts";
import type { World } from "./world.ts";

const REFERENCE = /\$\{\{vault\.([a-zA-Z0-9_-]+)\.([^}]+)\}\}/g;

function resolveVaults(world: World, environmentId: string, env: string): EnvResult | string {
  const projectId = world.tables.environments.get(environmentId)?.projectId ?? "";
  let wrong: string | undefined;
  const text = env.replace(REFERENCE, (_match, name: string, secret: string) => {
    const row = [...world.tables.vaultProviders.values()].find((one) => one.name === name);
    const isAssigned = row?.assignments.some(
      (one) =>
        one.projectId === projectId &&
        (one.environmentIds.length === 0 || one.environmentIds.includes(environmentId)),
    );
    if (row === undefined) {
      wrong ??= `Vault provider "${name}" not found. Configure it in Settings -> Secrets Providers.`;
    } else if (isAssigned !== true) {
      wrong ??= `Vault provider "${name}" is not enabled for this project/environment. Assign it in Settings -> Secrets Providers.`;
    } else if (!Object.hasOwn(row.secrets, secret)) {
      wrong ??= `Secret "${secret}" not found in vault provider "${name}"`;
    }
    return row?.secrets[secret] ?? "";
  });
  if (wrong !== undefined) return { ok: false, message: wrong };
  if (!text.includes("${{vault.")) return text;
  return { ok: false, message: "Unresolved vault reference" };
}

/** The env of a service as its containers get it. */
export function serviceEnv(
  world: World,
  { environmentId, env }: { readonly environmentId: string; readonly env: string | null },
  ...[project, environment]: [project: string, environment: string]
): EnvResult {
  const texts: string[] = [];
  for (const text of [env ?? "", environment, project]) {
    const resolved = resolveVaults(world, environmentId, text);
    if (typeof resolved !== "string") return resolved;
    texts.push(resolved);
  }
  const [own = "", ofEnvironment = "", ofProject = ""] = texts;
  return resolveEnv(own, ofProject, ofEnvironment);
}
