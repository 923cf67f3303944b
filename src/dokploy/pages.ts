// Addresses of Dokploy's own pages, as its router has them. Pure; nothing is asked.
import type { ServiceKind } from "../model/observed.ts";

export interface DokployPages {
  environment(projectId: string, environmentId: string): string;
  service(projectId: string, environmentId: string, kind: ServiceKind, id: string): string;
}

/** `url`: Dokploy's address, as DOKPLOY_URL has it. */
export function dokployPages(url: string): DokployPages {
  const base = `${url.replace(/\/+$/, "").replace(/\/api$/, "")}/dashboard/project`;
  const environment = (projectId: string, environmentId: string): string =>
    `${base}/${encodeURIComponent(projectId)}/environment/${encodeURIComponent(environmentId)}`;
  return {
    environment,
    service: (projectId, environmentId, kind, id) =>
      `${environment(projectId, environmentId)}/services/${kind}/${encodeURIComponent(id)}`,
  };
}
