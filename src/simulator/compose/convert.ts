/** The file that Dokploy hands to docker: domains become labels of Traefik, and networks come with them. */
import { listWhere } from "../state.ts";
import type { DomainRow } from "../rows.ts";
import type { ComposeRow } from "../serviceRows.ts";
import type { World } from "../world.ts";
import { parseFile, type ComposeFile, type ComposeService } from "./file.ts";

const SHARED = "dokploy-network";

/** Throws Dokploy's own message, which then stands in the log of the deployment. */
export function convert(world: World, row: ComposeRow): ComposeFile {
  const file = parseFile(row.composeFile);
  if (file === null) throw new Error("Compose file not found");
  const services = file.services ?? {};
  const isolated = row.isolatedDeployment === true;
  const network = isolated ? row.appName : SHARED;
  if (isolated) isolate(file, row.appName);
  const domains = listWhere(world.tables.domains, (one) => one.composeId === row.composeId);
  for (const domain of domains.filter(({ enabled }) => enabled)) {
    const { host, serviceName } = domain;
    if (serviceName === null || serviceName === "")
      throw new Error(`Domain "${host}" is missing a service name`);
    const service = services[serviceName];
    if (service === undefined) {
      throw new Error(
        `Domain "${host}" is attached to service "${serviceName}" which does not exist in the compose`,
      );
    }
    const isStack = row.composeType === "stack";
    label(service, isStack, labelsOf(row.appName, domain), network);
    if (!isolated) service.networks = joined(service.networks, [SHARED, "default"]);
  }
  const usesShared = Object.values(services).some(({ networks }) =>
    (Array.isArray(networks) ? networks : Object.keys(networks ?? {})).includes(SHARED),
  );
  if (!isolated && usesShared) {
    file.networks = { ...file.networks, [SHARED]: { external: true } };
  }
  return file;
}

function isolate(file: ComposeFile, appName: string): void {
  file.networks = { ...file.networks, [appName]: { name: appName, external: true } };
  for (const service of Object.values(file.services ?? {})) {
    service.networks = joined(service.networks, [appName]);
  }
}

function joined(
  given: ComposeService["networks"],
  more: string[],
): NonNullable<ComposeService["networks"]> {
  if (given === undefined || Array.isArray(given)) return [...new Set([...(given ?? []), ...more])];
  return { ...Object.fromEntries(more.map((name) => [name, {}])), ...given };
}

function label(service: ComposeService, isStack: boolean, labels: string[], network: string): void {
  const holder: { labels?: ComposeService["labels"] } = isStack ? (service.deploy ??= {}) : service;
  const networkName = isStack ? "traefik.swarm.network" : "traefik.docker.network";
  holder.labels ??= [];
  if (Array.isArray(holder.labels)) {
    const own = holder.labels;
    const enable = "traefik.enable=true";
    holder.labels = [
      ...new Set([
        `${networkName}=${network}`,
        ...labels,
        ...(own.includes(enable) ? [] : [enable]),
        ...own,
      ]),
    ];
    return;
  }
  holder.labels["traefik.enable"] = "true";
  holder.labels[networkName] = network;
  for (const one of labels) {
    const at = one.indexOf("=");
    holder.labels[one.slice(0, at)] = one.slice(at + 1);
  }
}

function labelsOf(appName: string, domain: DomainRow): string[] {
  const web = routerLabels(appName, domain, "web");
  return domain.https ? [...web, ...routerLabels(appName, domain, "websecure")] : web;
}

function routerLabels(appName: string, domain: DomainRow, entrypoint: string): string[] {
  const name = `${appName}-${domain.uniqueConfigKey}-${entrypoint}`;
  const router = `traefik.http.routers.${name}`;
  const isBelow = domain.path !== null && domain.path !== "/";
  const path = isBelow ? ` && PathPrefix(\`${domain.path ?? ""}\`)` : "";
  return [
    `${router}.rule=Host(\`${domain.host}\`)${path}`,
    `${router}.entrypoints=${entrypoint}`,
    `traefik.http.services.${name}.loadbalancer.server.port=${domain.port}`,
    `${router}.service=${name}`,
  ];
}
