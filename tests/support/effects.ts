// A server that carries out the effects of Capstan's writes itself, and random effects for it: what it
// lists afterwards is what an overlay must show.
import fc from "fast-check";
import type { Effect } from "../../src/engine/state/overlay.ts";
import type { ObservedProject } from "../../src/model/observed.ts";

const service = (id: string) => ({
  kind: "application" as const,
  id,
  name: id,
  appName: `shop-${id}`,
  description: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  serverId: null,
  status: "idle",
});
export const project = (projectId: string): ObservedProject => ({
  projectId,
  name: "shop",
  description: null,
  variables: {},
  createdAt: "2026-01-01T00:00:00.000Z",
  environments: [
    { environmentId: `${projectId}-e0`, name: "production", isDefault: true, services: [] },
  ],
});

/** A server that carries writes out itself: what a fresh list would show. */
export function createServer() {
  const projects = new Map<string, ObservedProject>();
  const edit = (
    where: (one: ObservedProject["environments"][number]) => boolean,
    change: (
      one: ObservedProject["environments"][number],
    ) => ObservedProject["environments"][number] | null,
  ): void => {
    for (const [id, one] of projects) {
      const environments = one.environments.flatMap((environment) =>
        where(environment) ? (change(environment) ?? []) : environment,
      );
      projects.set(id, { ...one, environments });
    }
  };
  const everyService = () =>
    [...projects.values()].flatMap(({ environments }) => environments.flatMap((e) => e.services));
  return {
    list: () => [...projects.values()],
    /** False: no such write is possible now. */
    carryOut(effect: Effect): boolean {
      switch (effect.kind) {
        case "project":
          if (projects.has(effect.project.projectId)) return false;
          projects.set(effect.project.projectId, effect.project);
          return true;
        case "stopped":
          return everyService().some(({ appName }) => appName === effect.appName);
        case "project-fields": {
          const old = projects.get(effect.projectId);
          if (old === undefined) return false;
          projects.set(old.projectId, {
            ...old,
            name: effect.name ?? old.name,
            description: effect.description,
            variables: effect.variables ?? old.variables,
          });
          return true;
        }
        case "environment": {
          const old = projects.get(effect.projectId);
          const all = [...projects.values()].flatMap(({ environments }) => environments);
          const { environmentId } = effect.environment;
          if (old === undefined || all.some((one) => one.environmentId === environmentId)) {
            return false;
          }
          const environments = [...old.environments, effect.environment];
          projects.set(old.projectId, { ...old, environments });
          return true;
        }
        case "service": {
          if (everyService().some(({ id }) => id === effect.service.id)) return false;
          let found = false;
          edit(
            ({ environmentId }) => environmentId === effect.environmentId,
            (one) => {
              found = true;
              return { ...one, services: [...one.services, effect.service] };
            },
          );
          return found;
        }
        case "service-description":
        case "service-gone":
        case "service-moved": {
          const old = everyService().find(({ id }) => id === effect.id);
          if (old === undefined) return false;
          if (effect.kind === "service-moved") {
            const all = [...projects.values()].flatMap(({ environments }) => environments);
            if (!all.some((one) => one.environmentId === effect.environmentId)) return false;
          }
          edit(
            () => true,
            (one) => {
              if (effect.kind === "service-description") {
                const { description } = effect;
                const services = one.services.map((each) =>
                  each.id === effect.id ? { ...each, description } : each,
                );
                return { ...one, services };
              }
              const rest = one.services.filter(({ id }) => id !== effect.id);
              const here =
                effect.kind === "service-moved" && one.environmentId === effect.environmentId;
              return { ...one, services: here ? [...rest, old] : rest };
            },
          );
          return true;
        }
        case "environment-gone": {
          let found = false;
          edit(
            (one) => one.environmentId === effect.environmentId && one.services.length === 0,
            () => {
              found = true;
              return null;
            },
          );
          return found;
        }
        case "project-gone":
          return projects.delete(effect.projectId);
      }
    },
  };
}

const pid = fc.constantFrom("p1", "p2", "p3");
const eid = fc.tuple(pid, fc.constantFrom("e0", "e1")).map(([p, e]) => `${p}-${e}`);
const sid = fc.constantFrom("s1", "s2", "s3");
const owner = fc.constantFrom("default/shop", "default/else", "other/shop");
const text = fc.oneof(
  fc.constant(""),
  fc
    .tuple(owner, fc.constantFrom("project", "app/web"), fc.constantFrom("none", "p1", "s1"))
    .map(([who, key, id]) => `[capstan:1 owner=${who} key=${key} id=${id}]`),
);
export const arbitraryEffect: fc.Arbitrary<Effect> = fc.oneof(
  pid.map((id): Effect => ({ kind: "project", project: project(id) })),
  fc.tuple(pid, text, fc.boolean()).map(([projectId, description, more]): Effect => ({
    kind: "project-fields",
    projectId,
    description,
    ...(more ? { name: "renamed", variables: { A: "1" } } : {}),
  })),
  pid.map((projectId): Effect => ({
    kind: "environment",
    projectId,
    environment: {
      environmentId: `${projectId}-e1`,
      name: "staging",
      isDefault: false,
      services: [],
    },
  })),
  fc.tuple(eid, sid).map(([environmentId, id]): Effect => ({
    kind: "service",
    environmentId,
    service: service(id),
  })),
  fc
    .tuple(sid, text)
    .map(([id, description]): Effect => ({ kind: "service-description", id, description })),
  fc
    .tuple(sid, eid)
    .map(([id, environmentId]): Effect => ({ kind: "service-moved", id, environmentId })),
  sid.map((id): Effect => ({ kind: "service-gone", id })),
  eid.map((environmentId): Effect => ({ kind: "environment-gone", environmentId })),
  pid.map((projectId): Effect => ({ kind: "project-gone", projectId })),
);
