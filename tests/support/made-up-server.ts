// A server as one list and deep reads would show it, on which given services run: for what is made of a server without one.
import { createHasher } from "../../src/lib/digest.ts";
import { exportProjects } from "../../src/export/export.ts";
import type { Exported } from "../../src/export/export.ts";
import { createSecretBook } from "../../src/export/secret-book.ts";
import type { SecretsMode } from "../../src/export/taking.ts";
import { loadManifests } from "../../src/manifest/load.ts";
import type { Desired } from "../../src/manifest/load.ts";
import { childrenOf } from "../../src/model/children.ts";
import { replicasOf } from "../../src/model/kinds/table.ts";
import type { ObservedSnapshot, ServiceDetails, SwarmService } from "../../src/model/observed.ts";
import type { Configured } from "../../src/model/specs.ts";

export interface MadeUpService {
  readonly name: string;
  readonly environment?: string;
  readonly configured: Configured;
  readonly description?: string | null;
  /** What the deep read shows otherwise. */
  readonly details?: Partial<ServiceDetails>;
  readonly status?: string;
}

export interface MadeUpProject {
  readonly name: string;
  readonly description?: string | null;
  readonly variables?: Readonly<Record<string, string>> | null;
  readonly services: readonly MadeUpService[];
}

export interface MadeUpServer {
  readonly snapshot: ObservedSnapshot;
  readonly details: ReadonlyMap<string, ServiceDetails>;
}

const createdAt = "2026-01-01T00:00:00.000Z";

/** Parts that are as the file asks for them, of a compose service; one service of the swarm otherwise. */
function runningOf({ configured }: MadeUpService, appName: string): SwarmService {
  const wanted = replicasOf({ ...configured, ignore: [] }) ?? 1;
  const plain = { id: `swarm-${appName}`, appName, image: "", running: wanted, wanted };
  if (configured.kind !== "compose") return plain;
  const services = Object.keys((configured.spec.file.services ?? {}) as object);
  const parts = services.map((service) => ({
    ...{ id: `${appName}-${service}`, name: `${appName}-${service}-1`, state: "running" },
    ...{ running: 1, wanted: 1, health: null, exitCode: null, ageMs: 60_000 },
  }));
  return { ...plain, running: parts.length, wanted: parts.length, parts };
}

export function madeUpServer(projects: readonly MadeUpProject[]): MadeUpServer {
  const details = new Map<string, ServiceDetails>();
  const swarm = new Map<string, SwarmService>();
  const observed = projects.map((project, number) => {
    const environments = new Set(["production", ...project.services.map(environmentOf)]);
    return {
      projectId: `project-${number}`,
      name: project.name,
      description: project.description ?? null,
      variables: project.variables === undefined ? {} : project.variables,
      createdAt,
      environments: [...environments].map((name) => ({
        environmentId: `environment-${number}-${name}`,
        name,
        isDefault: name === "production",
        services: project.services.flatMap((one, index) => {
          if (environmentOf(one) !== name) return [];
          const id = `service-${number}-${index}`;
          const appName = `app-${number}-${index}-x1y2z3`;
          const { configured, description = null, status = "done" } = one;
          details.set(id, {
            ...configured,
            serviceId: id,
            ...{ name: one.name, description, appName },
            foreignFields: new Set<string>(),
            sideSettings: [],
            labels: {},
            otherNetworks: [],
            children: childrenOf(configured.spec).map((child, at) => ({ ...child, id: `c${at}` })),
            deployments: [],
            ...one.details,
          } as ServiceDetails);
          if (status === "done") swarm.set(appName, runningOf(one, appName));
          const { kind } = configured;
          return [
            { kind, id, appName, name: one.name, description, status, createdAt, serverId: null },
          ];
        }),
      })),
    };
  });
  return { snapshot: { takenAtMs: 0, projects: observed, swarm }, details };
}

function environmentOf({ environment = "production" }: MadeUpService): string {
  return environment;
}

export const exportHasher = createHasher(Buffer.from("a key for tests"));

export const everyName = {
  destination: ["s3", "rec-s3"],
  sshKey: ["deploy"],
  registry: ["hub"],
  provider: ["our github", "our gitlab", "our gitea", "our bitbucket"],
};

export interface ExportedAndLoaded extends Exported {
  readonly loaded: Desired;
  readonly secret: (name: string) => string | null;
}

/** The server's projects as manifests, and these as Capstan reads them. */
export function exportedAndLoaded(
  { snapshot, details }: MadeUpServer,
  mode: SecretsMode = "detected",
): ExportedAndLoaded {
  const book = createSecretBook();
  const exported = exportProjects({
    ...{ snapshot, details, mode, book, hasher: exportHasher, names: everyName },
    projects: snapshot.projects,
  });
  const secret = (name: string): string | null => book.value(name);
  return { ...exported, loaded: loadTexts(exported.texts, secret), secret };
}

/** Manifests by their stacks, as Capstan reads them. */
export function loadTexts(
  texts: ReadonlyMap<string, string>,
  secret: (name: string) => string | null = () => null,
): Desired {
  const encoder = new TextEncoder();
  return loadManifests({
    tree: {
      files: [...texts].map(([name, text]) => ({
        path: `${name}.yaml`,
        content: encoder.encode(text),
      })),
      unreadable: [],
    },
    root: "",
    variables: {},
    secret,
    reservedNames: [],
    hasher: exportHasher,
  });
}
